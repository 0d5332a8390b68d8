import { ConfigurationError } from '../../core/errors.js';
import type { AuthUser } from '../../core/ports.js';
import { defaultViews } from './views.js';
import type { ViewClasses, ViewName } from './views.js';
import type { ViewClass } from './view.js';

/** What `restBridge` takes beside the auth. */
export interface BridgeOptions<User extends AuthUser> {
  /** URL paths of the operations. @default { obtain: '/api-token-auth/', refresh: '/api-token-refresh/', verify: '/api-token-verify/', logout: '/api-token-logout/' } */
  readonly paths?: Partial<Record<ViewName, string>>;
  /** Views of the app's own in place of the package's. */
  readonly views?: Partial<ViewClasses<User>>;
}

const PATHS: Readonly<Record<ViewName, string>> = {
  obtain: '/api-token-auth/',
  refresh: '/api-token-refresh/',
  verify: '/api-token-verify/',
  logout: '/api-token-logout/',
};

/** The view at each path, with and without its trailing slash (specification "URL Configuration"). @throws ConfigurationError */
export function urlTable<User extends AuthUser>(options: BridgeOptions<User>): ReadonlyMap<string, ViewClass<User>> {
  const names = Object.keys(PATHS) as ViewName[];
  for (const [option, given] of Object.entries({ ...options }) as [string, object | undefined][]) {
    if (option !== 'paths' && option !== 'views') throw new ConfigurationError(`restBridge: unknown option "${option}"; there are paths and views.`);
    const unknown = Object.keys(given ?? {}).find((name) => !names.includes(name as ViewName));
    if (unknown !== undefined) throw new ConfigurationError(`restBridge: ${option}.${unknown} is unknown; there are ${names.join(', ')}.`);
  }
  const defaults = defaultViews<User>();
  const table = new Map<string, ViewClass<User>>();
  for (const name of names) {
    const View: unknown = options.views?.[name] === undefined ? defaults[name] : options.views[name];
    if (typeof View !== 'function') throw new ConfigurationError(`restBridge: views.${name} is ${View === null ? 'null' : `a ${typeof View}`}; give a view class, as class Login extends ObtainJSONWebToken {…}.`);
    const path = options.paths?.[name] ?? PATHS[name];
    if (!/^\/[^?#]*[^?#/]\/?$/.test(path)) throw new ConfigurationError(`restBridge: paths.${name} is ${JSON.stringify(path)}; give a path like '${PATHS[name]}'.`);
    for (const spelling of path.endsWith('/') ? [path, path.slice(0, -1)] : [path]) {
      if (table.has(spelling)) throw new ConfigurationError(`restBridge: paths.${name} is "${path}", which another operation has.`);
      table.set(spelling, View as ViewClass<User>);
    }
  }
  return table;
}
