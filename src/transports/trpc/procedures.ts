import { TRPCError } from '@trpc/server';
import type { TRPCMiddlewareFunction, TRPCProcedureBuilder, TRPCRootObject, TRPCRuntimeConfigOptions, TRPCUnsetMarker } from '@trpc/server';
import { ZodError } from 'zod';

import type { AuthVerifier } from '../../core/auth-verifier.js';
import type { Claims } from '../../core/claims.js';
import { asAuthError, AuthError, ConfigurationError, errorRow } from '../../core/errors.js';
import type { Identity } from '../../core/call.js';
import type { AuthUser, ReportError } from '../../core/ports.js';
import { validationError } from '../../serializers/serializer.js';
import { RequestAuth } from '../request.js';
import type { AuthContext } from '../request.js';
import type { AuthErrorShape } from './error-formatter.js';

/** The root types of a builder whose context has `auth` and whose errors carry AuthErrorData. */
export interface AuthRootTypes {
  ctx: AuthContext;
  meta: object;
  errorShape: AuthErrorShape & { message: string; code: number };
  transformer: boolean;
}

/** What an operation of ours threw, as tRPC throws it; anything that is no AuthError is reported and hidden, as at REST. */
export function operationError(thrown: unknown, report: ReportError): TRPCError {
  return trpcErrorOf(asAuthError(thrown, report));
}

/** What tRPC says of a call of ours that failed: an operation's error as it is, and the input's faults with our codes. */
export function callError(error: TRPCError, report: ReportError): TRPCError {
  const { code, cause } = error;
  if (cause instanceof AuthError) return error;
  if (code === 'BAD_REQUEST' && cause instanceof ZodError) return trpcErrorOf(validationError(cause));
  // tRPC quotes the unreadable body, which may hold a password.
  if (code === 'PARSE_ERROR' || (code === 'BAD_REQUEST' && cause instanceof SyntaxError)) return trpcErrorOf(new AuthError('PARSE_ERROR', { cause: error }));
  // One that tRPC itself made (an aborted call, a wrong media type) is already safe to show.
  return code === 'INTERNAL_SERVER_ERROR' ? operationError(cause ?? error, report) : error;
}

function trpcErrorOf(error: AuthError): TRPCError {
  return new TRPCError({ code: errorRow(error.code).trpc, message: error.message, cause: error });
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
 * A middleware that lets only signed-in users through, and gives the procedure `ctx.user` and `ctx.claims`.
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
  const middleware: AuthMiddleware<UserContext<User>> = async ({ ctx, next }) => {
    let identity: Identity<User>;
    try {
      identity = await requestOf(ctx).identify(auth);
    } catch (error) {
      throw operationError(error, auth.settings.reportError);
    }
    return next({ ctx: { user: identity.user, claims: identity.claims } });
  };
  return middleware as TRPCMiddlewareFunction<AuthContext, object, object, UserContext<User>, unknown>;
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
  const middleware: AuthMiddleware<{ user: User | null }> = async ({ ctx, next }) => {
    let user: User | null = null;
    try {
      user = (await requestOf(ctx).identify(auth)).user;
    } catch (error) {
      const isStranger = error instanceof AuthError && [401, 403].includes(errorRow(error.code).status);
      if (!isStranger) throw operationError(error, auth.settings.reportError);
    }
    return next({ ctx: { user } });
  };
  return middleware as TRPCMiddlewareFunction<AuthContext, object, object, { user: User | null }, unknown>;
}

interface AuthMiddleware<ContextOut> {
  (options: { ctx: AuthContext; next: (options: { ctx: ContextOut }) => Promise<unknown> }): Promise<unknown>;
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
