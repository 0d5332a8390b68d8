import nodeCrypto from 'node:crypto';

import { initTRPC } from '@trpc/server';
import { createExpressMiddleware } from '@trpc/server/adapters/express';
import express from 'express';
import type { RequestHandler } from 'express';
import { authErrorFormatter, createAuthRouter, protectedProcedure } from 'trpc-jwt-auth';
import type { AuthContext } from 'trpc-jwt-auth';
import { expressContext } from 'trpc-jwt-auth/express';

import type { Variants } from '../harness/server-entry.js';
import { counts, createAuth, GREETING, listen } from './account.js';

const serve = (trpc: RequestHandler) => listen(express().use('/trpc', trpc));

/** Counts the signatures that are verified: each is compared once. */
function countVerifications(): Record<string, number> {
  const all: Record<string, number> = Object.assign(counts, { verifications: 0 });
  const { timingSafeEqual } = nodeCrypto;
  nodeCrypto.timingSafeEqual = (...given) => {
    all['verifications'] = (all['verifications'] ?? 0) + 1;
    return timingSafeEqual(...given);
  };
  return all;
}

function ours(): RequestHandler {
  const auth = createAuth();
  const t = initTRPC.context<AuthContext>().create({ errorFormatter: authErrorFormatter() });
  const router = t.router({
    auth: createAuthRouter(auth, t),
    hello: protectedProcedure(auth, t).query(({ ctx }) => ({ username: ctx.user.username })),
  });
  return createExpressMiddleware({ router, createContext: expressContext(auth) });
}

export const variants: Variants = {
  open: () => {
    const t = initTRPC.create();
    const router = t.router({
      hello: t.procedure.use(({ next }) => next()).query(() => GREETING),
      empty: t.procedure.mutation(() => ({})),
    });
    return serve(createExpressMiddleware({ router, createContext: () => ({}) }));
  },
  ours: () => serve(ours()),
  'ours, counted': async () => {
    const counted = countVerifications();
    return { ...(await serve(ours())), counts: counted };
  },
};
