import { initTRPC } from '@trpc/server';
import type { TRPCBuiltRouter, TRPCMutationProcedure, TRPCQueryProcedure, TRPCRootObject, TRPCRuntimeConfigOptions } from '@trpc/server';
import superjson from 'superjson';

import { AuthError } from '../../core/errors.js';
import type { AuthUser } from '../../core/ports.js';
import type { SessionSettings } from '../../core/session-settings.js';
import type { CookieSettings } from '../../core/cookie-settings.js';
import type { MeBody, ObtainBody, RefreshBody, RefreshInput, TokenBody, TokenInput } from '../../serializers/bodies.js';
import type { RevokedBody, SessionBody, SessionInput } from '../../serializers/device-sessions.js';
import type { JwtAuth } from '../../serializers/jwt-auth.js';
import type { LoginInput } from '../../serializers/obtain.js';
import type { RefreshAttrs } from '../../serializers/refresh.js';
import type { TicketBody } from '../../serializers/ticket.js';
import type { AuthContext, AuthOf, RequestAuth } from '../request.js';
import { authErrorFormatter } from './error-formatter.js';
import { callError, operationError } from './operation-error.js';
import { requestOf } from './procedures.js';
import type { AuthRootTypes } from './procedures.js';

type Mutation<Root extends AuthRootTypes, Input, Output> = TRPCMutationProcedure<{
  input: Input;
  output: Output;
  meta: Root['meta'];
  errorShape: Root['errorShape'];
}>;

type Query<Root extends AuthRootTypes, Output> = TRPCQueryProcedure<{ input: void; output: Output; meta: Root['meta']; errorShape: Root['errorShape'] }>;

type OptionalInput<Input> = undefined extends Input ? Input | void : Input;

/** The authentication procedures; all that take a token are mutations, so that none is in a URL. */
export interface AuthProcedures<Root extends AuthRootTypes, User extends AuthUser, Extra extends object, Field extends string, Cookie, Sessions> {
  /** Username and password for a token, and a refresh token where there are sessions. */
  obtain: Mutation<Root, LoginInput<Field>, ObtainBody<Extra, Cookie, Sessions>>;
  /** A token for a newer one. */
  refresh: Mutation<Root, OptionalInput<RefreshInput<Cookie, Sessions>>, RefreshBody<Extra, Cookie, Sessions>>;
  /** Whether an access token is good now. */
  verify: Mutation<Root, OptionalInput<TokenInput<Cookie>>, TokenBody<Extra, Cookie>>;
  /** Ends the session, where there are sessions, and removes the cookies. */
  logout: Mutation<Root, RefreshAttrs | undefined | void, Record<string, never>>;
  /** What opens one stream, once, in place of a token: for a URL, where no token may stand. */
  ticket: Mutation<Root, void, TicketBody>;
  /** Who is calling, and until when. */
  me: Query<Root, MeBody<User, Extra>>;
}

/** The procedures that need sessions. */
export interface SessionProcedures<Root extends AuthRootTypes> {
  /** Ends all of the caller's sessions. */
  logoutAll: Mutation<Root, void, RevokedBody>;
  sessions: {
    /** The caller's sessions, the last used first. */
    list: Query<Root, SessionBody[]>;
    /** Ends one of the caller's sessions. */
    revoke: Mutation<Root, SessionInput, RevokedBody>;
  };
}

// A router's record has an index signature, which an interface lacks.
type Indexed<Procedures> = { [Name in keyof Procedures]: Procedures[Name] };

/** The router of an auth's procedures, for a builder's root types. */
export type AuthRouter<
  Root extends AuthRootTypes,
  User extends AuthUser,
  Extra extends object,
  Field extends string,
  Cookie,
  Sessions = undefined,
> = Sessions extends SessionSettings
  ? TRPCBuiltRouter<Root, Indexed<AuthProcedures<Root, User, Extra, Field, Cookie, Sessions> & SessionProcedures<Root>>>
  : TRPCBuiltRouter<Root, Indexed<AuthProcedures<Root, User, Extra, Field, Cookie, Sessions>>>;

/** The root types of the builder that `createAuthRouter(auth)` makes for itself: superjson and our error formatter. */
export interface StandaloneRoot extends AuthRootTypes {
  ctx: AuthContext;
  errorShape: ReturnType<ReturnType<typeof authErrorFormatter>>;
  transformer: true;
}

