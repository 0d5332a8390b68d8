import { createBoundedCache } from '../core/bounded-cache.js';
import { ConfigurationError } from '../core/errors.js';
import type { Limiter, ThrottleStore } from '../core/throttle-store.js';

/** What `memoryThrottle` takes. */
export interface MemoryThrottleOptions {
  /** How many keys are counted at once, over all limits; the least recently counted makes room. @default 200_000 */
  readonly mostKeys?: number;
}

interface Count {
  attempts: number;
  readonly endsAt: number;
}

/**
 * Limits in this process's memory: for each process apart, and gone with it. It is the default.
 *
 * @throws ConfigurationError for a bound that is no whole number from 1
 * @example
 * ```ts
 * import { memoryThrottle } from 'trpc-jwt-auth/stores/memory';
 *
 * const store = memoryThrottle({ mostKeys: 50_000 });
 * ```
 */
export function memoryThrottle(options: MemoryThrottleOptions = {}): ThrottleStore {
  const { mostKeys = 200_000 } = options;
  if (!Number.isSafeInteger(mostKeys) || mostKeys < 1) {
    throw new ConfigurationError(`memoryThrottle: mostKeys is ${JSON.stringify(mostKeys)}; give a whole number from 1.`);
  }
  // Not rate-limiter-flexible's own: that one has no bound, and a timer for each key.
  const counts = createBoundedCache<Count>(mostKeys);
  const running = (key: string): Count | undefined => {
    const count = counts.get(key);
    if (count === undefined || count.endsAt > Date.now()) return count;
    counts.delete(key);
    return undefined;
  };

  return {
    inMemory: true,
    limiter: ({ name, attempts, windowSeconds }): Limiter => {
      const windowMs = windowSeconds * 1000;
      // So that a colon in a name does not make it another name with a longer key.
      const prefix = encodeURIComponent(name);
      const keyOf = (key: string): string => `${prefix}:${key}`;
      return {
        consume: async (given) => {
          const key = keyOf(given);
          const count = running(key) ?? { attempts: 0, endsAt: Date.now() + windowMs };
          const allowed = count.attempts < attempts;
          if (allowed) count.attempts += 1;
          counts.set(key, count);
          return { allowed, availableInMs: Math.max(0, count.endsAt - Date.now()) };
        },
        giveBack: async (given) => {
          const key = keyOf(given);
          const count = running(key);
          if (count === undefined) return;
          count.attempts -= 1;
          // Attempts that were none leave nothing behind to fill the memory with.
          if (count.attempts <= 0) counts.delete(key);
        },
        mark: async (given) => {
          counts.set(keyOf(given), { attempts: 1, endsAt: Date.now() + windowMs });
        },
        has: async (given) => running(keyOf(given)) !== undefined,
      };
    },
  };
}
