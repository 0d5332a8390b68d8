import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';

import { Redis } from 'ioredis';
import { Kysely, Migrator, PostgresDialect, SqliteDialect } from 'kysely';
import type { Dialect } from 'kysely';
import Database from 'libsql';
import pg from 'pg';
import type { SessionRecord, SessionStore } from 'trpc-jwt-auth';
import { kyselySessions, sessionMigrations } from 'trpc-jwt-auth/stores/kysely';
import type { AuthSessionsDatabase } from 'trpc-jwt-auth/stores/kysely';
import { memorySessions } from 'trpc-jwt-auth/stores/memory';
import { redisSessions } from 'trpc-jwt-auth/stores/redis';

import { newSessionId } from '../src/core/session-store.js';
import { startPostgres } from '../test/servers/postgres-server.js';
import { startRedis } from '../test/servers/redis-server.js';

/* A look-up and a rotation in each store, from a thousand to a million sessions: npx tsx --expose-gc bench/session-stores.ts */

const { values } = parseArgs({
  options: { only: { type: 'string', default: 'memory,sqlite,postgresql,redis' }, sizes: { type: 'string', default: '1000,10000,100000,1000000' } },
});
const sizes = values.sizes.split(',').map(Number);
const LOOKUPS = 4000;
const ROTATIONS = 2000;
const DAY_MS = 86_400_000;
const now = Date.now();

interface Bench {
  readonly store: SessionStore;
  /** Adds sessions faster than one by one, where the store has a way. */
  readonly fill?: (sessions: readonly SessionRecord[]) => Promise<void>;
  /** What it holds now, in bytes. */
  readonly bytes: () => Promise<number>;
  readonly close: () => Promise<void>;
}

function newSession(index: number): SessionRecord {
  const userId = String(Math.floor(index / 2));
  return {
    id: newSessionId(userId),
    userId,
    generation: 1,
    confirmedAt: now,
    graces: [],
    createdAt: now,
    lastUsedAt: now,
    expiresAt: now + 7 * DAY_MS,
    clientAddress: `198.51.100.${index % 256}`,
    // A copy, as each request's header is one; else all sessions would share a string.
    userAgent: Buffer.from('Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36').toString(),
  };
}

async function kysely(dialect: Dialect): Promise<{ db: Kysely<AuthSessionsDatabase>; fill: NonNullable<Bench['fill']> }> {
  const db = new Kysely<AuthSessionsDatabase>({ dialect });
  const { error } = await new Migrator({ db, provider: { getMigrations: () => Promise.resolve(sessionMigrations) } }).migrateToLatest();
  if (error !== undefined) throw error;
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

const stores: Readonly<Record<string, () => Promise<Bench>>> = {
  memory: () => {
    const heap = (): number => {
      globalThis.gc?.();
      return process.memoryUsage().heapUsed;
    };
    const before = heap();
    return Promise.resolve({ store: memorySessions(), bytes: () => Promise.resolve(heap() - before), close: () => Promise.resolve() });
  },
  sqlite: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bench-'));
    const file = join(folder, 'sessions.sqlite3');
    const database = new Database(file);
    for (const pragma of ['journal_mode = WAL', 'synchronous = NORMAL']) database.pragma(pragma);
    const { db, fill } = await kysely(new SqliteDialect({ database }));
    return {
      store: kyselySessions(db),
      fill,
      bytes: () => {
        database.pragma('wal_checkpoint(TRUNCATE)');
        return Promise.resolve(statSync(file).size);
      },
      close: async () => {
        await db.destroy();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
  postgresql: async () => {
    const server = await startPostgres({ args: ['-c', 'shared_buffers=512MB', '-c', 'max_wal_size=4GB'] });
    const pool = new pg.Pool({ connectionString: server.url, max: 10 });
    const { db, fill } = await kysely(new PostgresDialect({ pool }));
    return {
      store: kyselySessions(db),
      fill,
      bytes: async () => Number((await pool.query<{ bytes: string }>("select pg_total_relation_size('auth_sessions') as bytes")).rows[0]?.bytes),
      close: async () => {
        await db.destroy();
        await server.stop();
      },
    };
  },
  redis: async () => {
    const server = await startRedis();
    const client = new Redis(server.url);
    const used = async (): Promise<number> => Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
    const before = await used();
    return {
      store: redisSessions(client),
      bytes: async () => (await used()) - before,
      close: async () => {
        client.disconnect();
        await server.stop();
      },
    };
  },
};

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** Medians of one call after the other, in microseconds. */
async function timed(times: number, call: (index: number) => Promise<unknown>): Promise<number> {
  const took: number[] = [];
  for (let index = 0; index < times; index += 1) {
    const start = performance.now();
    await call(index);
    took.push((performance.now() - start) * 1000);
  }
  return median(took);
}

console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'processor'}; medians of ${LOOKUPS} look-ups and ${ROTATIONS} rotations, one after the other`);
console.log('| Store | Sessions | Look-up µs | Rotation µs | MB |\n|---|---|---|---|---|');
for (const name of values.only.split(',')) {
  const open = stores[name];
  if (open === undefined) throw new Error(`There is no store "${name}"; there are ${Object.keys(stores).join(', ')}.`);
  const { store, fill, bytes, close } = await open();
  try {
    const sample: { id: string; generation: number }[] = [];
    let count = 0;
    for (const size of sizes) {
      while (count < size) {
        const sessions = Array.from({ length: Math.min(1000, size - count) }, (_each, index) => newSession(count + index));
        if (fill === undefined) await Promise.all(sessions.map((session) => store.create(session)));
        else await fill(sessions);
        count += sessions.length;
        // Spread over all there are.
        for (const { id } of sessions) if (sample.length < 1000 || Math.random() < 1000 / count) sample[sample.length < 1000 ? sample.length : Math.floor(Math.random() * 1000)] = { id, generation: 1 };
        if (process.stderr.isTTY) process.stderr.write(`\r${name}: ${count} of ${size} sessions `);
      }
      const pick = (): { id: string; generation: number } => sample[Math.floor(Math.random() * sample.length)] ?? { id: '', generation: 0 };
      await timed(500, () => store.find(pick().id, now));
      const lookup = await timed(LOOKUPS, async () => {
        if ((await store.find(pick().id, now)) === null) throw new Error('a session is gone');
      });
      const rotation = await timed(ROTATIONS, async () => {
        const session = pick();
        if (!(await store.rotate(session.id, session.generation, { graces: [], lastUsedAt: now, expiresAt: now + 7 * DAY_MS }))) throw new Error('not rotated');
        session.generation += 1;
      });
      if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
      console.log(`| ${name} | ${size.toLocaleString('en')} | ${lookup.toFixed(1)} | ${rotation.toFixed(1)} | ${((await bytes()) / 1e6).toFixed(1)} |`);
    }
  } finally {
    await close();
  }
}
