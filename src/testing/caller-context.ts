import type { AuthVerifier } from '../core/auth-verifier.js';
import { ConfigurationError } from '../core/errors.js';
import type { AuthUser } from '../core/ports.js';
import { RequestAuth } from '../transports/request.js';
import type { AuthContext } from '../transports/request.js';

/** What `callerContext` takes. */
export interface CallerOptions {
  /** The token in the request's Authorization header. @default none: signed out */
  readonly token?: string;
  /** Other headers of the request, as `user-agent` or `cookie`. @default none */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Makes the context of a tRPC caller: that of a request over HTTPS from 127.0.0.1, with a token or without. The Set-Cookie values of its answer are in
 * `context.auth.setCookies`.
 *
 * @param auth - whose scheme the Authorization header has; a `jwksVerifier` will do
 * @throws ConfigurationError for options of another shape, as a token that was not awaited
 * @example
 * ```ts
 * import { initTRPC } from '@trpc/server';
 * import { authErrorFormatter, protectedProcedure, type AuthContext } from 'trpc-jwt-auth';
 * import { callerContext, mintToken, testAuth } from 'trpc-jwt-auth/testing';
 *
 * const auth = testAuth();
 * const t = initTRPC.context<AuthContext>().create({ errorFormatter: authErrorFormatter() });
 * const router = t.router({ hello: protectedProcedure(auth, t).query(({ ctx }) => `Hello, ${ctx.user.username}`) });
 *
 * const caller = router.createCaller(callerContext(auth, { token: await mintToken(auth, 'ada') }));
 * console.log(await caller.hello()); // Hello, ada
 * ```
 */
export function callerContext<User extends AuthUser>(auth: AuthVerifier<User>, options: CallerOptions = {}): AuthContext {
  const { token, headers = {}, ...unknown } = options;
  // Whoever forgets to await a token, or misspells its name, would be signed out and not know why.
  if (typeof options !== 'object' || 'then' in options || Object.keys(unknown).length > 0 || (token !== undefined && typeof token !== 'string')) {
    throw new ConfigurationError("callerContext: its options are { token, headers }, and a token is a string; give callerContext(auth, { token: await mintToken(auth, 'ada') }).");
  }
  const sent = new Map<string, string>();
  if (token !== undefined) sent.set('authorization', `${auth.settings.headerPrefix} ${token}`);
  for (const [name, value] of Object.entries(headers)) sent.set(name.toLowerCase(), value);
  return {
    auth: new RequestAuth({
      method: 'POST',
      header: (name) => sent.get(name),
      host: 'localhost',
      secure: true,
      peerAddress: '127.0.0.1',
      // RequestAuth keeps the cookies itself.
      answer: { set: () => undefined, appendCookie: () => undefined },
    }),
  };
}
