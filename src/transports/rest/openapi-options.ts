import { ConfigurationError } from '../../core/errors.js';
import type { AuthUser } from '../../core/ports.js';
import type { JsonSchema } from './openapi-schemas.js';
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

function refuse(option: string, fault: string): never {
  throw new ConfigurationError(`openApiDocument: ${option} ${fault}.`);
}

/** Refuses names that are none of ours. @throws ConfigurationError */
export function requireKnown(prefix: string, value: unknown, names: readonly string[]): void {
  const listed = names.map((name) => prefix + name).join(', ');
  if (typeof value !== 'object' || value === null) refuse(prefix === '' ? 'options' : prefix.slice(0, -1), `is no object; give ${listed}`);
  const unknown = Object.keys(value).find((name) => !names.includes(name));
  if (unknown !== undefined) refuse(prefix + unknown, `is unknown; there are ${listed}`);
}

function requireText(option: string, value: unknown, example: string): asserts value is string {
  if (typeof value !== 'string' || value === '') refuse(option, `is ${JSON.stringify(value)}; give a string, as ${example}`);
}

/** What the document says of the API, where it says enough. @throws ConfigurationError */
export function checkedInfo(info: OpenApiInfo): OpenApiInfo {
  requireKnown('info.', info, ['title', 'version', 'description']);
  requireText('info.title', info.title, "'Example API'");
  requireText('info.version', info.version, "'1.0.0'");
  if (info.description !== undefined) requireText('info.description', info.description, "'Logs users in.'");
  return { ...info };
}

/** Where the paths begin, where that is said rightly. @throws ConfigurationError */
export function checkedServers(servers: readonly OpenApiServer[]): readonly OpenApiServer[] {
  if (!Array.isArray(servers)) refuse('servers', "is no array; give [{ url: '/v1' }]");
  return servers.map((server: OpenApiServer, index) => {
    requireKnown(`servers[${index}].`, server, ['url', 'description']);
    requireText(`servers[${index}].url`, server.url, "'/v1'");
    if (server.description !== undefined) requireText(`servers[${index}].description`, server.description, "'Production'");
    return { ...server };
  });
}
