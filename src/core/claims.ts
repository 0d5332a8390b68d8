import { AuthError } from './errors.js';
import type { AuthUser } from './ports.js';

/** A token's claims: verified, frozen, without a prototype. */
export type Claims = Readonly<Record<string, unknown>>;

/** Names the package sets and checks; an app's own claims can't replace them. */
export const RESERVED_CLAIMS = ['exp', 'iat', 'nbf', 'jti', 'iss', 'aud', 'orig_iat', 'sid', 'gen'] as const;

const RESERVED: ReadonlySet<string> = new Set(RESERVED_CLAIMS);

/** Claims of the app's own. One of `user_id`, `username` or `email` set to `undefined` leaves that default claim out. */
export type OwnClaims = { readonly [name: string]: unknown } & { readonly [Name in (typeof RESERVED_CLAIMS)[number]]?: never };

export interface ClaimsPolicy<User extends AuthUser> {
  readonly usernameField: string;
  readonly expiresInSeconds: number;
  readonly leewaySeconds: number;
  readonly issuer: string | undefined;
  readonly audience: string | readonly string[] | undefined;
  readonly requireTokenId: boolean;
  readonly refresh: { readonly windowSeconds: number } | false;
  readonly ownClaims: ((user: User) => OwnClaims) | undefined;
  readonly usernameFromClaims: ((claims: Claims) => unknown) | undefined;
}

/** Which session a token belongs to, and under which of its generations it was issued. */
export interface SessionClaims {
  readonly sid: string;
  readonly gen: number;
}

/** Builds the claims of a new access token, in the original's order (specification "Token Obtainment View"). */
export function accessClaims<User extends AuthUser>(
  policy: ClaimsPolicy<User>,
  user: User,
  nowSeconds: number,
  origIat: unknown,
  session: SessionClaims | undefined,
): Record<string, unknown> {
  const claims: Record<string, unknown> = { user_id: user.id, username: user.username, exp: nowSeconds + policy.expiresInSeconds };
  if (typeof user.email === 'string') claims.email = user.email;
  if (policy.usernameField !== 'username') claims[policy.usernameField] = user.username;
  for (const [name, value] of Object.entries(policy.ownClaims?.(user) ?? {})) {
    if (!RESERVED.has(name)) claims[name] = value;
  }
  if (policy.refresh !== false) claims.orig_iat = origIat ?? nowSeconds;
  return registered(policy, claims, nowSeconds, session);
}

/**
 * Builds the claims of a refresh token. The user's name is `sub` and never `username`: a server that overlooks `typ`
 * finds nobody in it, and cannot take it for an access token.
 */
export function refreshClaims<User extends AuthUser>(
  policy: Pick<ClaimsPolicy<User>, 'audience' | 'issuer'>,
  user: User,
  nowSeconds: number,
  expiresAtSeconds: number,
  session: SessionClaims,
): Record<string, unknown> {
  return registered(policy, { sub: user.username, user_id: user.id, exp: expiresAtSeconds }, nowSeconds, session);
}

function registered(
  policy: Pick<ClaimsPolicy<AuthUser>, 'audience' | 'issuer'>,
  claims: Record<string, unknown>,
  nowSeconds: number,
  session: SessionClaims | undefined,
): Record<string, unknown> {
  if (policy.audience !== undefined) claims.aud = policy.audience;
  if (policy.issuer !== undefined) claims.iss = policy.issuer;
  claims.iat = nowSeconds;
  claims.jti = crypto.randomUUID();
  if (session !== undefined) {
    claims.sid = session.sid;
    claims.gen = session.gen;
  }
  return claims;
}

/** The session that claims name; undefined for a token from before sessions. @throws AuthError TOKEN_PAYLOAD_INVALID */
export function sessionOf({ sid, gen }: Claims): SessionClaims | undefined {
  if (sid === undefined && gen === undefined) return undefined;
  if (typeof sid !== 'string' || typeof gen !== 'number' || !Number.isSafeInteger(gen) || gen < 1) throw new AuthError('TOKEN_PAYLOAD_INVALID');
  return { sid, gen };
}

function numericDate(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new AuthError('TOKEN_REJECTED');
  return Math.trunc(value);
}

/**
 * Judges the registered claims (RFC 7519 section 4.1) in the order PyJWT does, so that a token with two faults gets the same answer.
 *
 * @throws AuthError TOKEN_EXPIRED, TOKEN_REJECTED
 */
export function checkClaims(policy: Pick<ClaimsPolicy<AuthUser>, 'leewaySeconds' | 'issuer' | 'audience' | 'requireTokenId'>, claims: Claims, nowSeconds: number): void {
  if (claims.iat !== undefined) numericDate(claims.iat);
  if (claims.nbf !== undefined && numericDate(claims.nbf) > nowSeconds + policy.leewaySeconds) throw new AuthError('TOKEN_REJECTED');
  if (numericDate(claims.exp) < nowSeconds - policy.leewaySeconds) throw new AuthError('TOKEN_EXPIRED');
  if (policy.issuer !== undefined && claims.iss !== policy.issuer) throw new AuthError('TOKEN_REJECTED');
  if (!audienceMatches(policy.audience, claims.aud)) throw new AuthError('TOKEN_REJECTED');
  if (policy.requireTokenId && (typeof claims.jti !== 'string' || claims.jti === '')) throw new AuthError('TOKEN_REJECTED');
}

function audienceMatches(expected: string | readonly string[] | undefined, actual: unknown): boolean {
  // A token made for somebody in particular is not for one who has no name (RFC 7519 section 4.1.3).
  if (expected === undefined) return actual === undefined;
  const audiences: readonly unknown[] = Array.isArray(actual) ? actual : [actual];
  if (!audiences.every((audience) => typeof audience === 'string')) return false;
  const accepted = typeof expected === 'string' ? [expected] : expected;
  return accepted.some((audience) => audiences.includes(audience));
}

/** The user name that claims carry. @throws AuthError TOKEN_PAYLOAD_INVALID */
export function usernameOf(policy: Pick<ClaimsPolicy<AuthUser>, 'usernameFromClaims'>, claims: Claims): string {
  const username = policy.usernameFromClaims === undefined ? claims.username : policy.usernameFromClaims(claims);
  if (typeof username === 'string' && username !== '') return username;
  if (typeof username === 'number' && Number.isSafeInteger(username)) return String(username);
  throw new AuthError('TOKEN_PAYLOAD_INVALID');
}

/** Whether the claims were issued to this very user: a renamed or re-registered name inherits nothing. */
export function namesUser(claims: Claims, user: AuthUser): boolean {
  const id = claims.user_id;
  if (id === undefined) return true;
  return (typeof id === 'string' || typeof id === 'number') && String(id) === String(user.id);
}
