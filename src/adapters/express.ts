import type { CreateExpressContextOptions } from '@trpc/server/adapters/express';
import type { NextFunction, Request, RequestHandler, Response } from 'express';

import type { AuthVerifier } from '../core/auth-verifier.js';
import { asAuthError, AuthError } from '../core/errors.js';
import type { Identity } from '../core/call.js';
import type { AuthUser, MaybePromise } from '../core/ports.js';
import type { AnswerHeaders } from '../transports/auth-request.js';
import { dispatch } from '../transports/rest/dispatch.js';
import { negotiate } from '../transports/rest/negotiation.js';
import type { BodyRequest } from '../transports/rest/parsers.js';
import { errorResponse, render } from '../transports/rest/response.js';
import type { RenderedResponse } from '../transports/rest/response.js';
import { urlTable } from '../transports/rest/url-table.js';
import type { BridgeOptions, Route } from '../transports/rest/url-table.js';
import type { ViewClass } from '../transports/rest/view.js';
import { defaultViews } from '../transports/rest/views.js';
import { RequestAuth } from '../transports/request.js';
import type { AuthContext, AuthOf } from '../transports/request.js';

class ExpressRequest implements BodyRequest {
  readonly #request: Request;
  readonly answer: AnswerHeaders | undefined;

  constructor(request: Request, response: Response | undefined) {
    this.#request = request;
    this.answer =
      response === undefined
        ? undefined
        : {
            set: (name, value) => void response.setHeader(name, value),
            appendCookie: (setCookie) => void response.appendHeader('Set-Cookie', setCookie),
          };
  }

  get method(): string {
    return this.#request.method;
  }

  header(name: string): string | undefined {
    // Node keeps the first of a repeated Authorization header and drops the rest; whoever sent two is not to be guessed at.
    if (name === 'authorization') return repeatedHeader(this.#request.rawHeaders, name);
    const value = this.#request.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  get host(): string | undefined {
    return this.#request.host;
  }

  get secure(): boolean {
    return this.#request.secure;
  }

  get peerAddress(): string | undefined {
    return this.#request.socket.remoteAddress;
  }

  get parsedBody(): unknown {
    return this.#request.body as unknown;
  }

  readBody(mostBytes: number): Promise<Uint8Array> {
    const request = this.#request;
    if (Number(request.headers['content-length'] ?? 0) > mostBytes) return Promise.reject(new AuthError('PAYLOAD_TOO_LARGE'));
    // Whoever read the body before us and kept it left nothing to wait for.
    if (request.readableEnded) return Promise.resolve(new Uint8Array());
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      const settle = (error: AuthError | undefined): void => {
        request.off('data', onData).off('end', onEnd).off('error', onCut).off('close', onCut);
        if (error === undefined) resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
        else reject(error);
      };
      const onData = (chunk: Buffer): void => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (bytes > mostBytes) settle(new AuthError('PAYLOAD_TOO_LARGE'));
      };
      const onEnd = (): void => settle(undefined);
      const onCut = (): void => settle(new AuthError('PARSE_ERROR', { message: 'The request ended before its body did.' }));
      request.on('data', onData).on('end', onEnd).on('error', onCut).on('close', onCut);
    });
  }
}

function repeatedHeader(rawHeaders: readonly string[], name: string): string | undefined {
  let joined: string | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [header, value = ''] = [rawHeaders[index], rawHeaders[index + 1]];
    if (header?.length !== name.length || header.toLowerCase() !== name) continue;
    joined = joined === undefined ? value : `${joined},${value}`;
  }
  return joined;
}

function send(response: Response, rendered: RenderedResponse): void {
  if (response.headersSent) return;
  response.statusCode = rendered.status;
  // The rest of a body nobody will read is not waited for.
  if (rendered.status === 413) response.setHeader('Connection', 'close');
  for (const name in rendered.headers) response.setHeader(name, rendered.headers[name] ?? '');
  response.end(rendered.body);
}

async function serve<User extends AuthUser>(auth: AuthOf<User>, route: Route<User>, request: Request, response: Response): Promise<void> {
  send(response, await dispatch(auth, route, new ExpressRequest(request, response)));
}

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
  const findRoute = urlTable(auth, options);
  return (request, response, next) => {
    const { url } = request;
    const query = url.indexOf('?');
    const route = findRoute(query === -1 ? url : url.slice(0, query));
    if (route === undefined) next();
    else serve(auth, route, request, response).catch(next);
  };
}

/** The token endpoints as handlers, to mount at URLs of the app's own (specification "Function-Based Views"). */
export interface ExpressViews {
  readonly obtainJwtToken: RequestHandler;
  readonly refreshJwtToken: RequestHandler;
  readonly verifyJwtToken: RequestHandler;
  readonly logoutJwtToken: RequestHandler;
}

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
  const { obtain, refresh, verify, logout } = defaultViews<User>();
  const handler =
    (View: ViewClass<User>): RequestHandler =>
    (request, response) =>
      serve(auth, { View }, request, response);
  return { obtainJwtToken: handler(obtain), refreshJwtToken: handler(refresh), verifyJwtToken: handler(verify), logoutJwtToken: handler(logout) };
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
  return async (options) => {
    // A stream's headers are gone before its procedures run.
    const streams = options.info.accept === 'application/jsonl' || options.info.type === 'subscription';
    const auth = new RequestAuth(new ExpressRequest(options.req, streams ? undefined : options.res));
    return { ...((await extend?.(options)) as Extension), auth };
  };
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
  return async (request, response, next) => {
    try {
      if (handler !== undefined) negotiate(request.headers.accept);
      const { user, claims } = await new RequestAuth(new ExpressRequest(request, response)).identify(auth);
      Object.assign(request, { user, claims });
    } catch (error) {
      send(response, render(errorResponse(auth.settings, asAuthError(error, auth.settings.reportError), 'protected'), { indent: 0 }));
      return;
    }
    if (handler === undefined) next();
    else await handler(request as RequestWithUser<User>, response, next);
  };
}
