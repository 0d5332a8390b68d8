import { initTRPC, tracked, TRPCError } from '@trpc/server';
import superjson from 'superjson';
import { authErrorFormatter, createAuthRouter, protectedProcedure } from 'trpc-jwt-auth';
import type { AuthContext } from 'trpc-jwt-auth';
import { z } from 'zod';

import type { Auth } from './auth.js';
import type { NoteStore } from './notes.js';

export function createRouter(auth: Auth, notes: NoteStore) {
  const t = initTRPC.context<AuthContext>().create({
    transformer: superjson,
    errorFormatter: authErrorFormatter(),
    // A connection that died without a word is noticed by the silence.
    sse: { ping: { enabled: true, intervalMs: 10_000 }, client: { reconnectAfterInactivityMs: 25_000 } },
  });
  const userProcedure = protectedProcedure(auth, t);
  return t.router({
    auth: createAuthRouter(auth, t),
    notes: t.router({
      list: userProcedure.query(({ ctx }) => notes.list(ctx.user.id)),
      add: userProcedure
        .input(z.object({ text: z.string().trim().min(1, 'Write something first.').max(500, 'At most 500 characters.') }))
        .mutation(({ ctx, input }) => notes.add(ctx.user.id, input.text)),
      delete: userProcedure.input(z.object({ id: z.int() })).mutation(async ({ ctx, input }) => {
        if (!(await notes.delete(ctx.user.id, input.id))) throw new TRPCError({ code: 'NOT_FOUND', message: 'There is no such note.' });
      }),
      // That the notes have changed, not how: the page reads the list again.
      changes: userProcedure.input(z.object({ lastEventId: z.string().optional() }).optional()).subscription(async function* ({ ctx, input, signal }) {
        for await (const version of notes.versions(ctx.user.id, input?.lastEventId, signal)) yield tracked(version, null);
      }),
    }),
  });
}

export type AppRouter = ReturnType<typeof createRouter>;
