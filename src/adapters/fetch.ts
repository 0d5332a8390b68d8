import type { FetchCreateContextFnOptions } from '@trpc/server/adapters/fetch';

import type { AuthVerifier } from '../core/auth-verifier.js';
import type { Identity } from '../core/call.js';
import { ConfigurationError } from '../core/errors.js';
import type { AuthUser, MaybePromise } from '../core/ports.js';
import { connectionOf, hasHeaders } from '../transports/connection.js';
import { RequestAuth } from '../transports/request.js';
import type { AuthContext, AuthOf } from '../transports/request.js';
import { dispatch } from '../transports/rest/dispatch.js';
import { callerOf } from '../transports/rest/protected-endpoint.js';
import { urlTable } from '../transports/rest/url-table.js';
import type { BridgeOptions, Route } from '../transports/rest/url-table.js';
import { tokenViews } from '../transports/rest/views.js';
import type { TokenViews } from '../transports/rest/views.js';
import { FetchRequest, responseOf } from './fetch-request.js';

/** Says whose a request is, which a Request does not. */
export interface ClientAddressOption<Rest extends unknown[] = []> {
  /**
   * Finds the address at the other end of the connection, from the request and whatever else the server hands along with it: `server.requestIP(request)?.address`
   * on Bun, `info.remoteAddr.hostname` on Deno, the header CF-Connecting-IP on Workers.
   *
   * A header is the client's own word unless the platform writes it over: CF-Connecting-IP may be believed behind Cloudflare, and nowhere else. For
   * X-Forwarded-For there is the setting `trustedProxies`.
   *
   * @default none: all clients count as one network, whose limit on failed logins they share, and sessions and events have no address
   */
  readonly clientAddress?: (request: Request, ...rest: Rest) => string | undefined;
}

function clientAddressOf<Rest extends unknown[]>(caller: string, { clientAddress }: ClientAddressOption<Rest>): (request: Request, ...rest: Rest) => string | undefined {
  if (clientAddress === undefined) return () => undefined;
  if (typeof clientAddress !== 'function') throw new ConfigurationError(`${caller}: clientAddress is a ${typeof clientAddress}; give a function, as (request) => request.headers.get('CF-Connecting-IP') ?? undefined.`);
  return clientAddress;
}

/** What `restBridge` takes beside the auth. */
export interface FetchBridgeOptions<User extends AuthUser, Rest extends unknown[] = []> extends BridgeOptions<User>, ClientAddressOption<Rest> {}

/** Answers the requests that are ours, and gives undefined for all others. */
export type FetchBridge<Rest extends unknown[] = []> = (request: Request, ...rest: Rest) => Promise<Response | undefined>;

/** Answers every request. */
export type FetchHandler<Rest extends unknown[] = []> = (request: Request, ...rest: Rest) => Promise<Response>;

/** One request, served by one view. */
async function respond<User extends AuthUser>(auth: AuthOf<User>, route: Route<User>, request: Request, clientAddress: () => string | undefined, url?: URL): Promise<Response> {
  const headers = new Headers();
  const rendered = await dispatch(auth, route, new FetchRequest(request, url, headers, clientAddress));
  return responseOf(request.method, rendered, headers);
}

/**
 * Serves the token endpoints at the documented URLs, with or without their trailing slash; of any other request it makes undefined, for the next to answer (specification "URL Configuration").
 *
 * The scheme is that of the request's URL: behind a proxy that ends TLS, set `cookie.secure`, and let it pass the header Host on.
 *
 * @param options - paths, views, and where the client's address is found
 * @throws ConfigurationError for an unknown path or view
 * @example
 * ```ts
 * import { restBridge } from 'trpc-jwt-auth/fetch';
 * import type { JwtAuth } from 'trpc-jwt-auth';
 *
 * declare const auth: JwtAuth;
 * const bridge = restBridge(auth);
 * const serve = async (request: Request) => (await bridge(request)) ?? new Response('Not found', { status: 404 });
 *
 * console.log((await serve(new Request('https://example.com/api-token-auth/', { method: 'POST' }))).status); // 400
 * console.log((await serve(new Request('https://example.com/other'))).status); // 404
 * ```
 */
export function restBridge<User extends AuthUser, Rest extends unknown[] = []>(auth: AuthOf<User>, options: FetchBridgeOptions<User, Rest> = {}): FetchBridge<Rest> {
  const { clientAddress: _clientAddress, ...table } = options;
  const findRoute = urlTable(auth, table);
  const addressOf = clientAddressOf('restBridge', options);
  return async (request, ...rest) => {
    const url = new URL(request.url);
    const route = findRoute(url.pathname);
    return route === undefined ? undefined : respond(auth, route, request, () => addressOf(request, ...rest), url);
  };
}

