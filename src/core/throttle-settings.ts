import { known, refuse, seconds, shown, wholeNumber } from './setting-checks.js';
import type { ThrottleStore } from './throttle-store.js';

/**
 * Limits on guessing passwords. An attempt is counted before its password is checked, and given back when it was right.
 *
 * A network is an IPv4 address or an IPv6 /64. It is known to an account for 30 days after a login from it; limits that many networks share
 * do not hold for a known one, so that an attacker cannot lock a user out of where he is used to log in.
 */
export interface ThrottleSettings {
  /** Where attempts are counted: `memoryThrottle()`, `kyselyThrottle(db)` or `redisThrottle(client)`. @default memoryThrottle(), for each process apart */
  readonly store?: ThrottleStore;
  /** Failed logins to one account from one network in a window. @default 10 */
  readonly attempts?: number;
  /** Failed logins to one account from all networks unknown to it together, in a window. @default 100 */
  readonly attemptsPerAccount?: number;
  /** Failed logins from one network to all accounts it is unknown to together, in a window. @default 100 */
  readonly attemptsPerNetwork?: number;
  /** The window, in seconds; it begins with the first failed login. @default 900 */
  readonly windowSeconds?: number;
  /** How long the store may take for one answer, in milliseconds; a login that needs a slower one is answered 503. @default 2000 */
  readonly timeoutMs?: number;
}

/** ThrottleSettings with every default filled in but the store. */
export interface ResolvedThrottle {
  readonly store: ThrottleStore | undefined;
  readonly attempts: number;
  readonly attemptsPerAccount: number;
  readonly attemptsPerNetwork: number;
  readonly windowSeconds: number;
  readonly timeoutMs: number;
}

/** Fills in defaults. @throws ConfigurationError naming the setting and the mend */
export function resolveThrottle(settings: ThrottleSettings): ResolvedThrottle {
  known(settings, 'throttle.', ['store', 'attempts', 'attemptsPerAccount', 'attemptsPerNetwork', 'windowSeconds', 'timeoutMs']);
  const { store } = settings;
  if (store !== undefined && typeof store?.limiter !== 'function') {
    refuse('throttle.store', `is ${typeof store === 'object' ? 'no throttle store' : shown(store)}; give memoryThrottle(), kyselyThrottle(db) or redisThrottle(client)`);
  }
  return {
    store,
    attempts: wholeNumber('throttle.attempts', settings.attempts, 10, 1),
    attemptsPerAccount: wholeNumber('throttle.attemptsPerAccount', settings.attemptsPerAccount, 100, 1),
    attemptsPerNetwork: wholeNumber('throttle.attemptsPerNetwork', settings.attemptsPerNetwork, 100, 1),
    windowSeconds: seconds('throttle.windowSeconds', settings.windowSeconds, 900, 1),
    timeoutMs: wholeNumber('throttle.timeoutMs', settings.timeoutMs, 2000, 1),
  };
}
