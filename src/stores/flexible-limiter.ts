import { RateLimiterRes } from 'rate-limiter-flexible';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';

import type { Limit, Limiter } from '../core/throttle-store.js';

/** A limiter of rate-limiter-flexible as ours; `giveBack` is each store's own, for the library's may take a count below zero. */
export function flexibleLimiter(limiter: RateLimiterAbstract, { windowSeconds }: Limit, giveBack: Limiter['giveBack']): Limiter {
  return {
    consume: async (key) => {
      try {
        return { allowed: true, availableInMs: (await limiter.consume(key)).msBeforeNext };
      } catch (refusal) {
        // Anything else it throws is a store that failed.
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        return { allowed: false, availableInMs: refusal.msBeforeNext };
      }
    },
    giveBack,
    mark: async (key) => {
      await limiter.set(key, 1, windowSeconds);
    },
    has: async (key) => (await limiter.get(key)) !== null,
  };
}
