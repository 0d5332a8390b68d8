import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { initTRPC, TRPCError } from '@trpc/server';
import { createExpressMiddleware } from '@trpc/server/adapters/express';
import express from 'express';
import superjson from 'superjson';
import { authErrorFormatter, createAuthRouter, protectedProcedure } from 'trpc-jwt-auth';
import type { AuthContext, CookieSettings } from 'trpc-jwt-auth';
import { expressContext, requireUser, restBridge } from 'trpc-jwt-auth/express';
import { memorySessions } from 'trpc-jwt-auth/stores/memory';
import { testAuth } from 'trpc-jwt-auth/testing';
import { z } from 'zod';

export const LOGIN = { username: 'ada', password: 'engine' };

function createParts(clock: () => number, cookie: CookieSettings | undefined) {
  const ada = { id: 1, username: 'ada', isActive: true };
  const auth = testAuth({
    users: [ada],
    password: LOGIN.password,
    sessions: { store: memorySessions() },
    responsePayload: () => ({ since: '1815-12-10' }),
    throttle: { attempts: 3 },
    cookie,
    clock,
    reportError: () => undefined,
  });
  const t = initTRPC.context<AuthContext>().create({ transformer: superjson, errorFormatter: authErrorFormatter() });
  const user = protectedProcedure(auth, t);
  const router = t.router({
    auth: createAuthRouter(auth, t),
    open: t.procedure.query(() => 'open'),
    today: user.query(() => new Date(0)),
    change: user.input(z.object({ to: z.string().min(1, 'Say what.') })).mutation(({ input }) => input.to),
    missing: user.query(() => {
      throw new TRPCError({ code: 'NOT_FOUND', message: 'There is no such thing.' });
    }),
    stubborn: t.procedure.query(() => {
      // As a server whose clocks disagree: it finds every token expired.
      throw new TRPCError({ code: 'UNAUTHORIZED', cause: new StubbornError() });
    }),
  });
  return { auth, router, ada };
}

class StubbornError extends Error {}

export type AppRouter = ReturnType<typeof createParts>['router'];

/** An app on 127.0.0.1 whose clock can be moved, and whose requests are counted by path. */
export async function startApp(cookie?: CookieSettings) {
  let aheadMs = 0;
  const { auth, router, ada } = createParts(() => Date.now() + aheadMs, cookie);
  const requests: string[] = [];
  /** Paths that are answered with a status, and nothing a client could read. */
  const broken = new Map<string, number>();
  const app = express();
  app.use((req, res, next) => {
    const path = req.path.replace(/^\/trpc\//, '');
    requests.push(path);
    const status = broken.get(path);
    if (status === undefined) next();
    else res.status(status).type('html').send('<h1>Bad gateway</h1>');
  });
  app.use(restBridge(auth));
  app.use('/trpc', createExpressMiddleware({ router, createContext: expressContext(auth) }));
  app.all('/mine', requireUser(auth), express.text({ type: () => true }), (req, res) => {
    res.json({ username: 'ada', body: req.body as unknown, type: req.headers['content-type'] ?? null, csrf: req.headers['x-csrftoken'] ?? null });
  });
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    auth,
    ada,
    url,
    requests,
    broken,
    count: (path: string) => requests.filter((each) => each === path).length,
    /** Lets time go by on the server alone: its tokens expire, and the client has not noticed. */
    pass: (seconds: number) => void (aheadMs += seconds * 1000),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export type App = Awaited<ReturnType<typeof startApp>>;
