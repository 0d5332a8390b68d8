import type { EventOrigin, ThrottledEvent } from '../core/events.js';
import type { ResolvedSettings } from '../core/settings.js';
import { createStoreGuard } from '../core/store-guard.js';
import type { Limiter } from '../core/throttle-store.js';
import { accountKey } from './account.js';
import { memoryThrottle } from './memory-throttle.js';
import { networkOf } from './network.js';
import { throttled } from './throttled.js';

/*
 * A login to account A from network N counts towards
 *
 * | limit               | key  | holds for                      | so that                                              |
 * |---------------------|------|--------------------------------|------------------------------------------------------|
 * | account-and-network | A, N | everybody                      | one place has few guesses at one account             |
 * | account             | A    | N from which A never logged in | many places together have few guesses at one account |
 * | network             | N    | N from which A never logged in | one place has few guesses at many accounts           |
 *
 * The last two leave out the networks an account has logged in from (within KNOWN_SECONDS): whoever exhausts them
 * locks nobody out of his usual place, nor out of an office he shares with the attacker.
 */
const KNOWN_SECONDS = 30 * 24 * 3600;

/** A login that may be tried. */
export interface Admission {
  /** The password was right: nothing was guessed, and the network is known to the account from now on. */
  readonly succeeded: () => Promise<void>;
  /** The password was never checked. */
  readonly notTried: () => Promise<void>;
}

/** Counts a login before it is tried. @throws AuthError THROTTLED, STORE_UNAVAILABLE */
export type AdmitLogin = (username: string, origin: EventOrigin) => Promise<Admission>;

const UNLIMITED: Admission = { succeeded: () => Promise.resolve(), notTried: () => Promise.resolve() };

/** The limits on logins. */
export function createLoginThrottle(settings: Pick<ResolvedSettings, 'throttle' | 'clock' | 'emit'>): AdmitLogin {
  const { throttle } = settings;
  if (throttle === undefined) return () => Promise.resolve(UNLIMITED);
  const { windowSeconds } = throttle;
  const store = throttle.store ?? memoryThrottle();
  const guard = createStoreGuard('throttle', throttle.timeoutMs, settings);
  const pairs = store.limiter({ name: 'login-pair', attempts: throttle.attempts, windowSeconds });
  const accounts = store.limiter({ name: 'login-account', attempts: throttle.attemptsPerAccount, windowSeconds });
  const networks = store.limiter({ name: 'login-network', attempts: throttle.attemptsPerNetwork, windowSeconds });
  const known = store.limiter({ name: 'login-known', attempts: 1, windowSeconds: KNOWN_SECONDS });

  return async (username, origin) => {
    const account = await accountKey(username);
    const network = networkOf(origin.clientAddress);
    const pair = `${account}@${network}`;
    const counted: [limiter: Limiter, key: string][] = [];
    const giveBack = async (): Promise<void> => {
      await Promise.all(counted.splice(0).map(([limiter, key]) => guard('giveBack', () => limiter.giveBack(key))));
    };
    const count = async (limit: ThrottledEvent['limit'], limiter: Limiter, key: string): Promise<void> => {
      const { allowed, availableInMs } = await guard('consume', () => limiter.consume(key));
      if (allowed) {
        counted.push([limiter, key]);
        return;
      }
      await giveBack();
      throw throttled(settings, limit, availableInMs, origin);
    };

    await count('account-and-network', pairs, pair);
    if (!(await guard('has', () => known.has(pair)))) {
      await count('account', accounts, account);
      await count('network', networks, network);
    }
    return {
      succeeded: async () => {
        await giveBack();
        await guard('mark', () => known.mark(pair));
      },
      notTried: giveBack,
    };
  };
}
