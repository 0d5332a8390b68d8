import { AuthError } from '../core/errors.js';

const SPACE = 0x20;
const WHITE_SPACE = /[ \t\n\v\f\r]/;

/**
 * The token of an Authorization header, by the original's rules: words split at any white space, the scheme in any case.
 * A header of another scheme holds no credentials for us, and no cookie stands in for it.
 *
 * @returns undefined where the header is of another scheme
 * @throws AuthError HEADER_INVALID for our scheme with no token or more than one word after it
 */
export function tokenFromHeader(header: string, prefix: string): string | undefined {
  // As nearly every client writes it.
  if (header.startsWith(prefix) && header.charCodeAt(prefix.length) === SPACE) {
    const token = header.slice(prefix.length + 1);
    if (token !== '' && !WHITE_SPACE.test(token)) return token;
  }
  const [scheme = '', token, ...rest] = header.split(WHITE_SPACE).filter((word) => word !== '');
  if (scheme.toLowerCase() !== prefix.toLowerCase()) return undefined;
  if (token === undefined) throw new AuthError('HEADER_INVALID', { message: 'Invalid Authorization header. No credentials provided.' });
  if (rest.length > 0) throw new AuthError('HEADER_INVALID', { message: 'Invalid Authorization header. Credentials string should not contain spaces.' });
  return token;
}

/**
 * The value of one cookie in a Cookie header.
 *
 * @throws AuthError TOKEN_UNDECODABLE where it is given twice with different values: a sibling domain may have planted one
 */
export function tokenFromCookies(header: string, name: string): string | undefined {
  let found: string | undefined;
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=');
    if (equals === -1 || pair.slice(0, equals).trim() !== name) continue;
    const value = pair.slice(equals + 1).trim();
    if (found !== undefined && found !== value) throw new AuthError('TOKEN_UNDECODABLE');
    found = value;
  }
  return found;
}
