import { ConfigurationError } from '../core/errors.js';
import { userTag } from '../core/session-store.js';
import type { Grace, SessionRecord, SessionStore } from '../core/session-store.js';
import { redisEval } from './redis-client.js';
import type { RedisClient } from './redis-client.js';

/** What `redisSessions` takes beside the client. */
export interface RedisSessionsOptions {
  /** What every key begins with; without braces, which mean something in a cluster's keys. @default 'trpc-jwt-auth:' */
  readonly keyPrefix?: string;
}

// Of two arrays a script answers the values in this order; a null is a field that is not there.
const FIELDS = ['userId', 'generation', 'confirmedAt', 'graces', 'createdAt', 'lastUsedAt', 'expiresAt', 'clientAddress', 'userAgent'] as const;
type Row = readonly [string, string, string | null, string, string, string, string, string | null, string | null];

// A session's key is `PREFIX{TAG}:s:ID`, that of a user's index `PREFIX{TAG}:u:USER`; the tag alone decides the slot.
//
// A script gets the key it is about as KEYS[1], and what that ends with as ARGV[1]. Of the user's other keys a caller that has only one
// of them cannot know the names, so they are built here from KEYS[1]: a cluster allows it, for the slot is the same, and a prefix that a
// client adds by itself is kept.
//
// A session counts only while its user's index has it. Were an index evicted by a Redis short of memory, its sessions would else live on
// where no revocation of all of a user's sessions could find them.
const PRELUDE = `
local time = redis.call('TIME')
local clock = time[1] * 1000 + math.floor(time[2] / 1000)
local slot = string.sub(KEYS[1], 1, -3 - #ARGV[1])
local function sessionKey(id) return slot .. 's:' .. id end
local function indexKey(userId) return slot .. 'u:' .. userId end
local function later(now) return math.max(clock, tonumber(now)) end

local function live(id, now)
  local row = redis.call('HMGET', sessionKey(id), ${FIELDS.map((field) => `'${field}'`).join(', ')})
  if row[1] and tonumber(row[7]) > later(now) and redis.call('ZSCORE', indexKey(row[1]), id) then return row end
  return false
end

local function keepUntil(expiresAt, id, userId)
  redis.call('PEXPIREAT', sessionKey(id), expiresAt)
  local index = indexKey(userId)
  -- By Redis' own time alone: a server whose clock is ahead would else hide live sessions from revokeUser.
  redis.call('ZREMRANGEBYSCORE', index, '-inf', clock)
  redis.call('ZADD', index, expiresAt, id)
  local last = redis.call('ZREVRANGE', index, 0, 0, 'WITHSCORES')
  redis.call('PEXPIREAT', index, string.format('%.0f', tonumber(last[2])))
end
`;

const CREATE = `${PRELUDE}
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], unpack(ARGV, 4))
keepUntil(ARGV[3], ARGV[1], ARGV[2])
`;

const FIND = `${PRELUDE}
local row = live(ARGV[1], ARGV[2])
return row and { later(ARGV[2]), row }
`;

const ROTATE = `${PRELUDE}
local row = live(ARGV[1], ARGV[5])
if not row or row[2] ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'generation', ARGV[3], 'graces', ARGV[4], 'lastUsedAt', ARGV[5], 'expiresAt', ARGV[6])
redis.call('HDEL', KEYS[1], 'confirmedAt')
keepUntil(ARGV[6], ARGV[1], row[1])
return 1
`;

const CONFIRM = `
if redis.call('HGET', KEYS[1], 'generation') == ARGV[2] then redis.call('HSETNX', KEYS[1], 'confirmedAt', ARGV[3]) end
`;

const REVOKE = `${PRELUDE}
local userId = redis.call('HGET', KEYS[1], 'userId')
if not userId or (ARGV[2] and ARGV[2] ~= userId) then return 0 end
redis.call('ZREM', indexKey(userId), ARGV[1])
return redis.call('DEL', KEYS[1])
`;

const REVOKE_USER = `${PRELUDE}
local revoked = 0
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if id ~= ARGV[2] then
    redis.call('ZREM', KEYS[1], id)
    revoked = revoked + redis.call('DEL', sessionKey(id))
  end
end
return revoked
`;

