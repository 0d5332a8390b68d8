import { ConfigurationError } from '../../core/errors.js';
import type { AuthUser } from '../../core/ports.js';
import type { AuthOf } from '../request.js';
import { checkedInfo, checkedServers } from './openapi-options.js';
import type { OpenApiInfo, OpenApiServer } from './openapi-options.js';
import { openApiView } from './openapi-view.js';
import { checkPath, namedRoutes, spellingsOf } from './routes.js';
import type { RouteOptions } from './routes.js';
import type { ViewClass } from './view.js';

/** What `restBridge` takes beside the auth. */
export interface BridgeOptions<User extends AuthUser> extends RouteOptions<User> {
  /** Serves the OpenAPI document of the operations, to everybody. @default none: it is served nowhere */
  readonly openApi?: OpenApiRoute;
}

/** Where the OpenAPI document is served, and what it says of the app. */
export interface OpenApiRoute {
  /** As `/api/openapi.json`. */
  readonly path: string;
  readonly info: OpenApiInfo;
  /** Where the paths begin, if not at the root of the host that serves the document. @default none */
  readonly servers?: readonly OpenApiServer[];
}

/** A view, and what the URL named beside it. */
export interface Route<User extends AuthUser> {
  readonly View: ViewClass<User>;
  readonly id?: string | undefined;
}

/** Finds the view of a URL path; undefined where it is none of ours. */
export interface FindRoute<User extends AuthUser> {
  (path: string): Route<User> | undefined;
  /** Every path there is, in each of its spellings. */
  readonly paths: readonly string[];
}

const OPTIONS = ['paths', 'views', 'openApi'];

/** The view at each path, with and without its trailing slash (specification "URL Configuration"). @throws ConfigurationError */
export function urlTable<User extends AuthUser>(auth: AuthOf<User>, options: BridgeOptions<User>): FindRoute<User> {
  const unknown = Object.keys(options).find((option) => !OPTIONS.includes(option));
  if (unknown !== undefined) throw new ConfigurationError(`restBridge: unknown option "${unknown}"; there are paths, views and openApi.`);
  const exact = new Map<string, Route<User>>();
  const parents = new Map<string, Route<User>>();
  for (const { name, spellings, View } of namedRoutes(auth, options, 'restBridge')) {
    for (const spelling of spellings) (name === 'session' ? parents : exact).set(spelling, { View });
  }
  if (options.openApi !== undefined) {
    const { path, View } = openApiRoute(auth, options, options.openApi);
    for (const spelling of spellingsOf(path)) {
      if (exact.has(spelling) || childRoute(parents, spelling) !== undefined) throw new ConfigurationError(`restBridge: openApi.path is "${path}", which another operation has.`);
      exact.set(spelling, { View });
    }
  }
  const paths = [...exact.keys(), ...[...parents.keys()].flatMap((parent) => [`${parent}/<id>`, `${parent}/<id>/`])];
  return Object.assign((path: string) => exact.get(path) ?? (parents.size === 0 ? undefined : childRoute(parents, path)), { paths });
}

function childRoute<User extends AuthUser>(parents: ReadonlyMap<string, Route<User>>, path: string): Route<User> | undefined {
  const end = path.endsWith('/') ? path.length - 1 : path.length;
  const slash = path.lastIndexOf('/', end - 1);
  const route = parents.get(path.slice(0, slash));
  const id = path.slice(slash + 1, end);
  return route === undefined || id === '' ? undefined : { ...route, id };
}

function openApiRoute<User extends AuthUser>(auth: AuthOf<User>, { paths, views }: RouteOptions<User>, route: OpenApiRoute): { readonly path: string; readonly View: ViewClass<User> } {
  const { path, info, servers, ...others } = Object(route) as OpenApiRoute;
  const [unknown] = Object.keys(others);
  checkPath(path, 'restBridge: openApi.path', '/api/openapi.json');
  if (unknown !== undefined) throw new ConfigurationError(`restBridge: openApi.${unknown} is unknown; there are openApi.path, openApi.info, openApi.servers.`);
  const options = { info: checkedInfo(info), ...(servers !== undefined && { servers: checkedServers(servers) }), ...(paths !== undefined && { paths }), ...(views !== undefined && { views }) };
  return { path, View: openApiView(auth, options) };
}
