import { accessClaims } from '../core/claims.js';
import type { Claims, SessionClaims } from '../core/claims.js';
import { epochSeconds } from '../core/clock.js';
import type { AuthUser } from '../core/ports.js';
import type { ResolvedSettings } from '../core/settings.js';
import type { Tokens } from '../core/tokens.js';
import type { SessionTokens } from '../sessions/sessions.js';

/** What obtain, refresh and verify come to. */
export interface TokenResult<User extends AuthUser> {
  readonly token: string;
  readonly user: User;
  readonly claims: Claims;
  /** Whether the token is new, so that a cookie is to be set. */
  readonly issued: boolean;
  /** The refresh token issued with it, where there are sessions; its expiry is in epoch seconds. */
  readonly refresh?: { readonly token: string; readonly expiresAt: number };
}

/** What a new token carries over. */
export interface IssueOptions {
  /** The `orig_iat` of the token it replaces. @default now, or the session's beginning */
  readonly origIat?: unknown;
  /** The session it belongs to, and whose refresh token goes with it. */
  readonly session?: SessionTokens;
  /** The session it belongs to, where no refresh token is given. */
  readonly claims?: SessionClaims;
}

/** Makes a new access token for a user. */
export type Issue<User extends AuthUser> = (user: User, options?: IssueOptions) => Promise<TokenResult<User>>;

/** An issuer with the app's claims and key. */
export function createIssue<User extends AuthUser>(settings: ResolvedSettings<User>, tokens: Tokens<User>): Issue<User> {
  return async (user, { origIat, session, claims: sessionClaims = session?.claims } = {}) => {
    const begun = session === undefined ? undefined : Math.floor(session.createdAt / 1000);
    const claims = accessClaims(settings, user, epochSeconds(settings.clock), origIat ?? begun, sessionClaims);
    const result = { token: await tokens.sign(claims, user), user, claims, issued: true };
    return session === undefined ? result : { refresh: { token: session.refreshToken, expiresAt: session.refreshExpiresAt }, ...result };
  };
}
