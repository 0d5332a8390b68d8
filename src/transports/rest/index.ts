export { IsAuthenticated, JSONWebTokenAuthentication } from './authentication.js';
export type { Authentication, Permission } from './authentication.js';
export { openApiDocument } from './openapi.js';
export type { OpenApiDocument, OpenApiInfo, OpenApiOptions, OpenApiServer } from './openapi-options.js';
export type { JsonSchema } from './openapi-schemas.js';
export type { RestRequest, RestView } from './rest-request.js';
export { RestResponse } from './response.js';
export type { RestResponseOptions } from './response.js';
export {
  JSONWebTokenSerializer,
  LogoutAllSerializer,
  LogoutSerializer,
  RefreshJSONWebTokenSerializer,
  SessionListSerializer,
  SessionRevokeSerializer,
  VerifyJSONWebTokenSerializer,
  ViewSerializer,
} from './serializers.js';
export type { BoundSerializer, SerializerClass, SerializerContext, SerializerOptions } from './serializers.js';
export type { RouteOptions } from './routes.js';
export type { BridgeOptions, OpenApiRoute } from './url-table.js';
export { JSONWebTokenAPIView } from './view.js';
export type { ViewClass, ViewMethod } from './view.js';
export {
  JSONWebKeySetView,
  LogoutAllJSONWebToken,
  LogoutJSONWebToken,
  ObtainJSONWebToken,
  RefreshJSONWebToken,
  SessionListView,
  SessionView,
  VerifyJSONWebToken,
} from './views.js';
export type { ViewClasses, ViewName } from './views.js';
