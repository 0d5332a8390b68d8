import { initTRPC } from '@trpc/server';
import type { TRPCBuiltRouter, TRPCMutationProcedure, TRPCQueryProcedure, TRPCRootObject, TRPCRuntimeConfigOptions } from '@trpc/server';
import superjson from 'superjson';

import type { AuthUser } from '../../core/ports.js';
import type { CookieSettings } from '../../core/settings.js';
import type { JwtAuth, MeBody, TokenBody, TokenInput } from '../../serializers/jwt-auth.js';
import type { LoginInput } from '../../serializers/obtain.js';
import type { AuthContext, RequestAuth } from '../request.js';
import { authErrorFormatter } from './error-formatter.js';
import { callError, operationError, requestOf } from './procedures.js';
import type { AuthRootTypes } from './procedures.js';

type Mutation<Root extends AuthRootTypes, Input, Output> = TRPCMutationProcedure<{
  input: Input;
  output: Output;
  meta: Root['meta'];
  errorShape: Root['errorShape'];
}>;

type OptionalInput<Input> = undefined extends Input ? Input | void : Input;

/** The authentication procedures; all but `me` are mutations, so that no token is in a URL. */
export interface AuthProcedures<Root extends AuthRootTypes, User extends AuthUser, Extra extends object, Field extends string, Cookie> {
  /** Username and password for a token. */
  obtain: Mutation<Root, LoginInput<Field>, TokenBody<Extra, Cookie>>;
  /** A live token for a newer one. */
  refresh: Mutation<Root, OptionalInput<TokenInput<Cookie>>, TokenBody<Extra, Cookie>>;
  /** Whether a token is good now. */
  verify: Mutation<Root, OptionalInput<TokenInput<Cookie>>, TokenBody<Extra, Cookie>>;
  /** Removes the token's cookie. */
  logout: Mutation<Root, object | undefined | void, Record<string, never>>;
  /** Who is calling, and until when. */
  me: TRPCQueryProcedure<{ input: void; output: MeBody<User, Extra>; meta: Root['meta']; errorShape: Root['errorShape'] }>;
}

/** The router of an auth's procedures, for a builder's root types. */
export type AuthRouter<Root extends AuthRootTypes, User extends AuthUser, Extra extends object, Field extends string, Cookie> = TRPCBuiltRouter<
  Root,
  // A router's record has an index signature, which an interface lacks.
  { [Name in keyof AuthProcedures<Root, User, Extra, Field, Cookie>]: AuthProcedures<Root, User, Extra, Field, Cookie>[Name] }
>;

/** The root types of the builder that `createAuthRouter(auth)` makes for itself: superjson and our error formatter. */
export interface StandaloneRoot extends AuthRootTypes {
  ctx: AuthContext;
  errorShape: ReturnType<ReturnType<typeof authErrorFormatter>>;
  transformer: true;
}

/**
 * The procedures obtain, refresh, verify, logout and me, to nest in an app's router or to merge into it (specification "Views and Endpoints").
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
export function createAuthRouter<User extends AuthUser, Extra extends object, Field extends string, Cookie extends CookieSettings | undefined>(
  auth: JwtAuth<User, Extra, Field, Cookie>,
): AuthRouter<StandaloneRoot, User, Extra, Field, Cookie>;
export function createAuthRouter<
  User extends AuthUser,
  Extra extends object,
  Field extends string,
  Cookie extends CookieSettings | undefined,
  Context extends AuthContext,
  Meta extends object,
  Options extends TRPCRuntimeConfigOptions<Context, Meta>,
  Root extends AuthRootTypes,
>(auth: JwtAuth<User, Extra, Field, Cookie>, t: TRPCRootObject<Context, Meta, Options, Root>): AuthRouter<Root, User, Extra, Field, Cookie>;
export function createAuthRouter<User extends AuthUser, Extra extends object, Field extends string, Cookie extends CookieSettings | undefined>(
  auth: JwtAuth<User, Extra, Field, Cookie>,
  t: Builder = standaloneBuilder(),
): unknown {
  const { obtain, refresh, verify, logout, me } = auth.serializers;
  const { reportError } = auth.settings;
  const procedure = t.procedure.use(async ({ next }) => {
    const result = await next();
    if (result.ok) return result;
    throw callError(result.error, reportError);
  });
  const answer = async <Answer>(ctx: AuthContext, operate: (request: RequestAuth) => Promise<Answer>): Promise<Answer> => {
    try {
      return await operate(requestOf(ctx));
    } catch (error) {
      throw operationError(error, reportError);
    }
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
        request.clearCookie(auth);
        return result;
      }),
    ),
    me: procedure.query(({ ctx }) => answer(ctx, async (request) => request.answerMe(auth, await me.validate(undefined, request.for(auth))))),
  });
}

type Builder = TRPCRootObject<AuthContext, object, TRPCRuntimeConfigOptions<AuthContext, object>, AuthRootTypes>;

function standaloneBuilder(): Builder {
  const t = initTRPC.context<AuthContext>().create({ transformer: superjson, errorFormatter: authErrorFormatter() });
  // A builder's types are invariant in its options, which nothing below looks at.
  return t as unknown as Builder;
}
