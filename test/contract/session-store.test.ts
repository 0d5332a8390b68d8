import { Kysely, Migrator, SqliteDialect } from 'kysely';
import Database from 'libsql';
import { describe, expect, it } from 'vitest';

import { kyselySessions, sessionMigrations } from '../../src/stores/kysely-sessions.js';
import type { AuthSessionsDatabase } from '../../src/stores/kysely-sessions.js';
import { memorySessions } from '../../src/stores/memory-sessions.js';
import { sessionStoreContract } from './session-store-contract.js';

async function sqlite(): Promise<Kysely<AuthSessionsDatabase>> {
  const db = new Kysely<AuthSessionsDatabase>({ dialect: new SqliteDialect({ database: new Database(':memory:') }) });
  const { error } = await new Migrator({ db, provider: { getMigrations: () => Promise.resolve(sessionMigrations) } }).migrateToLatest();
  if (error !== undefined) throw error;
  return db;
}

sessionStoreContract('memory', () => Promise.resolve(memorySessions()));
sessionStoreContract('SQLite', async () => kyselySessions(await sqlite()));

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
    const db = await sqlite();
    const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(sessionMigrations) } });
    expect((await migrator.migrateDown()).error).toBeUndefined();
    expect((await migrator.migrateToLatest()).error).toBeUndefined();
  });
});
