import { randomBytes } from 'node:crypto';

import { Cluster, Redis } from 'ioredis';
import { createClient, createCluster } from 'redis';
import { afterAll, afterEach, describe, expect, it } from 'vitest';

import { newSessionId, userTag } from '../../src/core/session-store.js';
import type { SessionRecord } from '../../src/core/session-store.js';
import { isIoredis } from '../../src/stores/redis-client.js';
import type { RedisClient } from '../../src/stores/redis-client.js';
import { redisSessions } from '../../src/stores/redis-sessions.js';
import { orNotRun } from '../servers/not-run.js';
import { startRedis, startRedisCluster } from '../servers/redis-server.js';
import { sessionStoreContract } from './session-store-contract.js';

const NOW = Date.now();
const session = (userId: string, changes: Partial<SessionRecord> = {}): SessionRecord => ({
  id: newSessionId(userId),
  userId,
  generation: 1,
  confirmedAt: null,
  graces: [],
  createdAt: NOW,
  lastUsedAt: NOW,
  expiresAt: NOW + 600_000,
  clientAddress: null,
  userAgent: null,
  ...changes,
});
const newPrefix = (): string => `test-${randomBytes(8).toString('hex')}:`;

// A node of a cluster refuses a script that is given keys of several slots. Those that a script builds it refuses only where another node
// has their slot, which is why the slots of all keys are compared as well.
const server = await orNotRun(startRedisCluster, 'sessions in a Redis Cluster, and what of their keys in Redis a client does not see');

