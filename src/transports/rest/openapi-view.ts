import type { AuthUser } from '../../core/ports.js';
import { JSON_TYPES } from './negotiation.js';
import type { OpenApiDocument } from './openapi.js';
import { RestResponse } from './response.js';
import { JSONWebTokenAPIView } from './view.js';
import type { ViewClass, ViewMethod } from './view.js';

/** A view that answers with a document. */
export function openApiView<User extends AuthUser>(document: OpenApiDocument): ViewClass<User> {
  return class OpenApiView extends JSONWebTokenAPIView<User> {
    override readonly methods: readonly ViewMethod[] = ['GET'];
    override readonly mediaTypes: readonly string[] = [...JSON_TYPES, 'application/openapi+json'];
    override readonly description: string = 'The OpenAPI document of these endpoints.';

    override get(): Promise<RestResponse> {
      return Promise.resolve(new RestResponse(document, { headers: { 'Cache-Control': 'public, max-age=300' } }));
    }
  };
}
