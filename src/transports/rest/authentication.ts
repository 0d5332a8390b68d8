import { AuthError } from '../../core/errors.js';
import type { Identity } from '../../core/call.js';
import type { AuthUser, MaybePromise } from '../../core/ports.js';
import type { RestRequest, RestView } from './rest-request.js';

/** Finds out who calls a view; null where the request has no credentials of its kind. */
export interface Authentication<User extends AuthUser> {
  readonly authenticate: (request: RestRequest<User>, view: RestView<User>) => MaybePromise<Identity<User> | null>;
}

/** Decides whether a caller may use a view. */
export interface Permission<User extends AuthUser> {
  readonly hasPermission: (request: RestRequest<User>, view: RestView<User>) => MaybePromise<boolean>;
}

/** The caller by his access token, in the Authorization header or the cookie. */
export class JSONWebTokenAuthentication<User extends AuthUser> implements Authentication<User> {
  async authenticate(request: RestRequest<User>, view: RestView<User>): Promise<Identity<User> | null> {
    try {
      return await request.auth.identify(view.auth);
    } catch (error) {
      if (error instanceof AuthError && error.code === 'NOT_AUTHENTICATED') return null;
      throw error;
    }
  }
}

/** Lets only signed-in users through. */
export class IsAuthenticated<User extends AuthUser> implements Permission<User> {
  hasPermission(request: RestRequest<User>): boolean {
    return request.user !== undefined;
  }
}