if (server !== null) {
  const redis = new Redis(server.url);
  const ioredisCluster = new Cluster([server.url]);
  const nodeRedisCluster = createCluster({ rootNodes: [{ url: server.url }] });
  await nodeRedisCluster.connect();
  afterAll(async () => {
    await Promise.all([redis.quit(), ioredisCluster.quit(), nodeRedisCluster.close()]);
    await server.stop();
  });

  sessionStoreContract('a Redis Cluster, by ioredis', () => Promise.resolve(redisSessions(ioredisCluster, { keyPrefix: newPrefix() })), { hasOwnClock: true });
  sessionStoreContract('a Redis Cluster, by node-redis', () => Promise.resolve(redisSessions(nodeRedisCluster, { keyPrefix: newPrefix() })), { hasOwnClock: true });

  describe('the keys of Redis sessions', () => {
    it("are a session's own and its user's index, in one slot, and both expire", async () => {
      const keyPrefix = newPrefix();
      const store = redisSessions(redis, { keyPrefix });
      const [short, long] = [session('}{ü:1', { expiresAt: NOW + 300_000 }), session('}{ü:1')];
      for (const each of [long, short]) await store.create(each);
      const index = `${keyPrefix}{${userTag('}{ü:1')}}:u:}{ü:1`;
      const keys = [short, long].map(({ id }) => `${keyPrefix}{${userTag('}{ü:1')}}:s:${id}`);
      expect((await redis.keys(`${keyPrefix}*`)).sort()).toEqual([index, ...keys].sort());
      expect(new Set(await Promise.all([index, ...keys].map((key) => redis.call('CLUSTER', 'KEYSLOT', key)))).size).toBe(1);
      expect(await Promise.all([...keys, index].map((key) => redis.pexpiretime(key)))).toEqual([short.expiresAt, long.expiresAt, long.expiresAt]);
      await store.rotate(short.id, 1, { graces: [], lastUsedAt: NOW, expiresAt: NOW + 900_000 });
      expect(await Promise.all([...keys, index].map((key) => redis.pexpiretime(key)))).toEqual([NOW + 900_000, long.expiresAt, NOW + 900_000]);
      expect(await store.revokeUser('}{ü:1')).toBe(2);
      expect(await redis.keys(`${keyPrefix}*`)).toEqual([]);
    });

    it('are none of a session that had expired, or of an id that is no session', async () => {
      const keyPrefix = newPrefix();
      const store = redisSessions(redis, { keyPrefix });
      await store.create(session('1', { expiresAt: NOW - 1 }));
      await expect(store.create(session('1', { id: newSessionId('2') }))).rejects.toThrow('A session id begins with the tag of its user.');
      await store.confirm('1', 1, NOW);
      await store.confirm(newSessionId('1'), 1, NOW);
      for (const id of ['1', '', '.', '}.1', newSessionId('1')]) expect([await store.find(id, NOW), await store.revoke(id)]).toEqual([null, false]);
      expect(await redis.keys(`${keyPrefix}*`)).toEqual([]);
    });

    it("lose those of a user's index that expired, by no clock but Redis' own", async () => {
      const keyPrefix = newPrefix();
      const store = redisSessions(redis, { keyPrefix });
      const first = session('1');
      await store.create(first);
      const index = `${keyPrefix}{${userTag('1')}}:u:1`;
      await redis.zadd(index, NOW - 1000, 'expired');
      // Of a server whose clock is a year ahead.
      const second = session('1', { createdAt: NOW + 31_536_000_000, expiresAt: NOW + 31_536_600_000 });
      await store.create(second);
      expect(await redis.zrange(index, '0', '-1')).toEqual([first.id, second.id]);
      expect(await store.revokeUser('1')).toBe(2);
    });

    it("are no session's without the user's index: whatever is live can be revoked", async () => {
      const keyPrefix = newPrefix();
      const store = redisSessions(redis, { keyPrefix });
      const evicted = session('1');
      await store.create(evicted);
      await redis.del(`${keyPrefix}{${userTag('1')}}:u:1`);
      expect(await store.find(evicted.id, NOW)).toBeNull();
      expect(await store.rotate(evicted.id, 1, { graces: [], lastUsedAt: NOW, expiresAt: NOW + 1000 })).toBe(false);
      expect(await store.list('1', NOW)).toEqual([]);
    });

    it('keep the prefix that a client of ioredis adds by itself', async () => {
      const [keyPrefix, own] = [newPrefix(), newPrefix()];
      const prefixed = new Redis(server.url, { keyPrefix: own });
      const store = redisSessions(prefixed, { keyPrefix });
      const created = session('1');
      await store.create(created);
      expect(await store.rotate(created.id, 1, { graces: [], lastUsedAt: NOW, expiresAt: NOW + 1000_000 })).toBe(true);
      expect(await store.list('1', NOW)).toHaveLength(1);
      expect(await redis.keys(`${own}${keyPrefix}*`)).toHaveLength(2);
      expect(await store.revokeUser('1')).toBe(1);
      expect(await redis.keys(`*${keyPrefix}*`)).toEqual([]);
      await prefixed.quit();
    });
  });

  describe('Redis that goes down', () => {
    const closing: (() => Promise<unknown>)[] = [];
    afterEach(async () => {
      for (const close of closing.splice(0)) await close();
    });

    it('makes every verb reject, forgets its scripts, and has the sessions again', async () => {
      const down = await startRedis();
      closing.push(() => down.stop());
      const client = new Redis(down.url, { maxRetriesPerRequest: 0, retryStrategy: () => 20 });
      const other = createClient({ url: down.url, disableOfflineQueue: true, socket: { reconnectStrategy: 20 } });
      client.on('error', () => undefined);
      other.on('error', () => undefined);
      await other.connect();
      closing.unshift(async () => {
        client.disconnect();
        other.destroy();
      });
      const stores = [redisSessions(client), redisSessions(other)] as const;
      const kept = session('1');
      await stores[0].create(kept);
      await down.kill();
      for (const store of stores) {
        const change = { graces: [], lastUsedAt: NOW, expiresAt: NOW + 1 };
        const verbs = [store.create(kept), store.find(kept.id, NOW), store.rotate(kept.id, 1, change), store.confirm(kept.id, 1, NOW), store.revoke(kept.id)];
        const results = await Promise.allSettled([...verbs, store.revokeUser('1'), store.list('1', NOW)]);
        expect(results.map(({ status }) => status)).toEqual(results.map(() => 'rejected'));
      }
      await down.restart();
      for (const store of stores) await expect.poll(() => store.find(kept.id, NOW).catch(() => null), { timeout: 5000 }).toMatchObject(kept);
    });
  });
}

describe('redis sessions', () => {
  it('refuse what is no client, and a prefix that would part the keys', () => {
    const isNone = 'The Redis client is none that is known; give a client of ioredis, or one of node-redis 4 or later.';
    const legacy = { eval: () => undefined, evalsha: () => undefined };
    const others: readonly unknown[] = [undefined, null, 'redis://', {}, legacy];
    for (const other of others) expect(() => redisSessions(other as RedisClient)).toThrow(isNone);
    const client = createClient();
    expect(isIoredis(client)).toBe(false);
    expect(() => redisSessions(client, { keyPrefix: 'a{}:' })).toThrow('redisSessions: keyPrefix is "a{}:"; give a string without braces.');
  });
});
