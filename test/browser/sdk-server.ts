import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { initTRPC } from '@trpc/server';
import { createExpressMiddleware } from '@trpc/server/adapters/express';
import express from 'express';
import type { Request, RequestHandler } from 'express';
import superjson from 'superjson';
import { authErrorFormatter, createAuthRouter, createJwtAuth, protectedProcedure, secretKey } from 'trpc-jwt-auth';
import type { AuthContext, AuthEvent, CookieSettings } from 'trpc-jwt-auth';
import { expressContext, requireUser, restBridge } from 'trpc-jwt-auth/express';
import { memorySessions } from 'trpc-jwt-auth/stores/memory';
import { inject } from 'vitest';

export interface SdkServerOptions {
  /** @default 300 */
  expiresInSeconds?: number;
  /** How long a replaced refresh token stays good, in seconds. @default 10 */
  graceSeconds?: number;
  /** HttpOnly cookies, and no token in a body. @default false */
  cookieMode?: boolean;
  /** False makes tokens stateless. @default true */
  hasSessions?: boolean;
}

/** What is wrong with some requests: they are cut off, held until released, or answered with an error. */
export interface Fault {
  path: RegExp;
  how: 'cut' | 'hold' | 500 | 429;
}

interface Person {
  id: number;
  username: string;
  isActive: boolean;
}

export const LOGIN = { username: 'ada', password: 'engine' };
const FREE_OF_CACHE = { 'Cache-Control': 'no-store' };

function createParts({ expiresInSeconds = 300, graceSeconds = 10, cookieMode = false, hasSessions = true }: SdkServerOptions, clock: () => number) {
  const people = new Map(['ada', 'grace'].map((username, index): [string, Person] => [username, { id: index + 1, username, isActive: true }]));
  const events: AuthEvent[] = [];
  // Whether there are cookies and sessions changes the types; the page's are those of sessions without cookies.
  const variant: object = { ...(cookieMode && { cookie: { name: 'jwt-token', tokenInBody: false } satisfies CookieSettings }), ...(!hasSessions && { sessions: undefined }) };
  const auth = createJwtAuth({
    keys: secretKey('a-secret-for-pages-in-tests-of-40-bytes!'),
    users: {
      authenticate: ({ username, password }) => (password === LOGIN.password ? (people.get(username) ?? null) : null),
      findByUsername: (username) => people.get(username) ?? null,
    },
    token: { expiresInSeconds },
    sessions: { store: memorySessions(), graceSeconds },
    throttle: false,
    clock,
    onEvent: (event) => void events.push(event),
    ...variant,
  });
  const t = initTRPC.context<AuthContext>().create({ transformer: superjson, errorFormatter: authErrorFormatter() });
  const user = protectedProcedure(auth, t);
  const router = t.router({
    auth: createAuthRouter(auth, t),
    open: t.procedure.query(() => 'open'),
    whoami: user.query(({ ctx }) => ctx.user.username),
    change: user.mutation(({ ctx }) => ctx.user.username),
  });
  return { auth, router, people, events };
}

export type AppRouter = ReturnType<typeof createParts>['router'];

/** A server for the bare test page. Its clock, and that of the pages it serves, is moved on by `elapse`. */
export interface SdkServer extends Pick<ReturnType<typeof createParts>, 'auth' | 'people' | 'events'> {
  readonly url: string;
  /** Method, path and query of every request to an API, in order. */
  readonly requests: string[];
  /** Every token the server has set as a cookie. */
  readonly cookieTokens: string[];
  /** How many requests named a procedure or a path. */
  count: (part: string) => number;
  /** How many events of a type there were. */
  countEvents: (type: AuthEvent['type']) => number;
  /** Lets time pass on the server; pages that are open are moved by `elapse` of their tab. */
  elapse: (seconds: number) => void;
  /** Makes some requests fail until it is undefined again. */
  fault: Fault | undefined;
  /** How many requests are held. */
  held: () => number;
  release: () => void;
  close: () => Promise<void>;
}

export async function startSdkServer(options: SdkServerOptions = {}): Promise<SdkServer> {
  let elapsedMs = 0;
  const now = (): number => Date.now() + elapsedMs;
  const { auth, router, people, events } = createParts(options, now);
  const requests: string[] = [];
  const cookieTokens: string[] = [];
  const waiting: (() => void)[] = [];
  const script = inject('sdkPageScript');

  const meddle: RequestHandler = (request, response, next) => {
    requests.push(`${request.method} ${request.originalUrl}`);
    response.setHeader('Date', new Date(now()).toUTCString());
    const fault = isHit(request) ? server.fault : undefined;
    response.once('finish', () => {
      for (const cookie of [response.getHeader('Set-Cookie') ?? []].flat()) cookieTokens.push(String(cookie).split(/[=;]/)[1] ?? '');
    });
    if (fault === undefined) next();
    else if (fault.how === 'cut') request.socket.destroy();
    else if (fault.how === 'hold') waiting.push(() => next());
    else response.status(fault.how).set('Retry-After', '1').end('a proxy in between');
  };
  const isHit = ({ originalUrl }: Request): boolean => server.fault?.path.test(originalUrl) === true;

  const app = express();
  app.get('/', (_request, response) => {
    const head = `<meta charset="utf-8"><title>SDK</title><link rel="icon" href="data:,"><script>window.elapsedMs = ${elapsedMs};</script>`;
    response.set(FREE_OF_CACHE).type('html').send(`<!doctype html><html lang="en"><head>${head}<script type="module" src="/sdk.js"></script></head></html>`);
  });
  app.get('/sdk.js', (_request, response) => void response.set(FREE_OF_CACHE).type('js').send(script));
  app.use(meddle);
  app.use(restBridge(auth));
  app.use('/trpc', createExpressMiddleware({ router, createContext: expressContext(auth) }));
  app.all('/protected', requireUser(auth, (request, response) => response.json({ username: request.user.username })));
  const listening = createServer(app);
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));

  const server: SdkServer = {
    auth,
    people,
    events,
    requests,
    cookieTokens,
    url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}`,
    count: (part) => requests.filter((request) => request.includes(part)).length,
    countEvents: (wanted) => events.filter(({ type }) => type === wanted).length,
    elapse: (seconds) => void (elapsedMs += seconds * 1000),
    fault: undefined,
    held: () => waiting.length,
    release: () => {
      server.fault = undefined;
      for (const proceed of waiting.splice(0)) proceed();
    },
    close: async () => {
      listening.closeAllConnections();
      await new Promise((resolve) => listening.close(resolve));
    },
  };
  return server;
}
