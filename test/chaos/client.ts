import { Agent, request as httpRequest } from 'node:http';
import { performance } from 'node:perf_hooks';

/** What obtain and refresh answer. */
export interface TokenPair {
  readonly token: string;
  readonly refresh_token: string;
}

export interface Answer {
  readonly status: number;
  /** The header Auth-Error-Code. */
  readonly code: string | undefined;
  readonly body: unknown;
  readonly ms: number;
}

/** No answer: the connection ended first, or there was nobody to connect to. */
export type NoAnswer = 'lost' | 'unreachable';

export interface Call {
  /** Sent in the Authorization header. */
  readonly bearer?: string;
  readonly body?: unknown;
  /** Hangs up so long after sending, whether an answer came or not. */
  readonly hangUpAfterMs?: number;
}

// Far beyond any bound that is asserted: what has not answered by then never will.
const HUNG_MS = 15_000;
const PASSWORD = 'correct horse battery staple';
const agent = new Agent({ keepAlive: true, maxSockets: Infinity });

/** Calls a server. @throws Error when it hangs */
export function call(port: number, method: string, path: string, { bearer, body, hangUpAfterMs }: Call = {}): Promise<Answer | NoAnswer> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      ...(bearer === undefined ? {} : { authorization: `JWT ${bearer}` }),
      ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    };
    const request = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent });
    const timer = setTimeout(() => settle(() => reject(new Error(`${method} ${path} hangs`))), HUNG_MS);
    const settle = (outcome: () => void): void => {
      clearTimeout(timer);
      outcome();
      request.destroy();
    };
    const lost = (): void => settle(() => resolve('lost'));
    request.once('error', ({ code }: NodeJS.ErrnoException) => settle(() => resolve(code === 'ECONNREFUSED' ? 'unreachable' : 'lost')));
    request.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', lost);
      response.once('close', lost);
      response.once('end', () => {
        clearTimeout(timer);
        const code = response.headers['auth-error-code'];
        const json = Buffer.concat(chunks).toString();
        const answer = { status: response.statusCode ?? 0, body: json === '' ? undefined : (JSON.parse(json) as unknown), ms: performance.now() - started };
        resolve({ ...answer, code: typeof code === 'string' ? code : undefined });
        response.off('close', lost);
      });
    });
    request.end(text);
    if (hangUpAfterMs !== undefined) setTimeout(lost, hangUpAfterMs);
  });
}

/** The call's answer. @throws Error where there was none */
export async function answered(answer: Promise<Answer | NoAnswer>): Promise<Answer> {
  const came = await answer;
  if (typeof came === 'string') throw new Error(`A server was to be there, and the answer is ${came}.`);
  return came;
}

export const obtain = (port: number, username: string): Promise<Answer | NoAnswer> => call(port, 'POST', '/api-token-auth/', { body: { username, password: PASSWORD } });
export const refresh = (port: number, refreshToken: string, options: Pick<Call, 'hangUpAfterMs'> = {}): Promise<Answer | NoAnswer> =>
  call(port, 'POST', '/api-token-refresh/', { body: { refresh_token: refreshToken }, ...options });
export const verify = (port: number, token: string): Promise<Answer | NoAnswer> => call(port, 'POST', '/api-token-verify/', { body: { token } });
export const seeProtected = (port: number, token: string): Promise<Answer | NoAnswer> => call(port, 'GET', '/protected/', { bearer: token });
export const logout = (port: number, refreshToken: string): Promise<Answer | NoAnswer> => call(port, 'POST', '/api-token-logout/', { body: { refresh_token: refreshToken } });

/** Logs in. @throws Error where that fails */
export async function login(port: number, username: string): Promise<TokenPair> {
  return pairOf(await answered(obtain(port, username)));
}

/** The tokens of an answer. @throws Error where it has none */
export function pairOf({ status, code, body }: Answer): TokenPair {
  if (status !== 200) throw new Error(`No tokens but ${status} ${code ?? ''}: ${JSON.stringify(body)}`);
  return body as TokenPair;
}

/** An answer in short: `200`, `401 TOKEN_REVOKED`. */
export function short({ status, code }: Answer): string {
  return code === undefined ? String(status) : `${status} ${code}`;
}

/** What a token says of its session; its signature is not checked. */
export function sessionIn(token: string): { sid: string; gen: number } {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sid: string; gen: number };
}

/** Works through items, so many at a time. */
export async function inParallel<Item>(items: Iterable<Item>, workers: number, work: (item: Item) => Promise<void>): Promise<void> {
  const rest = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = rest.next(); next.done !== true; next = rest.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: workers }, worker));
}
