import type { Identify } from './call.js';
import type { AuthUser } from './ports.js';
import type { ResolvedSettings } from './settings.js';

/** What protected endpoints need of an authentication: the app's own that `createJwtAuth` made, or another service's as `jwksVerifier` sees it. */
export interface AuthVerifier<User extends AuthUser = AuthUser> {
  readonly settings: Pick<ResolvedSettings<User>, 'cookie' | 'headerPrefix' | 'reportError' | 'restStatus'>;
  /**
   * Checks an access token.
   *
   * @throws AuthError TOKEN_UNDECODABLE, TOKEN_REJECTED, TOKEN_EXPIRED, TOKEN_PAYLOAD_INVALID, USER_NOT_FOUND, ACCOUNT_DISABLED, TOKEN_REVOKED, STORE_UNAVAILABLE
   */
  readonly verifyToken: Identify<User>;
}
