import type { HTTPLinkOptions, TRPCLink } from '@trpc/client';
import type { AnyRouter, inferRouterInputs, inferRouterOutputs, TRPCCombinedDataTransformer, TRPCDataTransformer } from '@trpc/server';

import { buildAuthClient } from './auth-client.js';
import type { AuthClient, ClientParts, AuthClientSettings, AuthClientTypes, SessionOperations } from './auth-client.js';
import { createAuthLink } from './auth-link.js';
import { trpcCall } from './trpc-transport.js';

type AtPath<Routes, Path extends string> = Path extends ''
  ? Routes
  : Path extends `${infer Head}.${infer Rest}`
    ? Head extends keyof Routes
      ? AtPath<Routes[Head], Rest>
      : undefined
    : Path extends keyof Routes
      ? Routes[Path]
      : undefined;

interface AuthOutputs {
  obtain: unknown;
  verify: unknown;
  me: object;
}

type Outputs<Router extends AnyRouter, Path extends string> = AtPath<inferRouterOutputs<Router>, Path>;
type Inputs<Router extends AnyRouter, Path extends string> = AtPath<inferRouterInputs<Router>, Path>;

/** The types of an app's authentication router, at its path in the app's router. */
export interface TrpcAuthTypes<Router extends AnyRouter, Path extends string> extends AuthClientTypes {
  login: 'obtain' extends keyof Inputs<Router, Path> ? Inputs<Router, Path>['obtain'] : never;
  obtained: 'obtain' extends keyof Outputs<Router, Path> ? Outputs<Router, Path>['obtain'] : never;
  verifyInput: 'verify' extends keyof Inputs<Router, Path> ? Inputs<Router, Path>['verify'] : never;
  verified: 'verify' extends keyof Outputs<Router, Path> ? Outputs<Router, Path>['verify'] : never;
  me: Outputs<Router, Path> extends AuthOutputs ? Outputs<Router, Path>['me'] : never;
}

/** Under what a client holds its parts, for those that are built upon them and loaded apart. */
export const CLIENT_PARTS: unique symbol = Symbol('parts');

/** A client of an authentication router. */
export type TrpcAuthClient<Router extends AnyRouter, Path extends string> = AuthClient<TrpcAuthTypes<Router, Path>> & {
  /** The first link of the app's tRPC client: operations wait for a refresh that is due, and are made again, once, where the server wants a newer token. */
  link: () => TRPCLink<Router>;
  readonly [CLIENT_PARTS]: ClientParts;
} & ('logoutAll' extends keyof Outputs<Router, Path> ? SessionOperations : unknown);

/** What createAuthClient takes. */
export interface TrpcAuthClientOptions<Path extends string> extends AuthClientSettings {
  /** Where the app's tRPC router is served, as `/trpc`. */
  readonly url: string | URL;
  /** Where the authentication router is in the app's: `auth`, `account.auth`, or `''` where it is merged into it. */
  readonly path: Path;
  /** What stands between the names of a path in URLs, as the server has it. @default '.' */
  readonly pathSeparator?: string;
}

type LinkOptions<Router extends AnyRouter> = Pick<HTTPLinkOptions<Router['_def']['_config']['$types']>, 'transformer'>;

/**
 * A client of the app's authentication router, which signs in and out, keeps the token fresh and says who is signed in.
 *
 * Called in two steps, `createAuthClient<AppRouter>()({ … })`: the first takes the router's type, the second infers the rest.
 *
 * @example
 * ```ts
 * import { createTRPCClient, httpBatchLink } from '@trpc/client';
 * import { createJwtAuth, createAuthRouter, secretKey } from 'trpc-jwt-auth';
 * import { createAuthClient, localStorageTokens } from 'trpc-jwt-auth/client';
 * import { initTRPC } from '@trpc/server';
 * import { authErrorFormatter, type AuthContext, type JwtAuth } from 'trpc-jwt-auth';
 *
 * declare const auth: JwtAuth;
 * const t = initTRPC.context<AuthContext>().create({ errorFormatter: authErrorFormatter() });
 * const appRouter = t.router({ auth: createAuthRouter(auth, t) });
 *
 * const authClient = createAuthClient<typeof appRouter>()({ url: '/trpc', path: 'auth', storage: localStorageTokens() });
 * const trpc = createTRPCClient<typeof appRouter>({ links: [authClient.link(), httpBatchLink({ url: '/trpc', headers: authClient.headers })] });
 * console.log(authClient.getSnapshot()); // { status: 'signed-out', reason: 'none' }
 * ```
 */
export function createAuthClient<Router extends AnyRouter>() {
  return <const Path extends string>(
    options: TrpcAuthClientOptions<Path> & LinkOptions<Router> & (Outputs<Router, Path> extends AuthOutputs ? unknown : { path: 'no authentication router is at this path' }),
  ): TrpcAuthClient<Router, Path> => {
    const { path, pathSeparator = '.', transformer = AS_IT_IS } = options as TrpcAuthClientOptions<Path> & { transformer?: AnyTransformer };
    const { input = transformer, output = transformer } = transformer;
    const url = String(options.url);
    const { client, parts } = buildAuthClient(options, url, (fetch) => trpcCall({ url, path, pathSeparator, input, output }, fetch));
    return { ...client, link: () => createAuthLink(parts.keeper, parts.call, path), [CLIENT_PARTS]: parts } as unknown as TrpcAuthClient<Router, Path>;
  };
}

type AnyTransformer = TRPCDataTransformer & Partial<TRPCCombinedDataTransformer>;

const AS_IT_IS: AnyTransformer = { serialize: (value: unknown) => value, deserialize: (value: unknown) => value };
