import { initTRPC } from '@trpc/server';
import superjson from 'superjson';
import { authErrorFormatter, createAuthRouter, protectedProcedure } from 'trpc-jwt-auth';
import type { AuthContext, AuthErrorCode, CookieSettings, JwtAuth, SessionSettings } from 'trpc-jwt-auth';

import { tableRow } from '../error-table.js';
import type { User } from '../scene.js';

export const t = initTRPC.context<AuthContext>().create({ transformer: superjson, errorFormatter: authErrorFormatter() });

/** One auth's procedures, and two protected ones of the app. */
export function authApp(auth: JwtAuth<User>) {
  const signedIn = protectedProcedure(auth, t);
  return t.router({
    // Without sessions their procedures are not there; no behaviour calls them then.
    auth: createAuthRouter(auth as JwtAuth<User, object, string, CookieSettings | undefined, SessionSettings>, t),
    read: signedIn.query(({ ctx }) => ({ username: ctx.user.username })),
    write: signedIn.mutation(({ ctx }) => ({ username: ctx.user.username })),
  });
}

/** An error's code in tRPC's terms, with its HTTP status. */
export function trpcKindOf(code: AuthErrorCode): string {
  return tableRow(code).trpc;
}
