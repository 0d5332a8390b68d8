import type { AuthUser } from '../../core/ports.js';
import type { AuthOf } from '../request.js';
import { JSON_TYPES } from './negotiation.js';
import type { OpenApiDocument, OpenApiOptions } from './openapi-options.js';
import { RestResponse } from './response.js';
import { JSONWebTokenAPIView } from './view.js';
import type { ViewClass, ViewMethod } from './view.js';

/** A view that answers with the document of an auth, made when it is first asked for: what makes it is loaded for nobody else. */
export function openApiView<User extends AuthUser>(auth: AuthOf<User>, options: OpenApiOptions<User>): ViewClass<User> {
  let document: Promise<OpenApiDocument> | undefined;
  return class OpenApiView extends JSONWebTokenAPIView<User> {
    override readonly methods: readonly ViewMethod[] = ['GET'];
    override readonly mediaTypes: readonly string[] = [...JSON_TYPES, 'application/openapi+json'];
    override readonly description: string = 'The OpenAPI document of these endpoints.';

    override async get(): Promise<RestResponse> {
      document ??= import('./openapi.js').then(({ openApiDocument }) => openApiDocument(auth, options));
      return new RestResponse(await document, { headers: { 'Cache-Control': 'public, max-age=300' } });
    }
  };
}
