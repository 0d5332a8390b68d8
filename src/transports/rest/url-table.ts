import { ConfigurationError } from '../../core/errors.js';
import type { AuthUser } from '../../core/ports.js';
import type { AuthOf } from '../request.js';
import { defaultViews } from './views.js';
import type { ViewClasses, ViewName } from './views.js';
import type { ViewClass } from './view.js';

/** What `restBridge` takes beside the auth. */
export interface BridgeOptions<User extends AuthUser> {
  /**
   * URL paths of the operations. A path that ends in `<id>` matches any one segment there.
   *
   * @default { obtain: '/api-token-auth/', refresh: '/api-token-refresh/', verify: '/api-token-verify/', logout: '/api-token-logout/',
   * logoutAll: '/api-token-logout-all/', sessions: '/api-token-sessions/', session: '/api-token-sessions/<id>/', jwks: '/.well-known/jwks.json' }
   */
  readonly paths?: Partial<Record<ViewName, string>>;
  /** Views of the app's own in place of the package's. */
  readonly views?: Partial<ViewClasses<User>>;
}

/** A view, and what the URL named beside it. */
export interface Route<User extends AuthUser> {
  readonly View: ViewClass<User>;
  readonly id?: string | undefined;
}

/** Finds the view of a URL path; undefined where it is none of ours. */
export type FindRoute<User extends AuthUser> = (path: string) => Route<User> | undefined;

const PATHS: Readonly<Record<ViewName, string>> = {
  obtain: '/api-token-auth/',
  refresh: '/api-token-refresh/',
  verify: '/api-token-verify/',
  logout: '/api-token-logout/',
  logoutAll: '/api-token-logout-all/',
  sessions: '/api-token-sessions/',
  session: '/api-token-sessions/<id>/',
  jwks: '/.well-known/jwks.json',
};
const OF_SESSIONS: ReadonlySet<ViewName> = new Set(['logoutAll', 'sessions', 'session']);
const ID = /\/<id>\/?$/;

/** The view at each path, with and without its trailing slash (specification "URL Configuration"). @throws ConfigurationError */
export function urlTable<User extends AuthUser>(auth: AuthOf<User>, options: BridgeOptions<User>): FindRoute<User> {
  const names = Object.keys(PATHS) as ViewName[];
  for (const [option, given] of Object.entries({ ...options }) as [string, object | undefined][]) {
    if (option !== 'paths' && option !== 'views') throw new ConfigurationError(`restBridge: unknown option "${option}"; there are paths and views.`);
    const unknown = Object.keys(given ?? {}).find((name) => !names.includes(name as ViewName));
    if (unknown !== undefined) throw new ConfigurationError(`restBridge: ${option}.${unknown} is unknown; there are ${names.join(', ')}.`);
  }
  const defaults = defaultViews<User>();
  const exact = new Map<string, Route<User>>();
  const parents = new Map<string, Route<User>>();
  for (const name of names) {
    const View: unknown = options.views?.[name] === undefined ? defaults[name] : options.views[name];
    if (typeof View !== 'function') throw new ConfigurationError(`restBridge: views.${name} is ${View === null ? 'null' : `a ${typeof View}`}; give a view class, as class Login extends ObtainJSONWebToken {…}.`);
    const path = options.paths?.[name] ?? PATHS[name];
    if (!/^\/[^?#]*[^?#/]\/?$/.test(path)) throw new ConfigurationError(`restBridge: paths.${name} is ${JSON.stringify(path)}; give a path like '${PATHS[name]}'.`);
    if (ID.test(path) !== (name === 'session')) throw new ConfigurationError(`restBridge: paths.${name} is ${JSON.stringify(path)}; ${name === 'session' ? "end it in <id>, as '/sessions/<id>/'" : 'only paths.session ends in <id>'}.`);
    if (OF_SESSIONS.has(name) && auth.settings.sessions === undefined) continue;
    if (name === 'jwks' && auth.settings.keys.traits?.hasPairs === false) continue;
    const table = name === 'session' ? parents : exact;
    for (const spelling of name === 'session' ? [path.replace(ID, '')] : path.endsWith('/') ? [path, path.slice(0, -1)] : [path]) {
      if (table.has(spelling)) throw new ConfigurationError(`restBridge: paths.${name} is "${path}", which another operation has.`);
      table.set(spelling, { View: View as ViewClass<User> });
    }
  }
  return (path) => exact.get(path) ?? (parents.size === 0 ? undefined : childRoute(parents, path));
}

function childRoute<User extends AuthUser>(parents: ReadonlyMap<string, Route<User>>, path: string): Route<User> | undefined {
  const end = path.endsWith('/') ? path.length - 1 : path.length;
  const slash = path.lastIndexOf('/', end - 1);
  const route = parents.get(path.slice(0, slash));
  const id = path.slice(slash + 1, end);
  return route === undefined || id === '' ? undefined : { ...route, id };
}
