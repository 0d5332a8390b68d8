import type { SessionStore } from './session-store.js';
import { DAY_SECONDS, flag, known, refuse, seconds, shown, wholeNumber } from './setting-checks.js';

/** Sessions on the server: refresh tokens that rotate, and logout that revokes. */
export interface SessionSettings {
  /** Where sessions are kept: `memorySessions()`, `kyselySessions(db)` or `redisSessions(client)`. */
  readonly store: SessionStore;
  /** How long a replaced refresh token is still good once its successor has been seen, in seconds; for a parallel tab. @default 10 */
  readonly graceSeconds?: number;
  /** How long a session lives from one refresh to the next, in seconds. @default 604800 */
  readonly idleSeconds?: number;
  /** How long a session lives from its login, in seconds. @default 2592000 */
  readonly absoluteSeconds?: number;
  /** For how long a session found live is not asked for again, in seconds; a revocation in another process is felt that much later. @default 0 */
  readonly recheckSeconds?: number;
  /** Lets refresh take a live access token too, as it does without sessions. @default false */
  readonly slideByAccessToken?: boolean;
  /** Until when access tokens from before sessions are accepted; refreshing one makes it a session. @default none is */
  readonly acceptSessionlessUntil?: Date;
  /** How long the store may take for one answer, in milliseconds; a request that needs a slower one is answered 503. @default 2000 */
  readonly timeoutMs?: number;
}

/** SessionSettings with every default filled in; durations in milliseconds. */
export interface ResolvedSessions {
  readonly store: SessionStore;
  readonly graceMs: number;
  readonly idleMs: number;
  readonly absoluteMs: number;
  readonly recheckMs: number;
  readonly slideByAccessToken: boolean;
  /** Epoch milliseconds; 0 accepts none. */
  readonly acceptSessionlessUntil: number;
  readonly timeoutMs: number;
}

const NAMES = ['store', 'graceSeconds', 'idleSeconds', 'absoluteSeconds', 'recheckSeconds', 'slideByAccessToken', 'acceptSessionlessUntil', 'timeoutMs'];
const VERBS = ['create', 'find', 'rotate', 'confirm', 'revoke', 'revokeUser', 'list', 'deleteExpired'] as const;

/** Fills in defaults. @throws ConfigurationError naming the setting and the mend */
export function resolveSessions(settings: SessionSettings): ResolvedSessions {
  known(settings, 'sessions.', NAMES);
  const { store, acceptSessionlessUntil: until } = settings;
  const missing = VERBS.find((verb) => typeof store?.[verb] !== 'function');
  if (missing !== undefined) refuse('sessions.store', `is ${typeof store === 'object' ? `no session store (it has no ${missing})` : shown(store)}; give memorySessions(), kyselySessions(db) or redisSessions(client)`);
  if (until !== undefined && (!(until instanceof Date) || Number.isNaN(until.getTime()))) {
    refuse('sessions.acceptSessionlessUntil', "is no valid Date; give the day the last token from before sessions expires, as new Date('2030-01-31')");
  }
  return {
    store,
    graceMs: seconds('sessions.graceSeconds', settings.graceSeconds, 10, 0) * 1000,
    idleMs: seconds('sessions.idleSeconds', settings.idleSeconds, 7 * DAY_SECONDS, 1) * 1000,
    absoluteMs: seconds('sessions.absoluteSeconds', settings.absoluteSeconds, 30 * DAY_SECONDS, 1) * 1000,
    recheckMs: seconds('sessions.recheckSeconds', settings.recheckSeconds, 0, 0) * 1000,
    slideByAccessToken: flag('sessions.slideByAccessToken', settings.slideByAccessToken, false),
    acceptSessionlessUntil: until?.getTime() ?? 0,
    timeoutMs: wholeNumber('sessions.timeoutMs', settings.timeoutMs, 2000, 1),
  };
}
