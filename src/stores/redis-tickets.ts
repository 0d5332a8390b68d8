import type { TicketStore } from '../core/ticket-store.js';
import { keyPrefixOf, redisEval } from './redis-client.js';
import type { RedisClient } from './redis-client.js';

/** What `redisTickets` takes beside the client. */
export interface RedisTicketsOptions {
  /** What every key begins with. @default 'trpc-jwt-auth:' */
  readonly keyPrefix?: string;
}

const CREATE = `
redis.call('HSET', KEYS[1], 'statement', ARGV[1], 'expiresAt', ARGV[2])
redis.call('PEXPIREAT', KEYS[1], ARGV[2])
`;

// The key's expiry is Redis' own judgement; ARGV[1] is the time of whoever asks.
const TAKE = `
local row = redis.call('HMGET', KEYS[1], 'statement', 'expiresAt')
redis.call('DEL', KEYS[1])
return row[1] and tonumber(ARGV[1]) < tonumber(row[2]) and row[1]
`;

/**
 * Tickets in Redis, for any number of processes; every verb is one script on one key, and what expires Redis removes by itself.
 *
 * @param client - the app's client of ioredis or node-redis, single or for a cluster
 * @throws ConfigurationError for what is no such client, and for a `keyPrefix` that is no string
 * @example
 * ```ts
 * import type { Redis } from 'ioredis';
 * import { redisTickets } from 'trpc-jwt-auth/stores/redis';
 *
 * const storeOf = (redis: Redis) => redisTickets(redis, { keyPrefix: 'shop:auth:' });
 * ```
 */
export function redisTickets(client: RedisClient, options: RedisTicketsOptions = {}): TicketStore {
  const keyPrefix = keyPrefixOf('redisTickets', options);
  const run = redisEval(client);
  const keyOf = (id: string): string => `${keyPrefix}ticket:${id}`;
  return {
    create: async ({ id, statement, expiresAt }) => {
      await run(CREATE, [keyOf(id)], [statement, String(expiresAt)]);
    },
    take: async (id, now) => (await run(TAKE, [keyOf(id)], [String(now)])) as string | null,
    // Redis has removed them already: every key carries its expiry.
    deleteExpired: () => Promise.resolve(0),
  };
}
