import type { TicketHolder, VerifyToken } from './call.js';
import type { Claims } from './claims.js';
import type { AuthUser } from './ports.js';
import type { ResolvedSettings } from './settings.js';

/** What protected endpoints need of an authentication: the app's own that `createJwtAuth` made, or another service's as `jwksVerifier` sees it. */
export interface AuthVerifier<User extends AuthUser = AuthUser> {
  readonly settings: Pick<ResolvedSettings<User>, 'clock' | 'cookie' | 'headerPrefix' | 'leewaySeconds' | 'reportError' | 'restStatus'>;
  /**
   * Checks an access token.
   *
   * @throws AuthError TOKEN_UNDECODABLE, TOKEN_REJECTED, TOKEN_EXPIRED, TOKEN_PAYLOAD_INVALID, USER_NOT_FOUND, ACCOUNT_DISABLED, TOKEN_REVOKED, STORE_UNAVAILABLE
   */
  readonly verifyToken: VerifyToken<User>;
  /**
   * Takes a ticket, once, and gives what says who holds it, as he is each time it is asked; absent where no tickets are made.
   *
   * @throws AuthError TICKET_INVALID, STORE_UNAVAILABLE
   */
  readonly redeemTicket?: (ticket: string) => Promise<TicketHolder<User>>;
  /** Calls `told` when this process learns that the session of claims has ended; gives a function that ends that. Absent where there is nothing to learn. */
  readonly watchSession?: (claims: Claims, told: () => void) => () => void;
}
