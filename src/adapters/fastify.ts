import { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

import type { CreateFastifyContextOptions } from '@trpc/server/adapters/fastify';
import type { FastifyError, FastifyPluginAsync, FastifyReply, FastifyRequest, RouteGenericInterface } from 'fastify';

import type { AuthVerifier } from '../core/auth-verifier.js';
import type { Identity } from '../core/call.js';
import { AuthError } from '../core/errors.js';
import type { AuthUser, MaybePromise } from '../core/ports.js';
import type { AnswerHeaders } from '../transports/auth-request.js';
import type { AuthContext, AuthOf } from '../transports/request.js';
import { dispatch } from '../transports/rest/dispatch.js';
import { callerOf } from '../transports/rest/protected-endpoint.js';
import { errorResponse, render } from '../transports/rest/response.js';
import type { RenderedResponse } from '../transports/rest/response.js';
import { urlTable } from '../transports/rest/url-table.js';
import type { BridgeOptions } from '../transports/rest/url-table.js';
import { tokenViews } from '../transports/rest/views.js';
import type { TokenViews } from '../transports/rest/views.js';
import { nodeContext } from './node-handlers.js';
import { NodeRequest } from './node-request.js';

// The body of a request that no parser has read.
const BODY = Symbol('body');

interface RequestWithBody extends FastifyRequest {
  [BODY]?: Readable;
}

/** What Fastify knows better: behind its `trustProxy`, who asked for what host over which connection; and what its parsers and hooks made of the body. */
class FastifyAuthRequest extends NodeRequest {
  readonly #request: FastifyRequest;
  readonly #body: Readable | undefined;
  readonly #reply: FastifyReply | undefined;

  constructor(request: RequestWithBody, reply: FastifyReply | undefined) {
    super(request.raw, undefined);
    this.#request = request;
    // A parser may have left the body as the stream it is.
    this.#body = request[BODY] ?? (request.body instanceof Readable ? request.body : undefined);
    this.#reply = reply;
  }

  override get answer(): AnswerHeaders | undefined {
    const reply = this.#reply;
    if (reply === undefined) return undefined;
    return {
      set: (name, value) => void reply.header(name, value),
      // Of this header alone, Fastify keeps what was given before.
      appendCookie: (setCookie) => void reply.header('Set-Cookie', setCookie),
    };
  }

  override get host(): string {
    return this.#request.host;
  }

  override get secure(): boolean {
    return this.#request.protocol === 'https';
  }

  override get parsedBody(): unknown {
    return this.#body === undefined ? this.#request.body : undefined;
  }

  protected override get body(): Readable {
    return this.#body ?? this.message;
  }
}

const asItIs = (body: string): string => body;

function send(reply: FastifyReply, { status, headers, body }: RenderedResponse): FastifyReply {
  // The rest of a body nobody will read is not waited for.
  if (status === 413) reply.header('Connection', 'close');
  // Its own serializer: to JSON without one Fastify would add a charset. Text, not bytes, which would be written apart from the headers.
  return reply.code(status).headers(headers).serializer(asItIs).send(body === '' ? undefined : body);
}

/** The last segment of a URL's path, as it was sent. */
function lastSegment(url = ''): string {
  return /([^/]*)\/?$/.exec(url.split('?', 1)[0] ?? '')?.[1] ?? '';
}

/**
 * Makes the plugin that serves the token endpoints at the documented URLs, with or without their trailing slash, below the `prefix` it is registered with (specification "URL Configuration").
 *
 * Its routes have a scope of their own: the app's hooks run on them, the app's body parsers and limits do not.
 *
 * @param options - paths and views
 * @throws ConfigurationError for an unknown path or view
 * @example
 * ```ts
 * import fastify from 'fastify';
 * import { restBridge } from 'trpc-jwt-auth/fastify';
 * import type { JwtAuth } from 'trpc-jwt-auth';
 *
 * declare const auth: JwtAuth;
 * const app = fastify();
 * await app.register(restBridge(auth));
 * console.log((await app.inject({ method: 'POST', url: '/api-token-auth/' })).statusCode); // 400
 * ```
 */
export function restBridge<User extends AuthUser>(auth: AuthOf<User>, options: BridgeOptions<User> = {}): FastifyPluginAsync {
  const findRoute = urlTable(auth, options);
  // Async for what it may throw: that rejects `register`, where of another plugin it would end the process.
  return async (scope) => {
    // A scope may be shared, where the app hoists plugins.
    if (!scope.hasRequestDecorator(BODY)) scope.decorateRequest(BODY);
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (request: RequestWithBody, body, parsed) => {
      // Not always the request's own: a hook of the app may have put a stream in its place, and be drawing on it.
      request[BODY] = body;
      parsed(null);
    });
    scope.setErrorHandler((error: FastifyError, _request, reply) => {
      if (error.code !== 'FST_ERR_CTP_INVALID_MEDIA_TYPE') throw error;
      // Fastify itself refuses a content type it cannot read, before any parser.
      send(reply, render(errorResponse(auth.settings, new AuthError('UNSUPPORTED_MEDIA_TYPE'), 'token'), { indent: 0 }));
    });
    const { ignoreTrailingSlash, routerOptions } = scope.initialConfig;
    const slashIgnored = ignoreTrailingSlash === true || routerOptions?.ignoreTrailingSlash === true;
    for (const path of findRoute.paths) {
      const route = findRoute(path);
      if (route === undefined || (slashIgnored && path.endsWith('/'))) continue;
      scope.all<{ Params: { readonly id?: string } }>(path.replaceAll(':', '::').replace(/<id>(?=\/?$)/, ':id'), async (request, reply) => {
        const { id } = request.params;
        // A segment of nothing names nothing.
        if (id === '') return reply.callNotFound();
        const named = id === undefined ? route : { ...route, id: lastSegment(request.raw.url) };
        return send(reply, await dispatch(auth, named, new FastifyAuthRequest(request, reply)));
      });
    }
  };
}

