import { initTRPC } from '@trpc/server';
import superjson from 'superjson';
import { authErrorFormatter, createAuthRouter, createJwtAuth, keyPair, protectedProcedure } from 'trpc-jwt-auth';
import type { AuthContext } from 'trpc-jwt-auth';
import { memorySessions } from 'trpc-jwt-auth/stores/memory';

import { EC_PRIVATE_A2 } from '../security/known-keys.js';

export interface User {
  readonly id: number;
  readonly username: string;
  readonly isActive: boolean;
}

export const ADA: User = { id: 1, username: 'ada', isActive: true };
export const LOGIN = { username: ADA.username, password: 'engine' };

/** The app that every runtime serves. It can be made while a module loads, where Workers allow neither chance nor the network. */
export function createApp() {
  const { kty, crv, x, y, d } = EC_PRIVATE_A2;
  let aheadMs = 0;
  const auth = createJwtAuth({
    keys: keyPair({ algorithm: 'ES256', privateKey: { kty, crv, x, y, d } }),
    users: {
      authenticate: ({ username, password }) => (username === LOGIN.username && password === LOGIN.password ? ADA : null),
      findByUsername: (username) => (username === ADA.username ? ADA : null),
    },
    token: { expiresInSeconds: 300, issuer: 'runtime' },
    cookie: { name: 'jwt-token' },
    sessions: { store: memorySessions() },
    clock: () => Date.now() + aheadMs,
    responsePayload: ({ user }) => ({ user: { id: user.id } }),
  });
  const t = initTRPC.context<AuthContext>().create({ transformer: superjson, errorFormatter: authErrorFormatter() });
  const router = t.router({
    auth: createAuthRouter(auth, t),
    notes: protectedProcedure(auth, t).query(({ ctx }) => ({ of: ctx.user.username, at: new Date(0) })),
    moveClock: t.procedure.input((seconds) => Number(seconds)).mutation(({ input }) => {
      aheadMs += input * 1000;
    }),
  });
  return { auth, router };
}

export type App = ReturnType<typeof createApp>;
export type AppRouter = App['router'];
