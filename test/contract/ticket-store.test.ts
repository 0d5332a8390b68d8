import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Cluster, Redis } from 'ioredis';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { createClient, createCluster } from 'redis';
import { kyselyTickets, ticketMigrations } from 'trpc-jwt-auth/stores/kysely';
import type { AuthTicketsDatabase } from 'trpc-jwt-auth/stores/kysely';
import { memoryTickets } from 'trpc-jwt-auth/stores/memory';
import { redisTickets } from 'trpc-jwt-auth/stores/redis';
import type { RedisClient } from 'trpc-jwt-auth/stores/redis';
import { afterAll, afterEach, describe, expect, inject, it } from 'vitest';

import { orNotRun } from '../servers/not-run.js';
import { openSchema } from '../servers/postgres-server.js';
import { startRedis, startRedisCluster } from '../servers/redis-server.js';
import * as sql from './sql-database.js';
import { ticketStoreContract } from './ticket-store-contract.js';

type Db = Kysely<AuthTicketsDatabase>;

const NOW = Date.now();
const ticketOf = (id: string) => ({ id, statement: `statement of ${id}`, expiresAt: NOW + 600_000 });

const migratorOf = (db: Kysely<AuthTicketsDatabase>, schema?: string) => sql.migratorOf(db, ticketMigrations, schema);
const migrated = (db: Kysely<AuthTicketsDatabase>, schema?: string) => sql.migrated(db, ticketMigrations, schema);
const sqlite = (file?: string) => sql.sqlite<AuthTicketsDatabase>(file);

const OWN_MACHINE = { hasOwnClock: false, expiresByItself: false };

ticketStoreContract('memory', () => Promise.resolve({ store: memoryTickets() }), OWN_MACHINE);
ticketStoreContract('SQLite', async () => {
  const db = await migrated(sqlite());
  return { store: kyselyTickets(db), other: kyselyTickets(db), fail: () => db.destroy() };
}, OWN_MACHINE);

describe('over two connections', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });
  ticketStoreContract('a file of SQLite', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'tickets-'));
    const [one, other] = [sqlite(join(dir, 'auth.db')), sqlite(join(dir, 'auth.db'))];
    const destroy = () => Promise.all([one.destroy(), other.destroy()]);
    closing.push(async () => {
      await destroy();
      rmSync(dir, { recursive: true });
    });
    return { store: kyselyTickets(await migrated(one)), other: kyselyTickets(other), fail: destroy };
  }, OWN_MACHINE);
});

const databaseUrl = inject('databaseUrl');
if (databaseUrl !== null) {
  const closing: Db[] = [];
  const { pool, schema, drop } = await openSchema(databaseUrl);
  const db = await migrated(new Kysely<AuthTicketsDatabase>({ dialect: new PostgresDialect({ pool }) }), schema);
  ticketStoreContract('PostgreSQL', async () => {
    await db.deleteFrom('auth_tickets').execute();
    // Pools of their own, for the sake of the one test that ends them, and by another schema than the connection's.
    const [one, other] = [0, 1].map(() => new Kysely<AuthTicketsDatabase>({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: databaseUrl }) }) })) as [Db, Db];
    closing.push(one, other);
    return { store: kyselyTickets(one.withSchema(schema)), other: kyselyTickets(other.withSchema(schema)), fail: () => Promise.all([one.destroy(), other.destroy()]) };
  }, { hasOwnClock: true, expiresByItself: false });
  afterAll(async () => {
    await Promise.all(closing.map((each) => each.destroy()));
    await drop();
  });
}

const newPrefix = (): string => `test-${randomBytes(8).toString('hex')}:`;

