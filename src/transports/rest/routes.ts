import { ConfigurationError } from '../../core/errors.js';
import type { AuthUser } from '../../core/ports.js';
import type { AuthOf } from '../request.js';
import { defaultViews } from './views.js';
import type { ViewClasses, ViewName } from './views.js';
import type { ViewClass } from './view.js';

/** Which views there are, and where. */
export interface RouteOptions<User extends AuthUser> {
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

/** An operation's view and its path, as the app wrote it. */
export interface NamedRoute<User extends AuthUser> {
  readonly name: ViewName;
  readonly path: string;
  /** The URL paths that mean it; of one that ends in `<id>`, what comes before. */
  readonly spellings: readonly string[];
  readonly View: ViewClass<User>;
}

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
// The end of a path that stands for one thing of many.
const ID = /\/<id>\/?$/;

/** Every operation that these settings have, in order. `caller` is named in errors. @throws ConfigurationError */
export function namedRoutes<User extends AuthUser>(auth: AuthOf<User>, { paths, views }: RouteOptions<User>, caller: string): readonly NamedRoute<User>[] {
  const names = Object.keys(PATHS) as ViewName[];
  for (const [option, given] of Object.entries({ paths, views }) as [string, object | undefined][]) {
    const unknown = Object.keys(given ?? {}).find((name) => !names.includes(name as ViewName));
    if (unknown !== undefined) throw new ConfigurationError(`${caller}: ${option}.${unknown} is unknown; there are ${names.join(', ')}.`);
  }
  const defaults = defaultViews<User>();
  const taken = new Set<string>();
  return names.flatMap((name) => {
    const View: unknown = views?.[name] === undefined ? defaults[name] : views[name];
    if (typeof View !== 'function') throw new ConfigurationError(`${caller}: views.${name} is ${View === null ? 'null' : `a ${typeof View}`}; give a view class, as class Login extends ObtainJSONWebToken {…}.`);
    const path = paths?.[name] ?? PATHS[name];
    checkPath(path, `${caller}: paths.${name}`, PATHS[name]);
    if (ID.test(path) !== (name === 'session')) throw new ConfigurationError(`${caller}: paths.${name} is ${JSON.stringify(path)}; ${name === 'session' ? "end it in <id>, as '/sessions/<id>/'" : 'only paths.session ends in <id>'}.`);
    const isServed = (!OF_SESSIONS.has(name) || auth.settings.sessions !== undefined) && (name !== 'jwks' || auth.settings.keys.traits?.hasPairs !== false);
    if (!isServed) return [];
    const spellings = name === 'session' ? [path.replace(ID, '')] : spellingsOf(path);
    for (const spelling of name === 'session' ? [] : spellings) {
      if (taken.has(spelling)) throw new ConfigurationError(`${caller}: paths.${name} is "${path}", which another operation has.`);
      taken.add(spelling);
    }
    return [{ name, path, spellings, View: View as ViewClass<User> }];
  });
}

/** A path with and without its trailing slash; one without stays as it is. */
export function spellingsOf(path: string): readonly string[] {
  return path.endsWith('/') ? [path, path.slice(0, -1)] : [path];
}

/** Refuses what is no path of a URL. @throws ConfigurationError naming the option */
export function checkPath(path: unknown, option: string, example: string): asserts path is string {
  if (typeof path !== 'string' || !/^\/[^?#]*[^?#/]\/?$/.test(path)) throw new ConfigurationError(`${option} is ${JSON.stringify(path)}; give a path like '${example}'.`);
}
