import type { IncomingMessage, ServerResponse } from 'node:http';

import type { CreateHTTPContextOptions } from '@trpc/server/adapters/standalone';

import type { AuthVerifier } from '../core/auth-verifier.js';
import type { Identity } from '../core/call.js';
import type { AuthUser, MaybePromise } from '../core/ports.js';
import type { AuthContext, AuthOf } from '../transports/request.js';
import { callerOf, refusal } from '../transports/rest/protected-endpoint.js';
import type { BridgeOptions } from '../transports/rest/url-table.js';
import { bridgeHandler, nodeContext } from './node-handlers.js';
import type { Handler, ReadRequest } from './node-handlers.js';
import { NodeRequest, send } from './node-request.js';

const read: ReadRequest<IncomingMessage> = (request, response) => new NodeRequest(request, response);

/**
 * Serves the token endpoints at the documented URLs on node:http, as the `middleware` of tRPC's standalone server; all else goes on to `next` (specification "URL Configuration").
 *
 * Host and connection are the request's own: behind a proxy that ends TLS, set `cookie.secure`, and let it pass the header Host on.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { restBridge } from 'trpc-jwt-auth/standalone';
 * import type { JwtAuth } from 'trpc-jwt-auth';
 *
 * const serve = (auth: JwtAuth) => {
 *   const bridge = restBridge(auth);
 *   return createServer((req, res) => bridge(req, res, () => res.writeHead(404).end()));
 * };
 * ```
 */
export function restBridge<User extends AuthUser>(auth: AuthOf<User>, options: BridgeOptions<User> = {}): Handler<IncomingMessage> {
  return bridgeHandler(auth, options, read);
}

/**
 * Makes tRPC's `createContext` on its standalone server: `{ auth }` and whatever the app adds. It never throws for a bad token.
 *
 * @param extend - makes the rest of the app's context
 * @example
 * ```ts
 * import { initTRPC } from '@trpc/server';
 * import { createHTTPServer } from '@trpc/server/adapters/standalone';
 * import { authErrorFormatter, createAuthRouter, type AuthContext, type JwtAuth } from 'trpc-jwt-auth';
 * import { restBridge, standaloneContext } from 'trpc-jwt-auth/standalone';
 *
 * const t = initTRPC.context<AuthContext>().create({ errorFormatter: authErrorFormatter() });
 * const serve = (auth: JwtAuth) =>
 *   createHTTPServer({ router: t.router({ auth: createAuthRouter(auth, t) }), createContext: standaloneContext(auth), middleware: restBridge(auth) });
 * ```
 */
export function standaloneContext<User extends AuthUser, Extension extends object = object>(
  _auth: AuthVerifier<User>,
  extend?: (options: CreateHTTPContextOptions) => MaybePromise<Extension>,
): (options: CreateHTTPContextOptions) => Promise<AuthContext & Extension> {
  return nodeContext(read, extend);
}

/** A handler for signed-in users. */
export type UserHandler<User extends AuthUser> = (request: IncomingMessage, response: ServerResponse, identity: Identity<User>) => unknown;

/**
 * Lets only signed-in users through to a handler that answers JSON; all others get 401 with `{"detail": …}` and `WWW-Authenticate`, 403 for a forged cookie request.
 *
 * What the handler throws goes to `reportError`, and is answered 500 where nothing was.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { requireUser } from 'trpc-jwt-auth/standalone';
 * import type { JwtAuth } from 'trpc-jwt-auth';
 *
 * const serve = (auth: JwtAuth) => createServer(requireUser(auth, (_req, res, { user }) => res.end(JSON.stringify({ username: user.username }))));
 * ```
 */
export function requireUser<User extends AuthUser>(auth: AuthVerifier<User>, handler: UserHandler<User>): (request: IncomingMessage, response: ServerResponse) => void {
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const caller = await callerOf(auth, read(request, response), { answersJson: true });
    if ('refusal' in caller) send(response, caller.refusal);
    else await handler(request, response, caller.identity);
  };
  return (request, response) => {
    serve(request, response).catch((error: unknown) => {
      send(response, refusal(auth, error));
    });
  };
}
