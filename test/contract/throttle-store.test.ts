import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Redis } from 'ioredis';
import { Kysely, Migrator, PostgresDialect, SqliteDialect } from 'kysely';
import type { Dialect } from 'kysely';
import Database from 'libsql';
import { createClient } from 'redis';
import type { Limit, ThrottleStore } from 'trpc-jwt-auth';
import { kyselyThrottle, throttleMigrations } from 'trpc-jwt-auth/stores/kysely';
import type { AuthThrottleDatabase } from 'trpc-jwt-auth/stores/kysely';
import { memoryThrottle } from 'trpc-jwt-auth/stores/memory';
import { redisThrottle } from 'trpc-jwt-auth/stores/redis';
import { afterAll, afterEach, describe, expect, inject, it, vi } from 'vitest';

import { openSchema } from '../servers/postgres-server.js';
import { throttleStoreContract } from './throttle-store-contract.js';

const LIMIT: Limit = { name: 'logins', attempts: 2, windowSeconds: 60 };
const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function migrated(dialect: Dialect, migrationTableSchema?: string): Promise<Kysely<AuthThrottleDatabase>> {
  const db = new Kysely<AuthThrottleDatabase>({ dialect });
  const provider = { getMigrations: () => Promise.resolve(throttleMigrations) };
  const { error } = await new Migrator({ db, provider, ...(migrationTableSchema !== undefined && { migrationTableSchema }) }).migrateToLatest();
  if (error !== undefined) throw error;
  return db;
}

function sqlite(file = ':memory:'): Promise<Kysely<AuthThrottleDatabase>> {
  const database = new Database(file);
  database.pragma('busy_timeout = 5000');
  return migrated(new SqliteDialect({ database }));
}

/** Two connections to one database, used in turn. */
async function sqliteFile(): Promise<ThrottleStore> {
  const folder = mkdtempSync(join(tmpdir(), 'throttle-'));
  closing.push(() => rmSync(folder, { recursive: true, force: true }));
  const [one, other] = [await sqlite(join(folder, 'a.sqlite3')), await sqlite(join(folder, 'a.sqlite3'))].map((db) => kyselyThrottle(db));
  let turn = 0;
  return {
    limiter: (limit) => {
      const limiters = [one, other].map((store) => store?.limiter(limit));
      const next = () => limiters[(turn += 1) % 2]!;
      return { consume: (key) => next().consume(key), giveBack: (key) => next().giveBack(key), mark: (key) => next().mark(key), has: (key) => next().has(key) };
    },
  };
}

throttleStoreContract('memory', () => Promise.resolve(memoryThrottle()));
throttleStoreContract('SQLite', async () => kyselyThrottle(await sqlite()));
throttleStoreContract('an SQLite file of two connections', sqliteFile);

const databaseUrl = inject('databaseUrl');
if (databaseUrl !== null) {
  throttleStoreContract('PostgreSQL', async () => {
    const { pool, schema, drop } = await openSchema(databaseUrl);
    closing.push(drop);
    return kyselyThrottle(await migrated(new PostgresDialect({ pool }), schema));
  });
}

const redisUrl = inject('redisUrl');
if (redisUrl !== null) {
  const keyPrefix = `${randomUUID()}:`;
  throttleStoreContract('Redis by ioredis', () => {
    const client = new Redis(redisUrl);
    closing.push(() => client.disconnect());
    return Promise.resolve(redisThrottle(client, { keyPrefix }));
  });
  throttleStoreContract('Redis by node-redis', async () => {
    const client = await createClient({ url: redisUrl }).connect();
    closing.push(() => client.destroy());
    return redisThrottle(client, { keyPrefix: `${keyPrefix}n:` });
  });

  describe('limits in Redis', () => {
    it('leave no key without an expiry, of a window at the most', async () => {
      const client = new Redis(redisUrl);
      closing.push(() => client.disconnect());
      const prefix = `${randomUUID()}:`;
      const limiter = redisThrottle(client, { keyPrefix: prefix }).limiter(LIMIT);
      await limiter.consume('a');
      await limiter.mark('b');
      await limiter.giveBack('a');
      await limiter.giveBack('c');
      const keys = await client.keys(`${prefix}*`);
      expect(keys).toHaveLength(2);
      for (const key of keys) {
        const ttl = await client.pttl(key);
        expect(ttl).toBeGreaterThan(50_000);
        expect(ttl).toBeLessThanOrEqual(60_000);
      }
    });

    it('that is gone, allow nothing', async () => {
      const client = new Redis(redisUrl, { maxRetriesPerRequest: 0, retryStrategy: null });
      client.on('error', () => undefined);
      const limiter = redisThrottle(client).limiter(LIMIT);
      client.disconnect();
      await expect(limiter.consume('a')).rejects.toThrow();
      await expect(limiter.has('a')).rejects.toThrow();
    });
  });
}

describe('the window', () => {
  afterEach(() => void vi.useRealTimers());

  it.each<[string, () => Promise<ThrottleStore>]>([
    ['memory', () => Promise.resolve(memoryThrottle())],
    ['SQLite', async () => kyselyThrottle(await sqlite())],
  ])('ends, in %s, for counts and for notes', async (_name, open) => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const limiter = (await open()).limiter(LIMIT);
    for (let each = 0; each < 5; each += 1) await limiter.consume('a');
    await limiter.mark('b');
    vi.setSystemTime(Date.now() + 59_999);
    expect((await limiter.consume('a')).allowed).toBe(false);
    expect(await limiter.has('b')).toBe(true);
    vi.setSystemTime(Date.now() + 1);
    await limiter.giveBack('a');
    expect(await limiter.has('b')).toBe(false);
    expect([(await limiter.consume('a')).allowed, (await limiter.consume('a')).allowed, (await limiter.consume('a')).allowed]).toEqual([true, true, false]);
  });
});

describe('limits in memory', () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length;

  it('are bounded: the least recently counted makes room', async () => {
    const limiter = memoryThrottle({ mostKeys: 2 }).limiter({ ...LIMIT, attempts: 1 });
    await limiter.consume('a');
    await limiter.consume('b');
    await limiter.consume('a');
    await limiter.consume('c');
    expect((await limiter.consume('a')).allowed).toBe(false);
    expect((await limiter.consume('b')).allowed).toBe(true);
  });

  it('have no timers', async () => {
    const before = timers();
    const limiter = memoryThrottle().limiter(LIMIT);
    for (let each = 0; each < 100; each += 1) await limiter.consume(String(each));
    expect(timers()).toBe(before);
  });

  it('keep nothing of what was given back', async () => {
    const limiter = memoryThrottle({ mostKeys: 1 }).limiter({ ...LIMIT, attempts: 1 });
    await limiter.consume('attacked');
    for (const key of ['x', 'y']) expect(await limiter.has(key)).toBe(false);
    await limiter.giveBack('attacked');
    expect(await limiter.has('attacked')).toBe(false);
  });

  it.each([0, 1.5, -1, NaN, '5'])('a bound of %s is refused', (mostKeys) => {
    expect(() => memoryThrottle({ mostKeys: mostKeys as number })).toThrow('give a whole number from 1.');
  });
});

describe('limits in a SQL database', () => {
  it('that is closed, allow nothing', async () => {
    const db = await sqlite();
    const limiter = kyselyThrottle(db).limiter(LIMIT);
    await db.destroy();
    await expect(limiter.consume('a')).rejects.toThrow();
    await expect(limiter.has('a')).rejects.toThrow();
  });
});
