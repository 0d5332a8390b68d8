import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Cluster, Redis } from 'ioredis';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { createClient, createCluster } from 'redis';
import type { ThrottleStore } from 'trpc-jwt-auth';
import { kyselyThrottle, throttleMigrations } from 'trpc-jwt-auth/stores/kysely';
import type { AuthThrottleDatabase } from 'trpc-jwt-auth/stores/kysely';
import { memoryThrottle } from 'trpc-jwt-auth/stores/memory';
import { redisThrottle } from 'trpc-jwt-auth/stores/redis';
import type { RedisClient } from 'trpc-jwt-auth/stores/redis';
import { afterAll, afterEach, describe, expect, inject, it, vi } from 'vitest';

import { orNotRun } from '../servers/not-run.js';
import { openSchema } from '../servers/postgres-server.js';
import { startRedisCluster } from '../servers/redis-server.js';
import * as sql from './sql-database.js';
import { throttleStoreContract, turnClock } from './throttle-store-contract.js';
import type { OpenThrottle } from './throttle-store-contract.js';

type Db = Kysely<AuthThrottleDatabase>;

const migratorOf = (db: Kysely<AuthThrottleDatabase>, schema?: string) => sql.migratorOf(db, throttleMigrations, schema);
const migrated = (db: Kysely<AuthThrottleDatabase>, schema?: string) => sql.migrated(db, throttleMigrations, schema);
const sqlite = (file?: string) => sql.sqlite<AuthThrottleDatabase>(file);

/** Stores that share what they count, as the processes of an app do; each call goes to the next one. */
function inTurn(stores: readonly ThrottleStore[]): ThrottleStore {
  return {
    limiter: (limit) => {
      const limiters = stores.map((store) => store.limiter(limit));
      let calls = 0;
      const next = () => limiters[(calls += 1) % limiters.length]!;
      return { consume: (key) => next().consume(key), giveBack: (key) => next().giveBack(key), mark: (key) => next().mark(key), has: (key) => next().has(key) };
    },
  };
}

throttleStoreContract('memory', () => Promise.resolve({ store: memoryThrottle(), endWindows: turnClock }));
throttleStoreContract('SQLite', async () => {
  const db = await migrated(sqlite());
  return { store: kyselyThrottle(db), endWindows: turnClock, fail: () => db.destroy() };
});

describe('over two connections', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });
  throttleStoreContract('a file of SQLite', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'throttle-'));
    const [one, other] = [sqlite(join(dir, 'auth.db')), sqlite(join(dir, 'auth.db'))];
    const destroy = async (): Promise<void> => {
      await Promise.all([one.destroy(), other.destroy()]);
    };
    closing.push(async () => {
      await destroy();
      rmSync(dir, { recursive: true });
    });
    return { store: inTurn([kyselyThrottle(await migrated(one)), kyselyThrottle(other)]), endWindows: turnClock, fail: destroy };
  });
});

