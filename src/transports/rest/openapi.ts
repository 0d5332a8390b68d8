import type { AuthUser } from '../../core/ports.js';
import type { AuthOf } from '../request.js';
import { pathItem } from './openapi-operation.js';
import { checkedInfo, checkedServers, requireKnown } from './openapi-options.js';
import type { OpenApiDocument, OpenApiOptions } from './openapi-options.js';
import { SchemaTable } from './openapi-schemas.js';
import { securitySchemes } from './openapi-security.js';
import { namedRoutes } from './routes.js';

const OPTIONS = ['info', 'servers', 'paths', 'views'];

/**
 * Describes the REST endpoints of a configuration as OpenAPI 3.1, from the schemas and the table of errors they are served with.
 *
 * @param options - `info`, and `paths`, `views` and `servers` as the bridge has them
 * @throws ConfigurationError for an unknown option, path or view, and where `info` has no title or version
 * @example
 * ```ts
 * import { openApiDocument } from 'trpc-jwt-auth/rest';
 * import type { JwtAuth } from 'trpc-jwt-auth';
 *
 * declare const auth: JwtAuth;
 * const { openapi, paths } = openApiDocument(auth, { info: { title: 'Example', version: '1.0.0' } });
 * console.log(openapi, Object.keys(paths)[0]); // 3.1.1 /api-token-auth/
 * ```
 */
export function openApiDocument<User extends AuthUser>(auth: AuthOf<User>, options: OpenApiOptions<User>): OpenApiDocument {
  requireKnown('', options, OPTIONS);
  const { info, servers } = options;
  const table = new SchemaTable();
  const paths = Object.fromEntries(namedRoutes(auth, options, 'openApiDocument').map((route) => [route.path.replace(/<id>(?=\/?$)/, '{id}'), pathItem(auth, route, table)]));
  return {
    openapi: '3.1.1',
    info: checkedInfo(info),
    ...(servers !== undefined && { servers: checkedServers(servers) }),
    paths,
    components: { schemas: table.schemas, securitySchemes: securitySchemes(auth.settings) },
  };
}
