import type { IncomingMessage, ServerResponse } from 'node:http';

import type { AuthUser, MaybePromise } from '../core/ports.js';
import { connectionOf, hasHeaders } from '../transports/connection.js';
import type { CallInfo } from '../transports/connection.js';
import { RequestAuth } from '../transports/request.js';
import type { AuthContext, AuthOf } from '../transports/request.js';
import { dispatch } from '../transports/rest/dispatch.js';
import type { BodyRequest } from '../transports/rest/parsers.js';
import { urlTable } from '../transports/rest/url-table.js';
import type { BridgeOptions, Route } from '../transports/rest/url-table.js';
import type { ViewClass } from '../transports/rest/view.js';
import { send } from './node-request.js';

/** How a framework's request is read. */
export type ReadRequest<Request, Response = ServerResponse> = (request: Request, response: Response | undefined) => BodyRequest;

/** Goes on to the next handler, or to the one for errors. */
export type Next = (error?: unknown) => void;

/** A handler of node:http that may leave a request to the next. */
export type Handler<Request> = (request: Request, response: ServerResponse, next: Next) => void;

/** Serves what has a URL, and leaves all else to the next handler. */
export function bridgeHandler<User extends AuthUser, Request extends IncomingMessage>(auth: AuthOf<User>, options: BridgeOptions<User>, read: ReadRequest<Request>): Handler<Request> {
  const findRoute = urlTable(auth, options);
  return (request, response, next) => {
    const { url = '' } = request;
    const query = url.indexOf('?');
    const route = findRoute(query === -1 ? url : url.slice(0, query));
    if (route === undefined) next();
    else void serve(auth, route, read(request, response), response, next);
  };
}

/** Serves one view, at whatever URL. */
export function viewHandler<User extends AuthUser, Request extends IncomingMessage>(auth: AuthOf<User>, View: ViewClass<User>, read: ReadRequest<Request>): Handler<Request> {
  const route = { View };
  return (request, response, next) => {
    void serve(auth, route, read(request, response), response, next);
  };
}

async function serve<User extends AuthUser>(auth: AuthOf<User>, route: Route<User>, request: BodyRequest, response: ServerResponse, next: Next): Promise<void> {
  try {
    send(response, await dispatch(auth, route, request));
  } catch (error) {
    next(error);
  }
}

/** What tRPC's adapters over node:http give to `createContext`. */
export interface NodeContextOptions<Request, Response> {
  readonly req: Request;
  readonly res: Response;
  readonly info: CallInfo;
}

/** Makes tRPC's `createContext`. */
export function nodeContext<Request, Response, Options extends NodeContextOptions<Request, Response>, Extension extends object>(
  read: ReadRequest<Request, Response>,
  extend: ((options: Options) => MaybePromise<Extension>) | undefined,
): (options: Options) => Promise<AuthContext & Extension> {
  return async (options) => {
    const { req, res, info } = options;
    const auth = new RequestAuth(read(req, hasHeaders(info) ? res : undefined), connectionOf(info));
    return Object.assign({}, (await extend?.(options)) as Extension, { auth });
  };
}