/** What SQL stores do beside the contract. */
function sweeps(name: string, open: () => Promise<Db>): void {
  describe(`the table of limits in ${name}`, () => {
    afterEach(() => {
      vi.useRealTimers();
      vi.restoreAllMocks();
    });

    it('loses an hour after their end the windows that ended, when a later attempt is counted', async () => {
      vi.useFakeTimers({ toFake: ['Date'] });
      const db = await open();
      const keys = async () => (await db.selectFrom('auth_throttle').select('key').orderBy('key').execute()).map(({ key }) => key);
      const store = kyselyThrottle(db);
      const [short, long] = [store.limiter({ name: 'short', attempts: 3, windowSeconds: 60 }), store.limiter({ name: 'long', attempts: 3, windowSeconds: 7200 })];
      const random = vi.spyOn(Math, 'random').mockReturnValue(0.99);
      await Promise.all([short.consume('a'), short.consume('b'), long.consume('a'), long.consume('given back')]);
      await long.giveBack('given back');
      turnClock(3659);
      random.mockReturnValue(0);
      await Promise.all(Array.from({ length: 20 }, () => short.consume('c')));
      expect(await keys()).toEqual(['long:a', 'short:a', 'short:b', 'short:c']);
      turnClock(1);
      random.mockReturnValue(0.99);
      await short.consume('c');
      expect(await keys()).toHaveLength(4);
      random.mockReturnValue(0);
      await Promise.all(Array.from({ length: 20 }, () => short.consume('c')));
      expect(await keys()).toEqual(['long:a', 'short:c']);
      expect(await long.has('a')).toBe(true);
    });

    it('keeps keys that any database can keep', async () => {
      const db = await open();
      const limiter = kyselyThrottle(db).limiter({ name: 'n', attempts: 3, windowSeconds: 60 });
      for (const key of ['plain', 'ü', 'k'.repeat(500)]) await limiter.consume(key);
      const rows = await db.selectFrom('auth_throttle').select('key').execute();
      expect(rows.map(({ key }) => key).sort()).toEqual([expect.stringMatching(/^#[0-9a-f]{64}$/), expect.stringMatching(/^#[0-9a-f]{64}$/), 'n:plain']);
    });
  });
}
sweeps('SQLite', () => migrated(sqlite()));

const databaseUrl = inject('databaseUrl');
if (databaseUrl !== null) {
  const closing: Db[] = [];
  const { pool, schema, drop } = await openSchema(databaseUrl);
  const db = await migrated(new Kysely<AuthThrottleDatabase>({ dialect: new PostgresDialect({ pool }) }), schema);
  const emptied = async (): Promise<Db> => {
    await db.deleteFrom('auth_throttle').execute();
    return db;
  };
  throttleStoreContract('PostgreSQL', async () => {
    await emptied();
    // Its pool is its own, for the sake of the one test that ends it.
    const own = new Kysely<AuthThrottleDatabase>({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: databaseUrl }) }) });
    closing.push(own);
    // By another schema than the connection's: rate-limiter-flexible has to be told.
    return { store: kyselyThrottle(own.withSchema(schema)), endWindows: turnClock, fail: () => own.destroy() };
  });
  sweeps('PostgreSQL', emptied);
  afterAll(async () => {
    await Promise.all(closing.map((each) => each.destroy()));
    await drop();
  });
}

const newPrefix = (): string => `test-${randomBytes(8).toString('hex')}:`;

/** A store over a client, and a client beside it that shows what it keeps. */
function overRedis(client: RedisClient, fail: () => Promise<unknown>, shown: Redis): OpenThrottle {
  const keyPrefix = newPrefix();
  const endWindows = async (windowSeconds: number): Promise<void> => {
    const keys = await shown.keys(`${keyPrefix}*`);
    for (const key of keys) {
      const left = await shown.pttl(key);
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThanOrEqual(windowSeconds * 1000);
      await shown.del(key);
    }
  };
  return { store: redisThrottle(client, { keyPrefix }), endWindows, fail };
}

/** The contract by both clients, each its own for the sake of the one test that closes it. */
function redisContracts(name: string, url: string, isCluster: boolean): void {
  const shown = new Redis(url, { lazyConnect: true });
  const closing: (() => unknown)[] = [];
  afterAll(async () => {
    for (const close of closing) await close();
    shown.disconnect();
  });
  throttleStoreContract(`${name}, by ioredis`, async () => {
    const client = isCluster ? new Cluster([url]) : new Redis(url);
    closing.push(() => client.disconnect());
    return overRedis(client, () => client.quit(), shown);
  });
  throttleStoreContract(`${name}, by node-redis`, async () => {
    const client = isCluster ? createCluster({ rootNodes: [{ url }] }) : createClient({ url });
    await client.connect();
    closing.push(() => (client.isOpen ? client.close() : undefined));
    return overRedis(client, async () => client.close(), shown);
  });
}