const LIST = `${PRELUDE}
local found = {}
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local row = live(id, ARGV[2])
  if row then found[#found + 1] = { id, row } end
end
return found
`;

function toRecord(id: string, row: Row): SessionRecord {
  const [userId, generation, confirmedAt, graces, createdAt, lastUsedAt, expiresAt, clientAddress, userAgent] = row;
  return {
    id,
    userId,
    generation: Number(generation),
    confirmedAt: confirmedAt === null ? null : Number(confirmedAt),
    graces: JSON.parse(graces) as Grace[],
    createdAt: Number(createdAt),
    lastUsedAt: Number(lastUsedAt),
    expiresAt: Number(expiresAt),
    clientAddress,
    userAgent,
  };
}

/** The fields and values of a session that are not null. */
function toFields(session: SessionRecord): string[] {
  return FIELDS.flatMap((field) => {
    const value = field === 'graces' ? JSON.stringify(session.graces) : session[field];
    return value === null ? [] : [field, String(value)];
  });
}

/**
 * Sessions in Redis, for any number of processes; every verb is one script, and what expires Redis removes by itself.
 *
 * @param client - the app's client of ioredis or node-redis, single or for a cluster
 * @throws ConfigurationError for what is no such client, and for braces in `keyPrefix`
 * @example
 * ```ts
 * import type { Redis } from 'ioredis';
 * import { redisSessions } from 'trpc-jwt-auth/stores/redis';
 *
 * const storeOf = (redis: Redis) => redisSessions(redis, { keyPrefix: 'shop:auth:' });
 * ```
 */
export function redisSessions(client: RedisClient, options: RedisSessionsOptions = {}): SessionStore {
  const { keyPrefix = 'trpc-jwt-auth:' } = options;
  if (typeof keyPrefix !== 'string' || /[{}]/.test(keyPrefix)) {
    throw new ConfigurationError(`redisSessions: keyPrefix is ${JSON.stringify(keyPrefix)}; give a string without braces.`);
  }
  const run = redisEval(client);
  const indexKey = (userId: string): string => `${keyPrefix}{${userTag(userId)}}:u:${userId}`;
  // An id that is none of ours is no session's, and reaches no key.
  const onSession = async (script: string, id: string, ...args: string[]): Promise<unknown> => {
    const tag = /^([0-9a-f]{4})\./.exec(id)?.[1];
    return tag === undefined ? null : run(script, [`${keyPrefix}{${tag}}:s:${id}`], [id, ...args]);
  };
  return {
    create: async (session) => {
      const { id, userId, expiresAt } = session;
      if (!id.startsWith(`${userTag(userId)}.`)) throw new TypeError('A session id begins with the tag of its user.');
      await onSession(CREATE, id, userId, String(expiresAt), ...toFields(session));
    },
    find: async (id, now) => {
      const found = (await onSession(FIND, id, String(now))) as [number, Row] | null;
      return found === null ? null : { readAt: found[0], ...toRecord(id, found[1]) };
    },
    rotate: async (id, fromGeneration, { graces, lastUsedAt, expiresAt }) => {
      const args = [fromGeneration, fromGeneration + 1, JSON.stringify(graces), lastUsedAt, expiresAt].map(String);
      return Number(await onSession(ROTATE, id, ...args)) === 1;
    },
    confirm: async (id, generation, confirmedAt) => {
      await onSession(CONFIRM, id, String(generation), String(confirmedAt));
    },
    revoke: async (id, userId) => Number(await onSession(REVOKE, id, ...(userId === undefined ? [] : [userId]))) === 1,
    revokeUser: async (userId, exceptId) => Number(await run(REVOKE_USER, [indexKey(userId)], exceptId === undefined ? [userId] : [userId, exceptId])),
    list: async (userId, now) => {
      const found = (await run(LIST, [indexKey(userId)], [userId, String(now)])) as readonly [string, Row][];
      return found.map(([id, row]) => toRecord(id, row)).sort((a, b) => b.lastUsedAt - a.lastUsedAt);
    },
    // Redis has removed them already: every key carries its expiry.
    deleteExpired: () => Promise.resolve(0),
  };
}
