import type { CallRequest } from '../../core/call.js';
import { AuthError, errorRow } from '../../core/errors.js';
import type { AuthUser } from '../../core/ports.js';
import type { RevokedBody, SessionBody, SessionInput } from '../../serializers/device-sessions.js';
import type { TokenResult } from '../../serializers/issue.js';
import type { RefreshAttrs } from '../../serializers/refresh.js';
import { parseInput } from '../../serializers/serializer.js';
import type { Serializer } from '../../serializers/serializer.js';
import type { AuthOf } from '../request.js';
import { errorBody } from './response.js';
import type { RestRequest, RestView } from './rest-request.js';

/** What a view tells its serializer of itself (specification "Base JWT API View", `get_serializer_context`). */
export interface SerializerContext<User extends AuthUser> {
  readonly request: RestRequest<User>;
  readonly view: RestView<User>;
}

/** What a serializer is made with. */
export interface SerializerOptions<User extends AuthUser> {
  readonly data: unknown;
  readonly context: SerializerContext<User>;
}

/** What a view does with a serializer. */
export interface BoundSerializer<Result extends object> {
  /** Checks the data; false leaves the reason in `errors`. */
  readonly isValid: (options?: { readonly raiseException?: boolean }) => Promise<boolean>;
  /** The result, once `isValid` has said true. */
  readonly object: Result;
  /** Messages by field; empty where the data is valid. */
  readonly errors: Record<string, unknown>;
}

/** One request's data, to be checked and turned into the operation's result. */
export abstract class ViewSerializer<User extends AuthUser, Attrs = unknown, Result extends object = object> implements BoundSerializer<Result> {
  protected abstract readonly operation: Serializer<Attrs, unknown, Result, User>;
  readonly #options: SerializerOptions<User>;
  readonly auth: AuthOf<User>;
  #object: Result | undefined;
  #error: AuthError | undefined;

  constructor(auth: AuthOf<User>, options: SerializerOptions<User>) {
    this.auth = auth;
    this.#options = options;
  }

  get context(): SerializerContext<User> {
    return this.#options.context;
  }

  /** Turns checked fields into the result; a subclass may ask more of them. @throws AuthError */
  validate(attrs: Attrs, request: CallRequest<User>): Promise<Result> {
    return this.operation.validate(attrs, request);
  }

  /**
   * Checks the data; false leaves the reason in `errors`.
   *
   * @param raiseException - throw the reason instead
   * @throws AuthError for what is no fault of the data: CSRF_FAILED, STORE_UNAVAILABLE and the like
   */
  async isValid({ raiseException = false }: { readonly raiseException?: boolean } = {}): Promise<boolean> {
    // As in DRF, the data is checked once: a login asked about twice is one attempt.
    if (this.#object !== undefined) return true;
    if (this.#error !== undefined && !raiseException) return false;
    try {
      if (this.#error !== undefined) throw this.#error;
      const attrs = parseInput(this.operation, this.#options.data);
      this.#object = await this.validate(attrs, this.context.request.auth.for(this.auth));
      return true;
    } catch (error) {
      if (raiseException || !(error instanceof AuthError) || errorRow(error.code).body === 'detail') throw error;
      this.#error = error;
      return false;
    }
  }

  /** The result: `{ token, user, claims }` for the token operations. @throws Error before `isValid` has said true */
  get object(): Result {
    if (this.#object === undefined) throw new Error('serializer.object is there once isValid() has returned true.');
    return this.#object;
  }

  /** Messages by field, as an answer's body; empty where the data is valid. */
  get errors(): Record<string, unknown> {
    return this.#error === undefined ? {} : errorBody(this.#error);
  }
}

/** A serializer class, as a view's `serializerClass`. */
export type SerializerClass<User extends AuthUser, Result extends object> = new (auth: AuthOf<User>, options: SerializerOptions<User>) => BoundSerializer<Result>;

/** Username and password for a token. */
export class JSONWebTokenSerializer<User extends AuthUser> extends ViewSerializer<User, { [name: string]: string }, TokenResult<User>> {
  protected override readonly operation = this.auth.serializers.obtain;
}

/** A token for a newer one. */
export class RefreshJSONWebTokenSerializer<User extends AuthUser> extends ViewSerializer<User, RefreshAttrs, TokenResult<User>> {
  protected override readonly operation = this.auth.serializers.refresh;
}

/** A token, to be checked. */
export class VerifyJSONWebTokenSerializer<User extends AuthUser> extends ViewSerializer<User, { token?: string | undefined }, TokenResult<User>> {
  protected override readonly operation = this.auth.serializers.verify;
}

/** A refresh token or nothing, to be signed out. */
export class LogoutSerializer<User extends AuthUser> extends ViewSerializer<User, RefreshAttrs, Record<string, never>> {
  protected override readonly operation = this.auth.serializers.logout;
}

/** Nothing, to be signed out everywhere. */
export class LogoutAllSerializer<User extends AuthUser> extends ViewSerializer<User, undefined, RevokedBody> {
  protected override readonly operation = this.auth.serializers.logoutAll;
}

/** Nothing, for the caller's sessions. */
export class SessionListSerializer<User extends AuthUser> extends ViewSerializer<User, undefined, SessionBody[]> {
  protected override readonly operation = this.auth.serializers.sessionList;
}

/** A session's id, to end it. */
export class SessionRevokeSerializer<User extends AuthUser> extends ViewSerializer<User, SessionInput, RevokedBody> {
  protected override readonly operation = this.auth.serializers.sessionRevoke;
}