const redisUrl = inject('redisUrl');
if (redisUrl !== null) {
  redisContracts('Redis', redisUrl, false);

  describe('the keys of Redis limits', () => {
    it("are one for each key counted, which ends with its window, beside the app's own", async () => {
      const redis = new Redis(redisUrl);
      const keyPrefix = newPrefix();
      const own = new RateLimiterRedis({ storeClient: redis, keyPrefix: `${keyPrefix}own`, points: 2, duration: 60 });
      const limiter = redisThrottle(redis, { keyPrefix }).limiter({ name: 'a:b', attempts: 2, windowSeconds: 60 });
      // What is refused the app's own limiter counts, ours does not.
      for (let index = 0; index < 5; index += 1) await Promise.allSettled([own.consume('k'), limiter.consume('k')]);
      expect((await redis.keys(`${keyPrefix}*`)).sort()).toEqual([`${keyPrefix}own:k`, `${keyPrefix}throttle:a%3Ab:k`]);
      expect([await redis.get(`${keyPrefix}own:k`), await redis.get(`${keyPrefix}throttle:a%3Ab:k`)]).toEqual(['5', '2']);
      expect(await redis.pttl(`${keyPrefix}throttle:a%3Ab:k`)).toBeGreaterThan(55_000);
      await Promise.all([limiter.giveBack('k'), limiter.giveBack('k'), limiter.giveBack('k'), limiter.giveBack('none')]);
      expect(await redis.keys(`${keyPrefix}*`)).toEqual([`${keyPrefix}own:k`]);
      await redis.del(`${keyPrefix}own:k`);
      await redis.quit();
    });
  });
}

const cluster = await orNotRun(startRedisCluster, 'limits in a Redis Cluster');
if (cluster !== null) {
  redisContracts('a Redis Cluster', cluster.url, true);
  afterAll(() => cluster.stop());
}

describe('a window', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each<[string, () => Promise<ThrottleStore>]>([
    ['memory', () => Promise.resolve(memoryThrottle())],
    ['SQLite', async () => kyselyThrottle(await migrated(sqlite()))],
  ])('ends to the millisecond, in %s', async (_name, open) => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const limiter = (await open()).limiter({ name: 'n', attempts: 1, windowSeconds: 60 });
    await Promise.all([limiter.consume('a'), limiter.mark('b')]);
    turnClock(59.999);
    expect([await limiter.consume('a'), await limiter.has('b')]).toEqual([{ allowed: false, availableInMs: 1 }, true]);
    turnClock(0.001);
    expect([await limiter.has('b'), await limiter.consume('a')]).toEqual([false, { allowed: true, availableInMs: 60_000 }]);
  });
});

describe('memory limits', () => {
  it('are bounded: the least recently counted makes room', async () => {
    const limiter = memoryThrottle({ mostKeys: 3 }).limiter({ name: 'n', attempts: 1, windowSeconds: 60 });
    for (const key of ['a', 'b', 'c', 'a', 'd']) await limiter.consume(key);
    expect(await Promise.all(['a', 'b', 'c', 'd'].map((key) => limiter.has(key)))).toEqual([true, false, true, true]);
    for (const mostKeys of [0, -1, 1.5, Number.NaN, '3' as never]) {
      expect(() => memoryThrottle({ mostKeys })).toThrow(`memoryThrottle: mostKeys is ${JSON.stringify(mostKeys)}; give a whole number from 1.`);
    }
  });

  it('are bounded over all limits of a store', async () => {
    const store = memoryThrottle({ mostKeys: 2 });
    const [one, other] = ['one', 'other'].map((name) => store.limiter({ name, attempts: 1, windowSeconds: 60 }));
    for (const limiter of [one!, other!, one!]) await limiter.consume(limiter === one ? 'a' : 'b');
    await other!.mark('c');
    expect([await one!.has('a'), await other!.has('b'), await other!.has('c')]).toEqual([true, false, true]);
  });
});

describe('redis limits', () => {
  it('refuse what is no client, and a prefix that is no string', () => {
    expect(() => redisThrottle({} as RedisClient)).toThrow('The Redis client is none that is known; give a client of ioredis, or one of node-redis 4 or later.');
    expect(() => redisThrottle(createClient(), { keyPrefix: 7 as never })).toThrow('redisThrottle: keyPrefix is 7; give a string.');
  });
});

describe('the SQL migrations', () => {
  it('go up and down again', async () => {
    const migrator = migratorOf(await migrated(sqlite()));
    expect((await migrator.migrateDown()).error).toBeUndefined();
    expect((await migrator.migrateToLatest()).error).toBeUndefined();
  });

  it('are missed loudly', async () => {
    const limiter = kyselyThrottle(sqlite()).limiter({ name: 'n', attempts: 1, windowSeconds: 60 });
    await expect(limiter.consume('k')).rejects.toThrow('auth_throttle');
    vi.spyOn(Math, 'random').mockReturnValue(0);
    await expect(limiter.consume('k')).rejects.toThrow('auth_throttle');
    vi.restoreAllMocks();
  });
});
