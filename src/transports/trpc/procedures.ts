import type { TRPCMiddlewareFunction, TRPCProcedureBuilder, TRPCRootObject, TRPCRuntimeConfigOptions, TRPCUnsetMarker } from '@trpc/server';

import type { AuthVerifier } from '../../core/auth-verifier.js';
import type { Claims } from '../../core/claims.js';
import { AuthError, ConfigurationError, errorRow } from '../../core/errors.js';
import type { Identity } from '../../core/call.js';
import type { AuthUser } from '../../core/ports.js';
import { RequestAuth } from '../request.js';
import type { AuthContext } from '../request.js';
import type { AuthErrorShape } from './error-formatter.js';
import { guardResult } from './guarded-stream.js';
import type { GuardOptions, ProcedureResult } from './guarded-stream.js';
import { operationError } from './operation-error.js';

/** The root types of a builder whose context has `auth` and whose errors carry AuthErrorData. */
export interface AuthRootTypes {
  ctx: AuthContext;
  meta: object;
  errorShape: AuthErrorShape & { message: string; code: number };
  transformer: boolean;
}

/** The request behind a procedure call. @throws ConfigurationError where createContext made none */
export function requestOf(ctx: AuthContext): RequestAuth {
  if (!(ctx.auth instanceof RequestAuth)) {
    throw new ConfigurationError('ctx.auth is missing; make the context with expressContext(auth) or the adapter of your server.');
  }
  return ctx.auth;
}

/** What a protected procedure finds in its context. */
export interface UserContext<User extends AuthUser> {
  user: User;
  claims: Claims;
}

/**
 * A middleware that lets only signed-in users through, and gives the procedure `ctx.user` and `ctx.claims`. A subscription ends when its caller is signed in no more.
 *
 * @throws TRPCError UNAUTHORIZED with `authCode` NOT_AUTHENTICATED, TOKEN_EXPIRED and the other codes of a bad token; FORBIDDEN with CSRF_FAILED
 * @example
 * ```ts
 * import { initTRPC } from '@trpc/server';
 * import { authErrorFormatter, requireAuth, type AuthContext, type JwtAuth } from 'trpc-jwt-auth';
 *
 * declare const auth: JwtAuth;
 * const t = initTRPC.context<AuthContext>().create({ errorFormatter: authErrorFormatter() });
 * const older = t.procedure.use(requireAuth(auth)).query(({ ctx }) => ctx.user.username);
 * ```
 */
export function requireAuth<User extends AuthUser>(auth: AuthVerifier<User>): TRPCMiddlewareFunction<AuthContext, object, object, UserContext<User>, unknown> {
  return subscriptionGuard(auth);
}

/**
 * `requireAuth`, for subscriptions that are to be looked after more closely, or less: one ends, with its code, when its token has expired or its session or user has.
 *
 * A session ended in this process is noticed at once; one ended in another, and a user who was disabled, within `recheckSeconds`. The client's
 * `createAuthStreams` renews what has expired, and resumes.
 *
 * @param options - `recheckSeconds`, how often who is calling is found out anew, in seconds; 30 where it is left out, as in `requireAuth`
 * @throws TRPCError as `requireAuth`, at the beginning and in the stream
 * @throws ConfigurationError for `recheckSeconds` under 1
 * @example
 * ```ts
 * import { initTRPC, tracked } from '@trpc/server';
 * import { authErrorFormatter, subscriptionGuard, type AuthContext, type JwtAuth } from 'trpc-jwt-auth';
 *
 * declare const auth: JwtAuth;
 * const t = initTRPC.context<AuthContext>().create({ errorFormatter: authErrorFormatter() });
 * const greetings = t.procedure.use(subscriptionGuard(auth, { recheckSeconds: 5 })).subscription(async function* ({ ctx }) {
 *   yield tracked('1', `Hello, ${ctx.user.username}`);
 * });
 * ```
 */
