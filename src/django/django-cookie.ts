import type { CookieSettings } from '../core/cookie-settings.js';
import type { DjangoPackage, JwtAuthDict } from './jwt-auth-dict.js';
import { flag, refuse } from './refusal.js';

const SAME_SITE: ReadonlyMap<string, CookieSettings['sameSite']> = new Map([
  ['lax', 'lax'],
  ['strict', 'strict'],
  ['none', 'none'],
]);

type DjangoCookie = Pick<JwtAuthDict, 'JWT_AUTH_COOKIE' | 'JWT_AUTH_COOKIE_DOMAIN' | 'JWT_AUTH_COOKIE_PATH' | 'JWT_AUTH_COOKIE_SECURE' | 'JWT_AUTH_COOKIE_SAMESITE'>;

/** The cookie's settings; undefined where there is no cookie. @throws ConfigurationError naming the key and the mend */
export function djangoCookie(dict: DjangoCookie, ofPackage: DjangoPackage): CookieSettings | undefined {
  const { JWT_AUTH_COOKIE: name, JWT_AUTH_COOKIE_DOMAIN: domain, JWT_AUTH_COOKIE_PATH: path, JWT_AUTH_COOKIE_SAMESITE: given } = dict;
  if (name == null) return undefined;
  const sameSite = given == null ? 'lax' : typeof given === 'string' ? SAME_SITE.get(given.toLowerCase()) : undefined;
  if (sameSite === undefined) refuse('JWT_AUTH_COOKIE_SAMESITE', `is ${JSON.stringify(given)}; give 'Lax', 'Strict' or 'None'`);
  const isSecure = dict.JWT_AUTH_COOKIE_SECURE === undefined && ofPackage !== 'drf-jwt' ? undefined : flag('JWT_AUTH_COOKIE_SECURE', dict.JWT_AUTH_COOKIE_SECURE, true);
  return {
    name,
    ...(isSecure !== undefined && { secure: isSecure }),
    ...(sameSite !== 'lax' && { sameSite }),
    ...(domain != null && { domain }),
    ...(path != null && path !== '/' && { path }),
  };
}
