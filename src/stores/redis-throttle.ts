import { RateLimiterRedis } from 'rate-limiter-flexible';

import type { Limiter, ThrottleStore } from '../core/throttle-store.js';
import { flexibleLimiter } from './flexible-limiter.js';
import { keyPrefixOf, redisEval } from './redis-client.js';
import type { RedisClient } from './redis-client.js';

/** What `redisThrottle` takes beside the client. */
export interface RedisThrottleOptions {
  /** What every key begins with. @default 'trpc-jwt-auth:' */
  readonly keyPrefix?: string;
}

// rate-limiter-flexible's own script would take a key below zero when its window has just ended, which is a guess more than allowed, and
// counts what it refuses, after which no attempt that is given back frees one.
const COUNT = `
local points, limit = tonumber(ARGV[1]), tonumber(ARGV[3])
local count = tonumber(redis.call('GET', KEYS[1]) or 0)
local after = count + points
if points > 0 and after > limit then return { after, redis.call('PTTL', KEYS[1]) } end
if after <= 0 then
  redis.call('DEL', KEYS[1])
  return { 0, 0 }
end
if count == 0 then redis.call('SET', KEYS[1], after, 'EX', ARGV[2]) else redis.call('INCRBY', KEYS[1], points) end
return { after, redis.call('PTTL', KEYS[1]) }
`;

const MARK = `redis.call('SET', KEYS[1], 1, 'EX', ARGV[1])`;
const HAS = `return redis.call('EXISTS', KEYS[1])`;

/**
 * Limits in Redis, for any number of processes; every verb is one script on one key, and what expires Redis removes by itself.
 *
 * @param client - the app's client of ioredis or node-redis, single or for a cluster
 * @throws ConfigurationError for what is no such client, and for a `keyPrefix` that is no string
 * @example
 * ```ts
 * import type { Redis } from 'ioredis';
 * import { redisThrottle } from 'trpc-jwt-auth/stores/redis';
 *
 * const storeOf = (redis: Redis) => redisThrottle(redis, { keyPrefix: 'shop:auth:' });
 * ```
 */
export function redisThrottle(client: RedisClient, options: RedisThrottleOptions = {}): ThrottleStore {
  const keyPrefix = keyPrefixOf('redisThrottle', options);
  const run = redisEval(client);
  // To a client itself rate-limiter-flexible adds a command, which the app's own limiters on that client would replace, or get instead of theirs.
  const storeClient = { rlflxIncr: ([key, ...args]: readonly [string, ...string[]]) => run(COUNT, [key], args) };

  return {
    limiter: (limit): Limiter => {
      // So that a colon in a name does not make it another name with a longer key.
      const prefix = `${keyPrefix}throttle:${encodeURIComponent(limit.name)}`;
      const counts = new RateLimiterRedis({ storeClient, keyPrefix: prefix, points: limit.attempts, duration: limit.windowSeconds });
      const giveBack = async (key: string): Promise<void> => {
        await counts.reward(key);
      };
      return {
        ...flexibleLimiter(counts, limit, giveBack),
        mark: async (key) => {
          await run(MARK, [counts.getKey(key)], [String(limit.windowSeconds)]);
        },
        has: async (key) => Number(await run(HAS, [counts.getKey(key)], [])) === 1,
      };
    },
  };
}
