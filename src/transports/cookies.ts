import { serialize } from 'cookie';
import type { SerializeOptions } from 'cookie';

import type { ResolvedCookie } from '../core/cookie-settings.js';
import { ConfigurationError } from '../core/errors.js';

// What browsers keep of one cookie, name and attributes included (RFC 6265 section 6.1).
const LONGEST_COOKIE = 4096;

function attributes(cookie: ResolvedCookie, name: string, secure: boolean): SerializeOptions {
  // The refresh token's cookie goes to no other host, and to every path: tRPC batches and logout have others than the URL that refreshes.
  const reach = name === cookie.name ? { path: cookie.path, ...(cookie.domain !== undefined && { domain: cookie.domain }) } : { path: '/' };
  return { httpOnly: true, sameSite: cookie.sameSite, secure: cookie.secure ?? secure, ...reach };
}

/** The refresh token's cookie: over HTTPS one that no sibling domain can plant (RFC 6265bis section 4.1.3.2). */
export function refreshCookieName(cookie: ResolvedCookie, secure: boolean): string {
  const name = `${cookie.name.replace(/^__Host-/, '')}-refresh`;
  return (cookie.secure ?? secure) ? `__Host-${name}` : name;
}

/**
 * The Set-Cookie value that stores a token until the token's own expiry (specification "Cookie Support").
 *
 * @throws ConfigurationError for one that browsers would drop
 */
export function tokenCookie(cookie: ResolvedCookie, name: string, token: string, times: { expiresAt: number; now: number }, secure: boolean): string {
  const value = serialize(name, token, {
    expires: new Date(times.expiresAt * 1000),
    maxAge: Math.max(0, times.expiresAt - times.now),
    ...attributes(cookie, name, secure),
  });
  if (value.length > LONGEST_COOKIE) {
    throw new ConfigurationError(`The cookie of ${value.length} bytes is over the ${LONGEST_COOKIE} that browsers keep; put less into claims().`);
  }
  return value;
}

/** The Set-Cookie value that removes a token, with the attributes it was set with. */
export function clearedCookie(cookie: ResolvedCookie, name: string, secure: boolean): string {
  return serialize(name, '', { expires: new Date(0), maxAge: 0, ...attributes(cookie, name, secure) });
}
