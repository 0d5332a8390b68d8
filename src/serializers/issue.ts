import { accessClaims } from '../core/claims.js';
import type { Claims } from '../core/claims.js';
import { epochSeconds } from '../core/clock.js';
import type { AuthUser } from '../core/ports.js';
import type { ResolvedSettings } from '../core/settings.js';
import type { Tokens } from '../core/tokens.js';

/** What obtain, refresh and verify come to. */
export interface TokenResult<User extends AuthUser> {
  readonly token: string;
  readonly user: User;
  readonly claims: Claims;
  /** Whether the token is new, so that a cookie is to be set. */
  readonly issued: boolean;
}

/** Makes a new access token for a user; `origIat` is carried over from the token it replaces. */
export type Issue<User extends AuthUser> = (user: User, origIat?: unknown) => Promise<TokenResult<User>>;

/** An issuer with the app's claims and key. */
export function createIssue<User extends AuthUser>(settings: ResolvedSettings<User>, tokens: Tokens): Issue<User> {
  return async (user, origIat) => {
    const claims = accessClaims(settings, user, epochSeconds(settings.clock), origIat);
    return { token: await tokens.sign(claims), user, claims, issued: true };
  };
}
