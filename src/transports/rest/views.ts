import type { AuthUser } from '../../core/ports.js';
import { RestResponse } from './response.js';
import type { RestRequest } from './rest-request.js';
import {
  JSONWebTokenSerializer,
  LogoutSerializer,
  RefreshJSONWebTokenSerializer,
  VerifyJSONWebTokenSerializer,
} from './serializers.js';
import { JSONWebTokenAPIView } from './view.js';
import type { ViewClass } from './view.js';

/** Username and password for a token (specification "Token Obtainment View"). */
export class ObtainJSONWebToken<User extends AuthUser = AuthUser> extends JSONWebTokenAPIView<User> {
  override readonly serializerClass = JSONWebTokenSerializer<User>;
  override readonly description: string = 'Takes a username and a password, and returns a token.';
}

/** A live token for a newer one (specification "Token Refresh View"). */
export class RefreshJSONWebToken<User extends AuthUser = AuthUser> extends JSONWebTokenAPIView<User> {
  override readonly serializerClass = RefreshJSONWebTokenSerializer<User>;
  override readonly description: string = 'Takes a live token, and returns one with a new expiry.';
}

/** Whether a token is good (specification "Token Verification View"). */
export class VerifyJSONWebToken<User extends AuthUser = AuthUser> extends JSONWebTokenAPIView<User> {
  override readonly serializerClass = VerifyJSONWebTokenSerializer<User>;
  override readonly description: string = 'Takes a token, and returns it if it is valid.';
}

/** Removes the token's cookie. */
export class LogoutJSONWebToken<User extends AuthUser = AuthUser> extends JSONWebTokenAPIView<User> {
  override readonly description: string = "Removes the token's cookie.";

  override async post(request: RestRequest<User>): Promise<RestResponse> {
    const serializer = new LogoutSerializer(this.auth, { data: request.data, context: this.getSerializerContext() });
    await serializer.isValid({ raiseException: true });
    request.auth.clearCookie(this.auth);
    return new RestResponse(serializer.object);
  }
}

/** The operations that have a URL. */
export type ViewName = 'obtain' | 'refresh' | 'verify' | 'logout';

/** The view classes in use, each replaceable by a subclass. */
export type ViewClasses<User extends AuthUser> = Readonly<Record<ViewName, ViewClass<User>>>;

/** The view classes of the package. */
export function defaultViews<User extends AuthUser>(): ViewClasses<User> {
  return { obtain: ObtainJSONWebToken, refresh: RefreshJSONWebToken, verify: VerifyJSONWebToken, logout: LogoutJSONWebToken };
}
