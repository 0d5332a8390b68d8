import { ConfigurationError } from '../../core/errors.js';
import type { AuthUser } from '../../core/ports.js';
import type { TokenResult } from '../../serializers/issue.js';
import type { AuthOf } from '../request.js';
import type { Authentication, Permission } from './authentication.js';
import { JSON_TYPES } from './negotiation.js';
import { PARSED_TYPES } from './parsers.js';
import { RestResponse } from './response.js';
import type { RestRequest, RestView } from './rest-request.js';
import type { BoundSerializer, SerializerClass, SerializerContext } from './serializers.js';

/**
 * The base of all token views (specification "Base JWT API View"); one instance serves one request.
 *
 * A subclass names its `serializerClass`, or overrides `post`.
 *
 * @example
 * ```ts
 * import { JSONWebTokenAPIView, RestResponse, type RestRequest } from 'trpc-jwt-auth/rest';
 *
 * class Echo extends JSONWebTokenAPIView {
 *   override post(request: RestRequest): Promise<RestResponse> {
 *     return Promise.resolve(new RestResponse(request.data));
 *   }
 * }
 * console.log(Echo.name); // Echo
 * ```
 */
export class JSONWebTokenAPIView<User extends AuthUser = AuthUser> implements RestView<User> {
  /** What a caller must pass; empty lets anybody through. */
  readonly permissionClasses: readonly (new () => Permission<User>)[] = [];
  /** How callers are recognized; empty leaves `request.user` undefined. */
  readonly authenticationClasses: readonly (new () => Authentication<User>)[] = [];
  /** What checks the data of a POST. */
  readonly serializerClass: SerializerClass<User, TokenResult<User>> | undefined;
  /** What OPTIONS says of the endpoint. */
  readonly description: string = '';
  /** The methods it answers, each by the function of its name, beside OPTIONS. */
  readonly methods: readonly ViewMethod[] = ['POST'];
  /** What its answers may be asked for as; they are JSON. */
  readonly mediaTypes: readonly string[] = JSON_TYPES;
  readonly auth: AuthOf<User>;
  readonly request: RestRequest<User>;

  constructor(auth: AuthOf<User>, request: RestRequest<User>) {
    this.auth = auth;
    this.request = request;
  }

  /** What the serializer is told: this request and this view. */
  getSerializerContext(): SerializerContext<User> {
    return { request: this.request, view: this };
  }

  /** The class of this view's serializer. @throws ConfigurationError where `serializerClass` is not set */
  getSerializerClass(): SerializerClass<User, TokenResult<User>> {
    if (this.serializerClass === undefined) {
      throw new ConfigurationError(
        `'${this.constructor.name}' should either include a \`serializerClass\` attribute, or override the \`getSerializerClass()\` method.`,
      );
    }
    return this.serializerClass;
  }

  /** A serializer of the data, with this view's context. */
  getSerializer({ data }: { data: unknown }): BoundSerializer<TokenResult<User>> {
    return new (this.getSerializerClass())(this.auth, { data, context: this.getSerializerContext() });
  }

  /** Answers a GET, where `methods` has it. @throws AuthError */
  get(_request: RestRequest<User>): Promise<RestResponse> {
    return Promise.reject(new ConfigurationError(`'${this.constructor.name}' has GET among its methods, and no \`get()\`.`));
  }

  /** Answers a DELETE, where `methods` has it. @throws AuthError */
  delete(_request: RestRequest<User>): Promise<RestResponse> {
    return Promise.reject(new ConfigurationError(`'${this.constructor.name}' has DELETE among its methods, and no \`delete()\`.`));
  }

  /** Answers a POST: the token and what `responsePayload` adds, with the cookie where one is configured. @throws AuthError */
  async post(request: RestRequest<User>): Promise<RestResponse> {
    const serializer = this.getSerializer({ data: request.data });
    await serializer.isValid({ raiseException: true });
    return new RestResponse(request.auth.answerToken(this.auth, serializer.object));
  }

  /** Answers an OPTIONS. */
  options(): RestResponse {
    const name = this.constructor.name.replaceAll(/(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, ' ');
    const data = { name, description: this.description, renders: this.mediaTypes, parses: PARSED_TYPES };
    return new RestResponse(data, { headers: { Allow: allowedMethods(this) } });
  }
}

/** A method a view may answer, beside OPTIONS. */
export type ViewMethod = 'GET' | 'POST' | 'DELETE';

/** A view's methods, as the header Allow names them; who answers GET answers HEAD (RFC 9110 section 9.1). */
export function allowedMethods(view: { readonly methods: readonly ViewMethod[] }): string {
  return [...view.methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])), 'OPTIONS'].join(', ');
}

/** A view class, as the bridge takes it. */
export type ViewClass<User extends AuthUser> = new (auth: AuthOf<User>, request: RestRequest<User>) => JSONWebTokenAPIView<User>;