/** A handler of Fastify's, for any route. */
export type FastifyHandler<Route extends RouteGenericInterface = RouteGenericInterface> = (request: FastifyRequest<Route>, reply: FastifyReply) => Promise<unknown>;

/** The token endpoints as handlers, to mount at URLs of the app's own (specification "Function-Based Views"). */
export type FastifyViews = TokenViews<FastifyHandler>;

/**
 * Makes the handlers of the token endpoints; mount them with `app.all`, for they answer OPTIONS and 405 themselves.
 *
 * Their bodies are what the app's parsers make of them: JSON, and a form where the app has a parser for it. `restBridge` needs none.
 *
 * @example
 * ```ts
 * import fastify from 'fastify';
 * import { views } from 'trpc-jwt-auth/fastify';
 * import type { JwtAuth } from 'trpc-jwt-auth';
 *
 * declare const auth: JwtAuth;
 * const app = fastify();
 * app.all('/login', views(auth).obtainJwtToken);
 * console.log((await app.inject('/login')).statusCode); // 405
 * ```
 */
export function views<User extends AuthUser>(auth: AuthOf<User>): FastifyViews {
  return tokenViews<User, FastifyHandler>((View) => async (request, reply) => send(reply, await dispatch(auth, { View }, new FastifyAuthRequest(request, reply))));
}

/**
 * Makes the `createContext` of tRPC's Fastify plugin: `{ auth }` and whatever the app adds. It never throws for a bad token.
 *
 * @param extend - makes the rest of the app's context
 * @example
 * ```ts
 * import { initTRPC } from '@trpc/server';
 * import { fastifyTRPCPlugin } from '@trpc/server/adapters/fastify';
 * import fastify from 'fastify';
 * import { authErrorFormatter, createAuthRouter, type AuthContext, type JwtAuth } from 'trpc-jwt-auth';
 * import { fastifyContext } from 'trpc-jwt-auth/fastify';
 *
 * declare const auth: JwtAuth;
 * const t = initTRPC.context<AuthContext>().create({ errorFormatter: authErrorFormatter() });
 * const router = t.router({ auth: createAuthRouter(auth, t) });
 * const app = fastify();
 * await app.register(fastifyTRPCPlugin, { prefix: '/trpc', trpcOptions: { router, createContext: fastifyContext(auth) } });
 * console.log((await app.inject('/trpc/auth.me')).statusCode); // 401
 * ```
 */
export function fastifyContext<User extends AuthUser, Extension extends object = object>(
  _auth: AuthVerifier<User>,
  extend?: (options: CreateFastifyContextOptions) => MaybePromise<Extension>,
): (options: CreateFastifyContextOptions) => Promise<AuthContext & Extension> {
  // With `useWSS`, what opened a socket is as node:http has it.
  return nodeContext(
    (request: FastifyRequest | IncomingMessage, reply: FastifyReply | undefined) => (request instanceof IncomingMessage ? new NodeRequest(request, undefined) : new FastifyAuthRequest(request, reply)),
    extend,
  );
}

/** A handler for signed-in users. */
export type UserHandler<User extends AuthUser, Route extends RouteGenericInterface = RouteGenericInterface> = (
  request: FastifyRequest<Route>,
  reply: FastifyReply,
  identity: Identity<User>,
) => unknown;

/**
 * Lets only signed-in users through to a handler that answers JSON, which is given the app's own user and the token's claims.
 *
 * It answers 401 with `{"detail": …}` and `WWW-Authenticate`, 403 for a forged cookie request, 406 where the header Accept excludes JSON. What the handler
 * throws is Fastify's to catch.
 *
 * @param handler - takes the request, the reply and `{ user, claims }`; it answers as any of Fastify's
 * @example
 * ```ts
 * import fastify from 'fastify';
 * import { requireUser } from 'trpc-jwt-auth/fastify';
 * import type { JwtAuth } from 'trpc-jwt-auth';
 *
 * declare const auth: JwtAuth;
 * const app = fastify();
 * app.get('/whoami', requireUser(auth, (_request, _reply, { user }) => ({ username: user.username })));
 * console.log((await app.inject('/whoami')).statusCode); // 401
 * ```
 */
export function requireUser<User extends AuthUser, Route extends RouteGenericInterface = RouteGenericInterface>(
  auth: AuthVerifier<User>,
  handler: UserHandler<User, Route>,
): FastifyHandler<Route> {
  return async (request, reply) => {
    const caller = await callerOf(auth, new FastifyAuthRequest(request, reply), { answersJson: true });
    if (!('identity' in caller)) return send(reply, caller.refusal);
    const result = handler(request, reply, caller.identity);
    // One that is not async and returns nothing answers by `reply.send`, in its own time.
    return result === undefined ? reply : result;
  };
}
