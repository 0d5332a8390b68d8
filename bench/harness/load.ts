import { connect } from 'node:net';
import { createHistogram, performance } from 'node:perf_hooks';

/** A request as it goes over the wire, and whether an answer to it is right. */
export interface LoadRequest {
  readonly bytes: Buffer;
  readonly isRight: (status: number, body: string) => boolean;
}

/** Requests in turn, again and again; one load goes on where the last ended, so that new tokens stay new. */
export function inTurn(requests: readonly LoadRequest[]): () => LoadRequest {
  let sent = 0;
  return () => {
    const request = requests[sent++ % requests.length];
    if (request === undefined) throw new RangeError('there are no requests');
    return request;
  };
}

/** How a server is loaded. */
export interface LoadOptions {
  /** Of several, the connections are spread over them. */
  readonly port: number | readonly number[];
  /** Gives the request to be sent next. */
  readonly next: () => LoadRequest;
  /** Each sends its next request when it has the answer to the last. */
  readonly connections: number;
  readonly seconds: number;
}

/** What a load came to. */
export interface LoadResult {
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** How an HTTP request is written. */
export interface RequestLine {
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The bytes of a request, with the headers that every client sends. */
export function requestBytes({ method = 'GET', path, headers = {}, body }: RequestLine): Buffer {
  const sent = { Host: '127.0.0.1', Accept: '*/*', 'User-Agent': 'bench', ...(body !== undefined && { 'Content-Length': String(Buffer.byteLength(body)) }), ...headers };
  const lines = Object.entries(sent).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`);
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** What a header of an answer says, as servers spell its name. */
function headerOf(text: string, headEnd: number, ...spellings: readonly string[]): string | undefined {
  for (const spelling of spellings) {
    const at = text.indexOf(spelling);
    const value = at + spelling.length;
    if (at !== -1 && at < headEnd) return text.slice(value, text.indexOf('\r', value));
  }
  return undefined;
}

/** The answer that stands in a connection's text, or undefined while it is not complete. */
function readAnswer(text: string): Answer | undefined {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const start = headEnd + 4;
  const status = Number(text.slice(9, 12));
  const length = headerOf(text, headEnd, '\r\nContent-Length: ', '\r\ncontent-length: ');
  if (length !== undefined) return text.length - start >= Number(length) ? { status, body: text.slice(start) } : undefined;
  if (headerOf(text, headEnd, '\r\nTransfer-Encoding: ', '\r\ntransfer-encoding: ') !== 'chunked') return { status, body: '' };
  return text.endsWith('0\r\n\r\n') ? { status, body: unchunked(text, start) } : undefined;
}

function unchunked(text: string, start: number): string {
  let body = '';
  for (let at = start; ; ) {
    const lineEnd = text.indexOf('\r\n', at);
    const length = Number.parseInt(text.slice(at, lineEnd), 16);
    if (!(length > 0)) return body;
    body += text.slice(lineEnd + 2, lineEnd + 2 + length);
    at = lineEnd + 4 + length;
  }
}

const READ_BYTES = 64 * 1024;
const PATIENCE_MS = 20_000;

/**
 * Loads a server, and checks each answer. It does as little as it can beside that, and reads without the streams of sockets: a load that is slower than the
 * server it shares a machine with measures itself.
 *
 * @throws Error at the first answer that is wrong, or missing
 */
export async function load({ port, next, connections, seconds }: LoadOptions): Promise<LoadResult> {
  const latencies = createHistogram();
  const started = performance.now();
  const until = started + seconds * 1000;
  let answered = 0;

  const ports = typeof port === 'number' ? [port] : port;
  const drive = (connection: number): Promise<void> =>
    new Promise((resolve, reject) => {
      let text = '';
      let sentAt = 0;
      let sent: LoadRequest | undefined;
      const onRead = (bytes: number, buffer: Uint8Array): boolean => {
        text += (buffer as Buffer).toString('latin1', 0, bytes);
        const answer = readAnswer(text);
        if (answer === undefined) return true;
        if (sent?.isRight(answer.status, answer.body) !== true) {
          fail(`a wrong answer, ${answer.status} ${answer.body.slice(0, 300)}`);
          return false;
        }
        text = '';
        const now = performance.now();
        latencies.record(Math.max(1, Math.round((now - sentAt) * 1000)));
        answered += 1;
        if (now < until) send(now);
        else end();
        return true;
      };
      const socket = connect({ port: ports[connection % ports.length] ?? 0, host: '127.0.0.1', noDelay: true, onread: { buffer: Buffer.allocUnsafe(READ_BYTES), callback: onRead } });
      let answeredBefore = 0;
      const watch = setInterval(() => {
        if (answered === answeredBefore) fail(`no answer within ${PATIENCE_MS / 1000} s`);
        answeredBefore = answered;
      }, PATIENCE_MS);
      const fail = (why: string): void => {
        clearInterval(watch);
        socket.destroy();
        reject(new Error(`after ${answered} right answers: ${why}`));
      };
      const send = (now: number): void => {
        sent = next();
        sentAt = now;
        socket.write(sent.bytes);
      };
      const end = (): void => {
        clearInterval(watch);
        socket.removeAllListeners('close');
        socket.destroy();
        resolve();
      };
      socket.once('connect', () => send(performance.now()));
      socket.once('error', (error) => fail(error.message));
      socket.once('close', () => fail('the server closed the connection'));
    });

  await Promise.all(Array.from({ length: connections }, (_, connection) => drive(connection)));
  const elapsedSeconds = (performance.now() - started) / 1000;
  return {
    requests: answered,
    requestsPerSecond: answered / elapsedSeconds,
    p50Ms: latencies.percentile(50) / 1000,
    p99Ms: latencies.percentile(99) / 1000,
  };
}
