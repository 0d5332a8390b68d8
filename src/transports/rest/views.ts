import type { AuthUser } from '../../core/ports.js';
import { IsAuthenticated, JSONWebTokenAuthentication } from './authentication.js';
import { JSON_TYPES } from './negotiation.js';
import { RestResponse } from './response.js';
import type { RestRequest } from './rest-request.js';
import {
  JSONWebTokenSerializer,
  LogoutAllSerializer,
  LogoutSerializer,
  RefreshJSONWebTokenSerializer,
  SessionListSerializer,
  SessionRevokeSerializer,
  VerifyJSONWebTokenSerializer,
} from './serializers.js';
import type { BoundSerializer } from './serializers.js';
import { JSONWebTokenAPIView } from './view.js';
import type { ViewClass, ViewMethod } from './view.js';

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

/** A view for signed-in users. */
class UserAPIView<User extends AuthUser> extends JSONWebTokenAPIView<User> {
  override readonly authenticationClasses = [JSONWebTokenAuthentication<User>];
  override readonly permissionClasses = [IsAuthenticated<User>];
}

/** The result of a serializer's operation as it is. @throws AuthError */
async function resultOf(serializer: BoundSerializer<object>): Promise<RestResponse> {
  await serializer.isValid({ raiseException: true });
  return new RestResponse(serializer.object);
}

/** Ends the session, where there are sessions, and removes the cookies. */
export class LogoutJSONWebToken<User extends AuthUser = AuthUser> extends JSONWebTokenAPIView<User> {
  override readonly description: string = 'Ends the session and removes its cookies.';

  override async post(request: RestRequest<User>): Promise<RestResponse> {
    const response = await resultOf(new LogoutSerializer(this.auth, { data: request.data, context: this.getSerializerContext() }));
    request.auth.clearCookies(this.auth);
    return response;
  }
}

/** Ends all of the caller's sessions and removes the cookies. */
export class LogoutAllJSONWebToken<User extends AuthUser = AuthUser> extends UserAPIView<User> {
  override readonly description: string = "Ends all of the caller's sessions.";

  override async post(request: RestRequest<User>): Promise<RestResponse> {
    const response = await resultOf(new LogoutAllSerializer(this.auth, { data: undefined, context: this.getSerializerContext() }));
    request.auth.clearCookies(this.auth);
    return response;
  }
}

/** The caller's sessions. */
export class SessionListView<User extends AuthUser = AuthUser> extends UserAPIView<User> {
  override readonly methods: readonly ViewMethod[] = ['GET'];
  override readonly description: string = "Lists the caller's sessions.";

  override get(): Promise<RestResponse> {
    return resultOf(new SessionListSerializer(this.auth, { data: undefined, context: this.getSerializerContext() }));
  }
}

/** One of the caller's sessions. */
export class SessionView<User extends AuthUser = AuthUser> extends UserAPIView<User> {
  override readonly methods: readonly ViewMethod[] = ['DELETE'];
  override readonly description: string = "Ends one of the caller's sessions.";

  override delete(request: RestRequest<User>): Promise<RestResponse> {
    return resultOf(new SessionRevokeSerializer(this.auth, { data: { id: request.id }, context: this.getSerializerContext() }));
  }
}

/** The public keys, for other services to verify tokens with (RFC 7517 section 5). */
export class JSONWebKeySetView<User extends AuthUser = AuthUser> extends JSONWebTokenAPIView<User> {
  override readonly methods: readonly ViewMethod[] = ['GET'];
  override readonly mediaTypes: readonly string[] = [...JSON_TYPES, 'application/jwk-set+json'];
  override readonly description: string = 'The public keys that tokens can be verified with.';

  override async get(): Promise<RestResponse> {
    return new RestResponse(await this.auth.jwks(), { headers: { 'Cache-Control': 'public, max-age=300' } });
  }
}

/** What has a URL; `logoutAll`, `sessions` and `session` only where there are sessions, `jwks` only where there may be key pairs. */
export type ViewName = 'obtain' | 'refresh' | 'verify' | 'logout' | 'logoutAll' | 'sessions' | 'session' | 'jwks';

/** The view classes in use, each replaceable by a subclass. */
export type ViewClasses<User extends AuthUser> = Readonly<Record<ViewName, ViewClass<User>>>;

/** The view classes of the package. */
export function defaultViews<User extends AuthUser>(): ViewClasses<User> {
  return {
    obtain: ObtainJSONWebToken,
    refresh: RefreshJSONWebToken,
    verify: VerifyJSONWebToken,
    logout: LogoutJSONWebToken,
    logoutAll: LogoutAllJSONWebToken,
    sessions: SessionListView,
    session: SessionView,
    jwks: JSONWebKeySetView,
  };
}

/** The token endpoints as handlers of a server (specification "Function-Based Views"). */
export interface TokenViews<Handler> {
  readonly obtainJwtToken: Handler;
  readonly refreshJwtToken: Handler;
  readonly verifyJwtToken: Handler;
  readonly logoutJwtToken: Handler;
}

/** Makes a handler of each token endpoint. */
export function tokenViews<User extends AuthUser, Handler>(handlerOf: (View: ViewClass<User>) => Handler): TokenViews<Handler> {
  const { obtain, refresh, verify, logout } = defaultViews<User>();
  return { obtainJwtToken: handlerOf(obtain), refreshJwtToken: handlerOf(refresh), verifyJwtToken: handlerOf(verify), logoutJwtToken: handlerOf(logout) };
}
