import { ConfigurationError } from '../../core/errors.js';
import type { AuthUser } from '../../core/ports.js';
import type { AuthOf } from '../request.js';
import { pathItem } from './openapi-operation.js';
import { SchemaTable } from './openapi-schemas.js';
import type { JsonSchema } from './openapi-schemas.js';
import { securitySchemes } from './openapi-security.js';
import { namedRoutes } from './routes.js';
import type { RouteOptions } from './routes.js';

/** What the document says of the API as a whole. */
export interface OpenApiInfo {
  readonly title: string;
  /** The API's version. */
  readonly version: string;
  /** In CommonMark. */
  readonly description?: string;
}

/** Where the paths begin. */
export interface OpenApiServer {
  /** As `https://api.example.com/v1`, or relative to where the document is served, as `/v1`. */
  readonly url: string;
  readonly description?: string;
}

/** What `openApiDocument` takes beside the auth: `paths` and `views` as the bridge has them, and what the document says of the app. */
export interface OpenApiOptions<User extends AuthUser> extends RouteOptions<User> {
  readonly info: OpenApiInfo;
  /** Where the paths begin, as where the bridge is mounted below a prefix. @default none: the root of the host that serves the document */
  readonly servers?: readonly OpenApiServer[];
}

/** An OpenAPI 3.1 document. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: OpenApiInfo;
  readonly servers?: readonly OpenApiServer[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly securitySchemes: Readonly<Record<string, object>>;
  };
}

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

function refuse(option: string, fault: string): never {
  throw new ConfigurationError(`openApiDocument: ${option} ${fault}.`);
}

function requireKnown(prefix: string, value: unknown, names: readonly string[]): void {
  const listed = names.map((name) => prefix + name).join(', ');
  if (typeof value !== 'object' || value === null) refuse(prefix === '' ? 'options' : prefix.slice(0, -1), `is no object; give ${listed}`);
  const unknown = Object.keys(value).find((name) => !names.includes(name));
  if (unknown !== undefined) refuse(prefix + unknown, `is unknown; there are ${listed}`);
}

function requireText(option: string, value: unknown, example: string): asserts value is string {
  if (typeof value !== 'string' || value === '') refuse(option, `is ${JSON.stringify(value)}; give a string, as ${example}`);
}

function checkedInfo(info: OpenApiInfo): OpenApiInfo {
  requireKnown('info.', info, ['title', 'version', 'description']);
  requireText('info.title', info.title, "'Example API'");
  requireText('info.version', info.version, "'1.0.0'");
  if (info.description !== undefined) requireText('info.description', info.description, "'Logs users in.'");
  return { ...info };
}

function checkedServers(servers: readonly OpenApiServer[]): readonly OpenApiServer[] {
  if (!Array.isArray(servers)) refuse('servers', "is no array; give [{ url: '/v1' }]");
  return servers.map((server: OpenApiServer, index) => {
    requireKnown(`servers[${index}].`, server, ['url', 'description']);
    requireText(`servers[${index}].url`, server.url, "'/v1'");
    if (server.description !== undefined) requireText(`servers[${index}].description`, server.description, "'Production'");
    return { ...server };
  });
}
