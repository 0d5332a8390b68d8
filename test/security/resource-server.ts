import { initTRPC } from '@trpc/server';
import { createExpressMiddleware } from '@trpc/server/adapters/express';
import express from 'express';
import { authErrorFormatter, optionalUser, protectedProcedure } from 'trpc-jwt-auth';
import type { AuthContext, AuthUser, AuthVerifier } from 'trpc-jwt-auth';
import { expressContext, requireUser } from 'trpc-jwt-auth/express';
import { afterAll } from 'vitest';

import { listen } from '../parity/listening.js';
import { codeOf } from './target.js';

const t = initTRPC.context<AuthContext>().create({ errorFormatter: authErrorFormatter() });

/** The procedures of a service that has no logins of its own. */
export function resourceRouter<User extends AuthUser>(auth: AuthVerifier<User>) {
  const signedIn = protectedProcedure(auth, t);
  return t.router({
    who: signedIn.query(({ ctx }) => ({ user: ctx.user, iat: ctx.claims.iat })),
    change: signedIn.mutation(({ ctx }) => ctx.user.username),
    maybe: t.procedure.use(optionalUser(auth)).query(({ ctx }) => ctx.user?.username ?? null),
    open: t.procedure.query(() => 'open'),
  });
}

/** Calls of procedures without HTTP. */
export function resourceCaller<User extends AuthUser>(auth: AuthVerifier<User>) {
  return t.createCallerFactory(resourceRouter(auth));
}

export interface Answered {
  readonly status: number;
  /** The code of its error, or 'accepted'. */
  readonly code: string;
  readonly text: string;
  readonly headers: Headers;
}

/** Serves such a service, on 127.0.0.1, until the file's tests are done; gives what asks it. */
export async function serveResource<User extends AuthUser>(auth: AuthVerifier<User>): Promise<(path: string, init?: RequestInit) => Promise<Answered>> {
  const app = express();
  app.use('/trpc', createExpressMiddleware({ router: resourceRouter(auth), createContext: expressContext(auth) }));
  app.all('/protected', requireUser(auth, (request, response) => response.json(request.user)));
  const { origin, close } = await listen(app);
  afterAll(close);
  return async (path, init = {}) => {
    const response = await fetch(`${origin}${path}`, init);
    const { status, headers } = response;
    const text = await response.text();
    return { status, headers, text, code: codeOf({ status, headers: Object.fromEntries(headers), body: text }) };
  };
}