/** The contract by both clients, each its own for the sake of the one test that closes it. */
function redisContracts(name: string, url: string, isCluster: boolean): void {
  const closing: (() => unknown)[] = [];
  afterAll(async () => {
    for (const close of closing) await close();
  });
  const byIoredis = () => {
    const client = isCluster ? new Cluster([url]) : new Redis(url);
    client.on('error', () => undefined);
    closing.push(() => client.disconnect());
    return { client: client as RedisClient, close: () => client.quit() as Promise<unknown> };
  };
  const byNodeRedis = async () => {
    const client = isCluster ? createCluster({ rootNodes: [{ url }] }) : createClient({ url });
    await client.connect();
    closing.push(() => (client.isOpen ? client.close() : undefined));
    return { client: client as RedisClient, close: async () => client.close() as Promise<unknown> };
  };
  for (const [by, open] of [['ioredis', byIoredis], ['node-redis', byNodeRedis]] as const) {
    ticketStoreContract(`${name}, by ${by}`, async () => {
      const [one, other, keyPrefix] = [await open(), await open(), newPrefix()];
      return { store: redisTickets(one.client, { keyPrefix }), other: redisTickets(other.client, { keyPrefix }), fail: () => Promise.all([one.close(), other.close()]) };
    }, { hasOwnClock: true, expiresByItself: true });
  }
}

const redisUrl = inject('redisUrl');
if (redisUrl !== null) {
  redisContracts('Redis', redisUrl, false);

  describe('the keys of Redis tickets', () => {
    it('are one for each ticket, which ends with it, and none once it is taken or had expired', async () => {
      const redis = new Redis(redisUrl);
      const keyPrefix = newPrefix();
      const store = redisTickets(redis, { keyPrefix });
      await store.create(ticketOf('a'));
      await store.create({ ...ticketOf('b'), expiresAt: NOW - 1 });
      expect(await redis.keys(`${keyPrefix}*`)).toEqual([`${keyPrefix}ticket:a`]);
      const left = await redis.pttl(`${keyPrefix}ticket:a`);
      expect(left).toBeGreaterThan(500_000);
      expect(left).toBeLessThanOrEqual(600_000);
      for (const id of ['b', 'a', 'a']) await store.take(id, NOW);
      expect(await redis.keys(`${keyPrefix}*`)).toEqual([]);
      await redis.quit();
    });
  });
}

const cluster = await orNotRun(startRedisCluster, 'tickets in a Redis Cluster');
if (cluster !== null) {
  redisContracts('a Redis Cluster', cluster.url, true);
  afterAll(() => cluster.stop());
}

const restarted = await orNotRun(startRedis, 'tickets in a Redis that goes down');
if (restarted !== null) {
  afterAll(() => restarted.stop());

  describe('Redis that goes down', () => {
    it('makes every verb reject, forgets its scripts, and has the tickets again', async () => {
      const client = new Redis(restarted.url, { maxRetriesPerRequest: 0, retryStrategy: () => 20 });
      client.on('error', () => undefined);
      const store = redisTickets(client);
      for (const id of ['kept', 'taken']) await store.create(ticketOf(id));
      expect(await store.take('taken', NOW)).toBe('statement of taken');
      await restarted.kill();
      const verbs = await Promise.allSettled([store.create(ticketOf('new')), store.take('kept', NOW), store.take('taken', NOW)]);
      expect(verbs.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
      await restarted.restart();
      await expect.poll(() => client.status, { timeout: 5000 }).toBe('ready');
      expect([await store.take('taken', NOW), await store.take('kept', NOW)]).toEqual([null, 'statement of kept']);
      client.disconnect();
    });
  });
}

describe('redis tickets', () => {
  it('refuse what is no client, and a prefix that is no string', () => {
    expect(() => redisTickets({} as RedisClient)).toThrow('The Redis client is none that is known; give a client of ioredis, or one of node-redis 4 or later.');
    expect(() => redisTickets(createClient(), { keyPrefix: 7 as never })).toThrow('redisTickets: keyPrefix is 7; give a string.');
  });
});

describe('the SQL migrations', () => {
  it('go up and down again', async () => {
    const migrator = migratorOf(await migrated(sqlite()));
    expect((await migrator.migrateDown()).error).toBeUndefined();
    expect((await migrator.migrateToLatest()).error).toBeUndefined();
  });

  it('are missed loudly', async () => {
    const store = kyselyTickets(sqlite());
    const verbs = [store.create(ticketOf('a')), store.take('a', NOW), store.deleteExpired(NOW, 1)];
    for (const verb of await Promise.allSettled(verbs)) expect(verb).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining('auth_tickets') as string } });
  });
});