/** The token endpoints as handlers, to serve at URLs of the app's own (specification "Function-Based Views"). */
export type FetchViews<Rest extends unknown[] = []> = TokenViews<FetchHandler<Rest>>;

/**
 * Makes the handlers of the token endpoints, as route handlers of Next.js or Hono; give them every method, for they answer OPTIONS and 405 themselves.
 *
 * @param options - where the client's address is found
 * @throws ConfigurationError
 * @example
 * ```ts
 * import { views } from 'trpc-jwt-auth/fetch';
 * import type { JwtAuth } from 'trpc-jwt-auth';
 *
 * declare const auth: JwtAuth;
 * const { obtainJwtToken } = views(auth);
 * console.log((await obtainJwtToken(new Request('https://example.com/login'))).status); // 405
 * ```
 */
export function views<User extends AuthUser, Rest extends unknown[] = []>(auth: AuthOf<User>, options: ClientAddressOption<Rest> = {}): FetchViews<Rest> {
  const addressOf = clientAddressOf('views', options);
  return tokenViews<User, FetchHandler<Rest>>(
    (View) =>
      (request, ...rest) =>
        respond(auth, { View }, request, () => addressOf(request, ...rest)),
  );
}

/**
 * Makes the `createContext` of tRPC's `fetchRequestHandler`: `{ auth }` and whatever the app adds.
 *
 * It never throws for a bad token, so that public procedures of the same batch go on.
 *
 * @param extend - makes the rest of the app's context
 * @param options - where the client's address is found
 * @throws ConfigurationError
 * @example
 * ```ts
 * import { initTRPC } from '@trpc/server';
 * import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
 * import { authErrorFormatter, createAuthRouter, type AuthContext, type JwtAuth } from 'trpc-jwt-auth';
 * import { fetchContext } from 'trpc-jwt-auth/fetch';
 *
 * declare const auth: JwtAuth;
 * const t = initTRPC.context<AuthContext>().create({ errorFormatter: authErrorFormatter() });
 * const router = t.router({ auth: createAuthRouter(auth, t) });
 * const serve = (req: Request) => fetchRequestHandler({ endpoint: '/trpc', req, router, createContext: fetchContext(auth) });
 *
 * console.log((await serve(new Request('https://example.com/trpc/auth.me'))).status); // 401
 * ```
 */
export function fetchContext<User extends AuthUser, Extension extends object = object>(
  _auth: AuthVerifier<User>,
  extend?: (options: FetchCreateContextFnOptions) => MaybePromise<Extension>,
  options: ClientAddressOption = {},
): (options: FetchCreateContextFnOptions) => Promise<AuthContext & Extension> {
  const addressOf = clientAddressOf('fetchContext', options);
  return async (call) => {
    const { req, resHeaders, info } = call;
    const auth = new RequestAuth(new FetchRequest(req, undefined, hasHeaders(info) ? resHeaders : undefined, () => addressOf(req)), connectionOf(info));
    return Object.assign({}, (await extend?.(call)) as Extension, { auth });
  };
}

/** A handler for signed-in users. */
export type UserHandler<User extends AuthUser, Rest extends unknown[] = []> = (request: Request, identity: Identity<User>, ...rest: Rest) => MaybePromise<Response>;

/**
 * Lets only signed-in users through to a handler that answers JSON, which is given the app's own user and the token's claims.
 *
 * It answers 401 with `{"detail": …}` and `WWW-Authenticate`, 403 for a forged cookie request, 406 where the header Accept excludes JSON. What the handler
 * throws is the server's to catch.
 *
 * @param handler - takes the request, `{ user, claims }`, and whatever else the server hands along
 * @example
 * ```ts
 * import { requireUser } from 'trpc-jwt-auth/fetch';
 * import type { JwtAuth } from 'trpc-jwt-auth';
 *
 * declare const auth: JwtAuth;
 * const whoami = requireUser(auth, (_request, { user }) => Response.json({ username: user.username }));
 * console.log((await whoami(new Request('https://example.com/whoami'))).status); // 401
 * ```
 */
export function requireUser<User extends AuthUser, Rest extends unknown[] = []>(auth: AuthVerifier<User>, handler: UserHandler<User, Rest>): FetchHandler<Rest> {
  return async (request, ...rest) => {
    const caller = await callerOf(auth, new FetchRequest(request, undefined, undefined, () => undefined), { answersJson: true });
    return 'identity' in caller ? handler(request, caller.identity, ...rest) : responseOf(request.method, caller.refusal);
  };
}