/**
 * The procedures obtain, refresh, verify, logout, ticket and me, with sessions also logoutAll, sessions.list and sessions.revoke, to nest in an app's router or to merge into it (specification "Views and Endpoints").
 *
 * @param auth - what createJwtAuth made
 * @param t - the app's tRPC builder; left out, the router has one of its own, with superjson, and is served alone
 * @example
 * ```ts
 * import { initTRPC } from '@trpc/server';
 * import { authErrorFormatter, createAuthRouter, type AuthContext, type JwtAuth } from 'trpc-jwt-auth';
 *
 * declare const auth: JwtAuth;
 * const t = initTRPC.context<AuthContext>().create({ errorFormatter: authErrorFormatter() });
 * const appRouter = t.router({ auth: createAuthRouter(auth, t) });
 * ```
 */
export function createAuthRouter<
  User extends AuthUser,
  Extra extends object,
  Field extends string,
  Cookie extends CookieSettings | undefined,
  Sessions extends SessionSettings | undefined,
>(auth: JwtAuth<User, Extra, Field, Cookie, Sessions>): AuthRouter<StandaloneRoot, User, Extra, Field, Cookie, Sessions>;
export function createAuthRouter<
  User extends AuthUser,
  Extra extends object,
  Field extends string,
  Cookie extends CookieSettings | undefined,
  Sessions extends SessionSettings | undefined,
  Context extends AuthContext,
  Meta extends object,
  Options extends TRPCRuntimeConfigOptions<Context, Meta>,
  Root extends AuthRootTypes,
>(
  auth: JwtAuth<User, Extra, Field, Cookie, Sessions>,
  t: TRPCRootObject<Context, Meta, Options, Root>,
): AuthRouter<Root, User, Extra, Field, Cookie, Sessions>;
export function createAuthRouter<User extends AuthUser>(auth: AuthOf<User>, t: Builder = standaloneBuilder()): unknown {
  const { obtain, refresh, verify, logout, logoutAll, sessionList, sessionRevoke, ticket, me } = auth.serializers;
  const { reportError, sessions } = auth.settings;
  const procedure = t.procedure.use(async ({ next }) => {
    const result = await next();
    if (result.ok) return result;
    throw callError(result.error, reportError);
  });
  const answer = async <Answer>(ctx: AuthContext, operate: (request: RequestAuth) => Promise<Answer>): Promise<Answer> => {
    try {
      const answered = await operate(requestOf(ctx));
      // For the caller alone, and for no cache.
      ctx.auth.request.answer?.set('Cache-Control', 'no-store');
      return answered;
    } catch (error) {
      if (error instanceof AuthError && error.retryAfterSeconds !== undefined) ctx.auth.request.answer?.set('Retry-After', String(error.retryAfterSeconds));
      throw operationError(error, reportError);
    }
  };
  const sessionProcedures =
    sessions === undefined
      ? {}
      : {
          logoutAll: procedure.mutation(({ ctx }) =>
            answer(ctx, async (request) => {
              const result = await logoutAll.validate(undefined, request.for(auth));
              request.clearCookies(auth);
              return result;
            }),
          ),
          sessions: t.router({
            list: procedure.query(({ ctx }) => answer(ctx, (request) => sessionList.validate(undefined, request.for(auth)))),
            revoke: procedure.input(sessionRevoke.input).mutation(({ ctx, input }) => answer(ctx, (request) => sessionRevoke.validate(input, request.for(auth)))),
          }),
        };
  return t.router({
    obtain: procedure
      .input(obtain.input)
      .mutation(({ ctx, input }) => answer(ctx, async (request) => request.answerToken(auth, await obtain.validate(input, request.for(auth))))),
    refresh: procedure
      .input(refresh.input)
      .mutation(({ ctx, input }) => answer(ctx, async (request) => request.answerToken(auth, await refresh.validate(input, request.for(auth))))),
    verify: procedure
      .input(verify.input)
      .mutation(({ ctx, input }) => answer(ctx, async (request) => request.answerToken(auth, await verify.validate(input, request.for(auth))))),
    logout: procedure.input(logout.input).mutation(({ ctx, input }) =>
      answer(ctx, async (request) => {
        const result = await logout.validate(input, request.for(auth));
        request.clearCookies(auth);
        return result;
      }),
    ),
    ...sessionProcedures,
    ticket: procedure.mutation(({ ctx }) => answer(ctx, (request) => ticket.validate(undefined, request.for(auth)))),
    me: procedure.query(({ ctx }) => answer(ctx, async (request) => request.answerMe(auth, await me.validate(undefined, request.for(auth))))),
  });
}

type Builder = TRPCRootObject<AuthContext, object, TRPCRuntimeConfigOptions<AuthContext, object>, AuthRootTypes>;

function standaloneBuilder(): Builder {
  const t = initTRPC.context<AuthContext>().create({ transformer: superjson, errorFormatter: authErrorFormatter() });
  // A builder's types are invariant in its options, which nothing below looks at.
  return t as unknown as Builder;
}