export function subscriptionGuard<User extends AuthUser>(
  auth: AuthVerifier<User>,
  options: GuardOptions = {},
): TRPCMiddlewareFunction<AuthContext, object, object, UserContext<User>, unknown> {
  const { recheckSeconds } = options;
  if (recheckSeconds !== undefined && !(recheckSeconds >= 1)) throw new ConfigurationError(`subscriptionGuard: recheckSeconds is ${JSON.stringify(recheckSeconds)}; give a number of seconds, 1 or more.`);
  const middleware: AuthMiddleware<UserContext<User>> = async ({ ctx, next, type, signal }) => {
    let identity: Identity<User>;
    try {
      identity = await requestOf(ctx).caller(auth);
    } catch (error) {
      throw operationError(error, auth.settings.reportError);
    }
    const { user, claims } = identity;
    const result = await next({ ctx: { user, claims } });
    return type === 'subscription' ? guardResult(result, auth, ctx.auth, claims, signal, options) : result;
  };
  return middleware as unknown as TRPCMiddlewareFunction<AuthContext, object, object, UserContext<User>, unknown>;
}

/**
 * A middleware for procedures that anybody may call: `ctx.user` is the signed-in user, or null for nobody and for a token that is no longer good.
 *
 * @example
 * ```ts
 * import { initTRPC } from '@trpc/server';
 * import { authErrorFormatter, optionalUser, type AuthContext, type JwtAuth } from 'trpc-jwt-auth';
 *
 * declare const auth: JwtAuth;
 * const t = initTRPC.context<AuthContext>().create({ errorFormatter: authErrorFormatter() });
 * const hello = t.procedure.use(optionalUser(auth)).query(({ ctx }) => ctx.user?.username ?? 'stranger');
 * ```
 */
export function optionalUser<User extends AuthUser>(auth: AuthVerifier<User>): TRPCMiddlewareFunction<AuthContext, object, object, { user: User | null }, unknown> {
  const middleware: AuthMiddleware<{ user: User | null }> = async ({ ctx, next, type, signal }) => {
    let identity: Identity<User> | null = null;
    try {
      identity = await requestOf(ctx).caller(auth);
    } catch (error) {
      const isStranger = error instanceof AuthError && [401, 403].includes(errorRow(error.code).status);
      if (!isStranger) throw operationError(error, auth.settings.reportError);
    }
    const result = await next({ ctx: { user: identity?.user ?? null } });
    return identity === null || type !== 'subscription' ? result : guardResult(result, auth, ctx.auth, identity.claims, signal);
  };
  return middleware as unknown as TRPCMiddlewareFunction<AuthContext, object, object, { user: User | null }, unknown>;
}

interface AuthMiddleware<ContextOut> {
  (options: { ctx: AuthContext; type: string; signal: AbortSignal | undefined; next: (options: { ctx: ContextOut }) => Promise<ProcedureResult> }): Promise<ProcedureResult>;
}

/**
 * A base procedure for signed-in users; its context has `user`, of the app's own type, and `claims`.
 *
 * @throws TRPCError UNAUTHORIZED with `authCode` NOT_AUTHENTICATED, TOKEN_EXPIRED and the other codes of a bad token; FORBIDDEN with CSRF_FAILED
 *
 * @example
 * ```ts
 * import { initTRPC } from '@trpc/server';
 * import { authErrorFormatter, protectedProcedure, type AuthContext, type JwtAuth } from 'trpc-jwt-auth';
 *
 * declare const auth: JwtAuth;
 * const t = initTRPC.context<AuthContext>().create({ errorFormatter: authErrorFormatter() });
 * const name = protectedProcedure(auth, t).query(({ ctx }) => ctx.user.username);
 * ```
 */
export function protectedProcedure<
  User extends AuthUser,
  Context extends AuthContext,
  Meta extends object,
  Options extends TRPCRuntimeConfigOptions<Context, Meta>,
  Root extends AuthRootTypes,
>(
  auth: AuthVerifier<User>,
  t: TRPCRootObject<Context, Meta, Options, Root>,
): TRPCProcedureBuilder<Context, Meta, UserContext<User>, TRPCUnsetMarker, TRPCUnsetMarker, TRPCUnsetMarker, TRPCUnsetMarker, false, Root['errorShape']> {
  return t.procedure.use(requireAuth(auth));
}
