import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Redis } from 'ioredis';
import { Kysely, PostgresDialect } from 'kysely';
import { createClient } from 'redis';
import { afterAll, afterEach, describe, expect, inject, it } from 'vitest';

import type { SessionStore } from '../../src/core/session-store.js';
import { kyselySessions, sessionMigrations } from '../../src/stores/kysely-sessions.js';
import type { AuthSessionsDatabase } from '../../src/stores/kysely-sessions.js';
import { memorySessions } from '../../src/stores/memory-sessions.js';
import { redisSessions } from '../../src/stores/redis-sessions.js';
import { openSchema } from '../servers/postgres-server.js';
import * as sql from './sql-database.js';
import { sessionStoreContract } from './session-store-contract.js';

const migratorOf = (db: Kysely<AuthSessionsDatabase>, schema?: string) => sql.migratorOf(db, sessionMigrations, schema);
const migrated = (db: Kysely<AuthSessionsDatabase>, schema?: string) => sql.migrated(db, sessionMigrations, schema);
const sqlite = (file?: string) => sql.sqlite<AuthSessionsDatabase>(file);

/** Stores that share what they keep, as the processes of an app do; each call goes to the next one. */
function inTurn(stores: readonly SessionStore[]): SessionStore {
  let calls = 0;
  return new Proxy(stores[0]!, { get: (_first, verb: keyof SessionStore) => Reflect.get(stores[(calls += 1) % stores.length]!, verb) as unknown });
}

sessionStoreContract('memory', () => Promise.resolve(memorySessions()), { hasOwnClock: false });
sessionStoreContract('SQLite', async () => kyselySessions(await migrated(sqlite())), { hasOwnClock: false });

describe('over two connections', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });
  const open = async (): Promise<SessionStore> => {
    const dir = mkdtempSync(join(tmpdir(), 'sessions-'));
    const [one, other] = [sqlite(join(dir, 'auth.db')), sqlite(join(dir, 'auth.db'))];
    closing.push(async () => {
      await Promise.all([one.destroy(), other.destroy()]);
      rmSync(dir, { recursive: true });
    });
    return inTurn([kyselySessions(await migrated(one)), kyselySessions(other)]);
  };
  sessionStoreContract('a file of SQLite', open, { hasOwnClock: false });
});

const databaseUrl = inject('databaseUrl');
if (databaseUrl !== null) {
  const { pool, schema, drop } = await openSchema(databaseUrl);
  const db = await migrated(new Kysely<AuthSessionsDatabase>({ dialect: new PostgresDialect({ pool }) }), schema);
  const open = async (): Promise<SessionStore> => {
    await db.deleteFrom('auth_sessions').execute();
    return kyselySessions(db);
  };
  sessionStoreContract('PostgreSQL', open, { hasOwnClock: true });
  afterAll(drop);
}

const redisUrl = inject('redisUrl');
if (redisUrl !== null) {
  const ioredis = new Redis(redisUrl);
  const nodeRedis = createClient({ url: redisUrl });
  await nodeRedis.connect();
  afterAll(async () => {
    await Promise.all([ioredis.quit(), nodeRedis.close()]);
  });
  const keyPrefix = (): string => `test-${randomBytes(8).toString('hex')}:`;
  sessionStoreContract('Redis, by ioredis', () => Promise.resolve(redisSessions(ioredis, { keyPrefix: keyPrefix() })), { hasOwnClock: true });
  sessionStoreContract('Redis, by node-redis', () => Promise.resolve(redisSessions(nodeRedis, { keyPrefix: keyPrefix() })), { hasOwnClock: true });
}

describe('memory sessions', () => {
  it('are bounded: the least recently used makes room', async () => {
    const store = memorySessions({ mostSessions: 3 });
    const base = { userId: '1', generation: 1, confirmedAt: null, graces: [], createdAt: 1, lastUsedAt: 1, expiresAt: 100, clientAddress: null, userAgent: null };
    for (const id of ['a', 'b', 'c']) await store.create({ ...base, id });
    await store.rotate('a', 1, { graces: [], lastUsedAt: 2, expiresAt: 100 });
    await store.create({ ...base, id: 'd' });
    expect(await Promise.all(['a', 'b', 'c', 'd'].map(async (id) => (await store.find(id, 1)) !== null))).toEqual([true, false, true, true]);
    expect(() => memorySessions({ mostSessions: 0 })).toThrow('memorySessions: mostSessions is 0; give a whole number from 1.');
  });
});

describe('the SQL migrations', () => {
  it('go up and down again', async () => {
    const migrator = migratorOf(await migrated(sqlite()));
    expect((await migrator.migrateDown()).error).toBeUndefined();
    expect((await migrator.migrateToLatest()).error).toBeUndefined();
  });
});
