import { AuthClientError } from './auth-client-error.js';
import type { ServerClock } from './server-clock.js';
import type { StoredSession } from './storage/token-storage.js';
import { readClaims, userIn } from './token-claims.js';
import type { SessionAnswer } from './transport.js';

const DEFAULT_LIFETIME_SECONDS = 300;

/** What obtain, refresh or me answered, as a session to keep; the clock learns from it. @throws AuthClientError for an answer without token or expiry */
export function receivedSession(answer: SessionAnswer, previous: StoredSession | null, clock: ServerClock): StoredSession {
  const { token, refresh_token: refreshToken, expires_at: bodyExpiry, ...rest } = answer;
  const claims = readClaims(token);
  const expiresAt = claims.exp ?? bodyExpiry;
  if (!expiresAt) throw new AuthClientError('UNREACHABLE', 'The answer holds no token.');

  // Django's tokens have no `iat`: at a login `orig_iat` is the same moment, later only the lifetime tells.
  const issuedAt = claims.iat ?? (previous ? token && expiresAt - Number(previous.lifetimeSeconds) : claims.orig_iat);
  const shown = Number(issuedAt) * 1000 || clock.answeredAt;
  if (shown) clock.learn(shown);
  // Nothing has shown the server's time, and a token just issued has not expired: it is the device that is wrong.
  else if (clock.now() >= expiresAt * 1000) clock.learn((expiresAt - DEFAULT_LIFETIME_SECONDS) * 1000);
  const now = clock.now();
  // As it is after a reload, whatever a transformer has made of it.
  const user = JSON.stringify({ ...(token ? userIn(claims) : (previous?.user as object | undefined)), ...rest });
  return {
    token,
    refreshToken,
    expiresAt,
    lifetimeSeconds: expiresAt - now / 1000,
    clockOffsetMs: now - Date.now(),
    receivedAt: Date.now(),
    user: user === JSON.stringify(previous?.user) ? previous?.user : (JSON.parse(user) as unknown),
  };
}
