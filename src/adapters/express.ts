import type { CreateExpressContextOptions } from '@trpc/server/adapters/express';
import type { NextFunction, Request, RequestHandler, Response } from 'express';

import type { AuthVerifier } from '../core/auth-verifier.js';
import type { Identity } from '../core/call.js';
import { isThere } from '../core/maybe-promise.js';
import type { AuthUser, MaybePromise } from '../core/ports.js';
import type { AuthContext, AuthOf } from '../transports/request.js';
import { callerOf } from '../transports/rest/protected-endpoint.js';
import type { Caller } from '../transports/rest/protected-endpoint.js';
import type { BridgeOptions } from '../transports/rest/url-table.js';
import { tokenViews } from '../transports/rest/views.js';
import type { TokenViews } from '../transports/rest/views.js';
import { bridgeHandler, nodeContext, viewHandler } from './node-handlers.js';
import type { ReadRequest } from './node-handlers.js';
import { NodeRequest, send } from './node-request.js';

/** What Express knows better: behind its `trust proxy`, who asked for what host over which connection; and a body that was parsed. */
class ExpressRequest extends NodeRequest<Request> {
  override get host(): string | undefined {
    return this.message.host;
  }

  override get secure(): boolean {
    return this.message.secure;
  }

  override get parsedBody(): unknown {
    return this.message.body as unknown;
  }
}

const read: ReadRequest<Request> = (request, response) => new ExpressRequest(request, response);

/**
 * Serves the token endpoints at the documented URLs, with or without their trailing slash; all else goes on to the next handler (specification "URL Configuration").
 *
 * @example
 * ```ts
 * import express from 'express';
 * import { restBridge } from 'trpc-jwt-auth/express';
 * import type { JwtAuth } from 'trpc-jwt-auth';
 *
 * declare const auth: JwtAuth;
 * express().use(restBridge(auth));
 * ```
 */
export function restBridge<User extends AuthUser>(auth: AuthOf<User>, options: BridgeOptions<User> = {}): RequestHandler {
  return bridgeHandler(auth, options, read);
}

/** The token endpoints as handlers, to mount at URLs of the app's own (specification "Function-Based Views"). */
export type ExpressViews = TokenViews<RequestHandler>;

/**
 * Makes the handlers of the token endpoints; mount them with `app.all`, for they answer OPTIONS and 405 themselves.
 *
 * @example
 * ```ts
 * import express from 'express';
 * import { views } from 'trpc-jwt-auth/express';
 * import type { JwtAuth } from 'trpc-jwt-auth';
 *
 * const mount = (auth: JwtAuth) => express().all('/login/', views(auth).obtainJwtToken);
 * ```
 */
export function views<User extends AuthUser>(auth: AuthOf<User>): ExpressViews {
  return tokenViews<User, RequestHandler>((View) => viewHandler(auth, View, read));
}

/**
 * Makes tRPC's `createContext` on Express: `{ auth }` and whatever the app adds.
 *
 * It never throws for a bad token, so that public procedures of the same batch go on.
 *
 * @param extend - makes the rest of the app's context
 * @example
 * ```ts
 * import { expressContext } from 'trpc-jwt-auth/express';
 * import type { JwtAuth } from 'trpc-jwt-auth';
 *
 * const createContextOf = (auth: JwtAuth) => expressContext(auth, ({ req }) => ({ requestId: req.get('x-request-id') }));
 * ```
 */
export function expressContext<User extends AuthUser, Extension extends object = object>(
  _auth: AuthVerifier<User>,
  extend?: (options: CreateExpressContextOptions) => MaybePromise<Extension>,
): (options: CreateExpressContextOptions) => Promise<AuthContext & Extension> {
  return nodeContext(read, extend);
}

/** An Express request whose caller is known. */
export type RequestWithUser<User extends AuthUser> = Request & { user: User; claims: Identity<User>['claims'] };

/** A handler for signed-in users. */
export type UserHandler<User extends AuthUser> = (request: RequestWithUser<User>, response: Response, next: NextFunction) => unknown;

/**
 * Lets only signed-in users through to a handler, which finds the app's own user in `req.user`.
 *
 * With a handler it is an API endpoint that answers JSON: an Accept header without it gets 406. Without one it is plain middleware.
 *
 * It answers 401 with `{"detail": …}` and `WWW-Authenticate`, 403 for a forged cookie request.
 *
 * @example
 * ```ts
 * import express from 'express';
 * import { requireUser } from 'trpc-jwt-auth/express';
 * import type { JwtAuth } from 'trpc-jwt-auth';
 *
 * const mount = (auth: JwtAuth) => express().get('/whoami/', requireUser(auth, (req, res) => res.json({ username: req.user.username })));
 * ```
 */
export function requireUser<User extends AuthUser>(auth: AuthVerifier<User>, handler?: UserHandler<User>): RequestHandler {
  const options = { answersJson: handler !== undefined };
  const answer = (caller: Caller<User>, request: Request, response: Response, next: NextFunction): unknown => {
    if ('refusal' in caller) return send(response, caller.refusal);
    const known = request as RequestWithUser<User>;
    known.user = caller.identity.user;
    known.claims = caller.identity.claims;
    return handler === undefined ? next() : handler(known, response, next);
  };
  return (request, response, next) => {
    const caller = callerOf(auth, read(request, response), options);
    // Not `whenThere`: a function made for each request, here and in `callerOf`, costs 1.4 µs of 45.
    return isThere(caller) ? answer(caller, request, response, next) : caller.then((awaited) => answer(awaited, request, response, next));
  };
}
