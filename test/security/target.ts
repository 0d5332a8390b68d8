import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

import { initTRPC } from '@trpc/server';
import { createExpressMiddleware } from '@trpc/server/adapters/express';
import express from 'express';
import superjson from 'superjson';
import { authErrorFormatter, createAuthRouter, createJwtAuth, optionalUser, protectedProcedure, secretKey } from 'trpc-jwt-auth';
import type { AuthContext, Credentials, JwtAuthSettings, KeyRing } from 'trpc-jwt-auth';
import { expressContext, requireUser, restBridge } from 'trpc-jwt-auth/express';
import { testClock } from 'trpc-jwt-auth/testing';
import type { TestClock } from 'trpc-jwt-auth/testing';
import { afterAll } from 'vitest';

export const SECRET = 'a-secret-of-the-attacked-app-0123456789';
export const PASSWORD = 'correct horse battery staple';
/** The time on the attacked app's clock until a test moves it, in epoch seconds. */
export const NOW = 1_790_000_000;

export interface Person {
  id: number;
  username: string;
  isActive: boolean;
  email: string;
}

export type Settings = Partial<JwtAuthSettings<Person, object, string, { name: string; secure?: boolean; tokenInBody?: boolean; trustedOrigins?: string[] } | undefined>>;

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

export interface Target {
  readonly port: number;
  readonly clock: TestClock;
  readonly people: Map<string, Person>;
  readonly logins: Credentials[];
  readonly lookups: string[];
  readonly reported: unknown[];
  readonly issue: (username?: string) => Promise<string>;
  readonly send: (method: string, path: string, headers?: Record<string, string | string[]>, body?: string | Buffer) => Promise<Answer>;
  /** Asks about a token wherever one can be sent; each answer's code, or 'accepted'. */
  readonly judge: (token: string) => Promise<Record<string, string>>;
}

/** Serves an app worth attacking, on 127.0.0.1, until the file's tests are done. */
export async function attackable(settings: Settings = {}, { keys = secretKey(SECRET), isDev = true }: { keys?: KeyRing; isDev?: boolean } = {}): Promise<Target> {
  const ada = { id: 1, username: 'ada', isActive: true, email: 'ada@example.com' };
  const people = new Map<string, Person>([['ada', ada], ['eve', { id: 2, username: 'eve', isActive: true, email: '' }]]);
  const logins: Credentials[] = [];
  const lookups: string[] = [];
  const reported: unknown[] = [];
  const clock = testClock(new Date(NOW * 1000));
  const auth = createJwtAuth({
    keys,
    users: {
      authenticate: (credentials: Credentials) => {
        logins.push(credentials);
        return credentials.password === PASSWORD ? (people.get(credentials.username) ?? null) : null;
      },
      findByUsername: (username: string) => {
        lookups.push(username);
        return people.get(username) ?? null;
      },
    },
    clock,
    reportError: (error: unknown) => void reported.push(error),
    ...settings,
  });
  const t = initTRPC.context<AuthContext>().create({ transformer: superjson, errorFormatter: authErrorFormatter(), isDev });
  const router = t.router({
    auth: createAuthRouter(auth, t),
    open: t.procedure.query(() => 'open'),
    maybe: t.procedure.use(optionalUser(auth)).query(({ ctx }) => ctx.user?.username ?? null),
    whoami: protectedProcedure(auth, t).query(({ ctx }) => ctx.user.username),
    change: protectedProcedure(auth, t).mutation(({ ctx }) => ctx.user.username),
  });
  const app = express();
  app.set('trust proxy', 'loopback');
  app.use(restBridge(auth));
  app.use('/trpc', createExpressMiddleware({ router, createContext: expressContext(auth) }));
  app.all('/protected', requireUser(auth, (request, response) => response.json({ username: request.user.username })));
  const server = createServer({ maxHeaderSize: 64 * 1024 }, app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const send: Target['send'] = (method, path, headers = {}, body = '') =>
    new Promise((resolve, reject) => {
      const sent = httpRequest({ host: '127.0.0.1', port, method, path, headers: { Host: 'app.example', 'Content-Length': Buffer.byteLength(body), ...headers }, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString('utf8') }));
        response.on('error', reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });

  const judge: Target['judge'] = async (token) => {
    const json = { 'Content-Type': 'application/json' };
    const answers = {
      'REST verify': await send('POST', '/api-token-verify/', json, JSON.stringify({ token })),
      'REST refresh': await send('POST', '/api-token-refresh/', json, JSON.stringify({ token })),
      'tRPC verify': await send('POST', '/trpc/auth.verify', json, JSON.stringify({ json: { token } })),
      'tRPC refresh': await send('POST', '/trpc/auth.refresh', json, JSON.stringify({ json: { token } })),
      ...(/^[\x21-\x7e]{1,40000}$/.test(token) && {
        'REST protected': await send('GET', '/protected', { Authorization: `JWT ${token}` }),
        'tRPC protected': await send('GET', '/trpc/whoami', { Authorization: `JWT ${token}` }),
        'tRPC me': await send('GET', '/trpc/auth.me', { Authorization: `JWT ${token}` }),
      }),
    };
    return Object.fromEntries(Object.entries(answers).map(([where, answer]) => [where, codeOf(answer)]));
  };

  const issue = async (username = 'ada'): Promise<string> => auth.issueToken(people.get(username) ?? ada);
  return { port, clock, people, logins, lookups, reported, issue, send, judge };
}

/** The code of an answer's error, or 'accepted'. */
export function codeOf({ status, headers, body }: Answer): string {
  const code = headers['auth-error-code'] ?? /"authCode":"(\w+)"/.exec(body)?.[1];
  if (typeof code === 'string') return code;
  return status === 200 ? 'accepted' : `status ${status}`;
}

/** What a judgement says, where it says one thing everywhere. */
export function verdict(judgement: Record<string, string>): string {
  const codes = new Set(Object.values(judgement));
  return codes.size === 1 ? ([...codes][0] ?? '') : JSON.stringify(judgement);
}
