import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Redis } from 'ioredis';
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely';
import type { Dialect } from 'kysely';
import Database from 'libsql';
import pg from 'pg';
import type { SessionRecord, SessionStore } from 'trpc-jwt-auth';
import { kyselySessions, sessionMigrations } from 'trpc-jwt-auth/stores/kysely';
import type { AuthSessionsDatabase } from 'trpc-jwt-auth/stores/kysely';
import { memorySessions } from 'trpc-jwt-auth/stores/memory';
import { redisSessions } from 'trpc-jwt-auth/stores/redis';

import { migrated } from '../../test/contract/sql-database.js';
import { startPostgres } from '../../test/servers/postgres-server.js';
import { startRedis } from '../../test/servers/redis-server.js';
import { heapBytesInUse } from '../harness/heap.js';

/** A store of sessions that is there to be filled. */
export interface FilledStore {
  readonly store: SessionStore;
  /** Adds sessions faster than one by one, where the store has a way. */
  readonly fill?: (sessions: readonly SessionRecord[]) => Promise<void>;
  /** What it holds now. */
  readonly heldBytes: () => Promise<number>;
  readonly close: () => Promise<void>;
}

async function kysely(dialect: Dialect): Promise<{ readonly db: Kysely<AuthSessionsDatabase>; readonly fill: NonNullable<FilledStore['fill']> }> {
  const db = await migrated(new Kysely<AuthSessionsDatabase>({ dialect }), sessionMigrations);
  const fill = async (sessions: readonly SessionRecord[]): Promise<void> => {
    const rows = sessions.map((session) => ({
      id: session.id,
      user_id: session.userId,
      generation: session.generation,
      confirmed_at: session.confirmedAt,
      graces: '[]',
      created_at: session.createdAt,
      last_used_at: session.lastUsedAt,
      expires_at: session.expiresAt,
      client_address: session.clientAddress,
      user_agent: session.userAgent,
    }));
    await db.insertInto('auth_sessions').values(rows).execute();
  };
  return { db, fill };
}

async function openMemory(): Promise<FilledStore> {
  const before = heapBytesInUse();
  return { store: memorySessions(), heldBytes: async () => heapBytesInUse() - before, close: async () => undefined };
}

async function openSqlite(): Promise<FilledStore> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const file = join(folder, 'sessions.sqlite3');
  const database = new Database(file);
  for (const pragma of ['journal_mode = WAL', 'synchronous = NORMAL']) database.pragma(pragma);
  const { db, fill } = await kysely(new SqliteDialect({ database }));
  return {
    store: kyselySessions(db),
    fill,
    heldBytes: async () => {
      database.pragma('wal_checkpoint(TRUNCATE)');
      return statSync(file).size;
    },
    close: async () => {
      await db.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function openPostgres(): Promise<FilledStore> {
  const server = await startPostgres({ args: ['-c', 'shared_buffers=512MB', '-c', 'max_wal_size=4GB'] });
  const pool = new pg.Pool({ connectionString: server.url, max: 10 });
  const { db, fill } = await kysely(new PostgresDialect({ pool }));
  return {
    store: kyselySessions(db),
    fill,
    heldBytes: async () => Number((await pool.query<{ bytes: string }>("select pg_total_relation_size('auth_sessions') as bytes")).rows[0]?.bytes),
    close: async () => {
      await db.destroy();
      await server.stop();
    },
  };
}

async function openRedis(): Promise<FilledStore> {
  const server = await startRedis();
  const client = new Redis(server.url);
  const usedBytes = async (): Promise<number> => Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
  const before = await usedBytes();
  return {
    store: redisSessions(client),
    heldBytes: async () => (await usedBytes()) - before,
    close: async () => {
      client.disconnect();
      await server.stop();
    },
  };
}

/** How each store is opened, by the name it has in the tables. */
export const openers: Readonly<Record<string, () => Promise<FilledStore>>> = { memory: openMemory, SQLite: openSqlite, PostgreSQL: openPostgres, Redis: openRedis };
