import { known, oneOf, refuse } from './setting-checks.js';

/** Cookie mode (specification "Cookie Support"). */
export interface CookieSettings {
  /** The access token's cookie (specification "Cookie Support"). */
  readonly name: string;
  /** The attribute Secure. @default whether the request came over HTTPS; true with `sameSite: 'none'` */
  readonly secure?: boolean;
  /** The attribute SameSite: 'none' lets pages of other sites in `trustedOrigins` use the cookie. @default 'lax' */
  readonly sameSite?: 'lax' | 'strict' | 'none';
  /** The attribute Domain: this host and those under it get the access token's cookie. @default none: the host that set it */
  readonly domain?: string;
  /** The attribute Path of the access token's cookie. @default '/' */
  readonly path?: string;
  /** False keeps every token out of response bodies, where a page's script could read it. @default true */
  readonly tokenInBody?: boolean;
  /** Foreign origins, as `https://app.example.com`, whose pages may use the cookie. @default [] */
  readonly trustedOrigins?: readonly string[];
}

/** CookieSettings with every default filled in; `secure` undefined follows the request. */
export interface ResolvedCookie {
  readonly name: string;
  readonly secure: boolean | undefined;
  readonly sameSite: 'lax' | 'strict' | 'none';
  readonly domain: string | undefined;
  readonly path: string;
  readonly tokenInBody: boolean;
  readonly trustedOrigins: ReadonlySet<string>;
}

const NAMES = ['name', 'secure', 'sameSite', 'domain', 'path', 'tokenInBody', 'trustedOrigins'];
// Attributes stand in one header, so each is held to its own grammar: a ";", a comma or a line's end would begin something else.
const HOST = /^\.?[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;
const URL_PATH = /^\/[\w\-./~%!$&'()*+=:@]*$/;

/** Fills in defaults. @throws ConfigurationError naming the setting and the mend */
export function resolveCookie(cookie: CookieSettings): ResolvedCookie {
  known(cookie, 'cookie.', NAMES);
  const { name, secure, sameSite = 'lax', domain, path = '/', tokenInBody = true, trustedOrigins = [] } = cookie;
  if (typeof name !== 'string' || !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) {
    refuse('cookie.name', `is ${JSON.stringify(name)}; give a cookie name of letters, digits and !#$%&'*+-.^_\`|~ (RFC 6265 section 4.1.1)`);
  }
  if (secure !== undefined && typeof secure !== 'boolean') refuse('cookie.secure', 'is not a boolean; leave it out to follow the request');
  if (typeof tokenInBody !== 'boolean') refuse('cookie.tokenInBody', 'is not a boolean; false keeps the token out of response bodies');
  oneOf('cookie.sameSite', sameSite, ['lax', 'strict', 'none']);
  if (sameSite === 'none' && secure === false) refuse('cookie.secure', "is false; browsers drop a cookie of sameSite: 'none' without Secure, so leave it out");
  if (domain !== undefined && (typeof domain !== 'string' || !HOST.test(domain))) {
    refuse('cookie.domain', `is ${JSON.stringify(domain)}; give a host name, as 'example.com', or leave it out for the host that sets the cookie`);
  }
  if (typeof path !== 'string' || !URL_PATH.test(path)) refuse('cookie.path', `is ${JSON.stringify(path)}; give a path that begins with '/', as '/api'`);
  if (name.startsWith('__Host-')) {
    if (secure === false) refuse('cookie.secure', 'is false; a cookie named __Host-… needs Secure, or browsers drop it');
    if (domain !== undefined) refuse('cookie.domain', `is '${domain}'; browsers drop a cookie named __Host-… that has one, so leave it out or change the name`);
    if (path !== '/') refuse('cookie.path', `is '${path}'; browsers drop a cookie named __Host-… that has another than '/', so leave it out or change the name`);
  }
  if (!Array.isArray(trustedOrigins)) refuse('cookie.trustedOrigins', "is not an array; give origins as ['https://app.example.com']");
  for (const origin of trustedOrigins as readonly unknown[]) {
    if (typeof origin !== 'string' || !URL.canParse(origin) || new URL(origin).origin !== origin) {
      refuse('cookie.trustedOrigins', `has ${JSON.stringify(origin)}; give scheme, host and port alone, as https://app.example.com`);
    }
  }
  return { name, secure: sameSite === 'none' ? true : secure, sameSite, domain, path, tokenInBody, trustedOrigins: new Set(trustedOrigins) };
}
