import type { IncomingMessage } from 'node:http';

import type { CreateWSSContextFnOptions } from '@trpc/server/adapters/ws';

import type { AuthVerifier } from '../core/auth-verifier.js';
import type { AuthUser, MaybePromise } from '../core/ports.js';
import type { AuthContext } from '../transports/request.js';
import { nodeContext } from './node-handlers.js';
import { NodeRequest } from './node-request.js';

/**
 * Makes the `createContext` of tRPC's WebSocket server: `{ auth }` and whatever the app adds.
 *
 * A socket is known by the ticket or the Authorization header in its `connectionParams`, by that header of its request, or by its cookie where the page is of
 * this origin. Who that is, each call finds out anew.
 *
 * @param extend - makes the rest of the app's context
 * @example
 * ```ts
 * import { initTRPC } from '@trpc/server';
 * import { applyWSSHandler } from '@trpc/server/adapters/ws';
 * import { authErrorFormatter, createAuthRouter, type AuthContext, type JwtAuth } from 'trpc-jwt-auth';
 * import { wsContext } from 'trpc-jwt-auth/ws';
 * import type { WebSocketServer } from 'ws';
 *
 * const t = initTRPC.context<AuthContext>().create({ errorFormatter: authErrorFormatter() });
 * const serve = (auth: JwtAuth, wss: WebSocketServer) => applyWSSHandler({ wss, router: t.router({ auth: createAuthRouter(auth, t) }), createContext: wsContext(auth) });
 * ```
 */
export function wsContext<User extends AuthUser, Extension extends object = object>(
  _auth: AuthVerifier<User>,
  extend?: (options: CreateWSSContextFnOptions) => MaybePromise<Extension>,
): (options: CreateWSSContextFnOptions) => Promise<AuthContext & Extension> {
  return nodeContext((request: IncomingMessage) => new NodeRequest(request, undefined), extend);
}
