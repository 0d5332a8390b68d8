import { Redis } from 'ioredis';
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely';
import Database from 'libsql';
import pg from 'pg';
import { createClient } from 'redis';
import { kyselySessions, kyselyThrottle } from 'trpc-jwt-auth/stores/kysely';
import type { AuthSessionsDatabase, AuthThrottleDatabase } from 'trpc-jwt-auth/stores/kysely';
import { redisSessions, redisThrottle } from 'trpc-jwt-auth/stores/redis';

import type { SessionStore } from '../../src/core/session-store.js';
import type { ThrottleStore } from '../../src/core/throttle-store.js';

/** Where a store is, and by which client it is reached. */
export interface StoreAddress {
  readonly client: 'ioredis' | 'node-redis' | 'pg' | 'libsql';
  readonly url: string;
}

export interface StoreConnection {
  /** Once it can be asked: a server that listens earlier answers 503. */
  readonly ready: Promise<unknown>;
  readonly sessions: SessionStore;
  readonly throttle: ThrottleStore;
  readonly close: () => Promise<void>;
}

const RECONNECT_MS = 100;
const BUSY_MS = 1000;

/** Connects as an app should: nothing is queued for a store that is away, and its going away is no uncaught error. */
export function connectStore({ client, url }: StoreAddress): StoreConnection {
  if (client === 'ioredis') {
    const redis = new Redis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 0, retryStrategy: () => RECONNECT_MS });
    redis.on('error', () => undefined);
    const ready = new Promise((resolve) => redis.once('ready', resolve));
    return { ready, sessions: redisSessions(redis), throttle: redisThrottle(redis), close: async () => redis.disconnect() };
  }
  if (client === 'node-redis') {
    const redis = createClient({ url, disableOfflineQueue: true, socket: { reconnectStrategy: RECONNECT_MS } });
    redis.on('error', () => undefined);
    // It goes on trying by itself, and rejects only when it is closed.
    const ready = redis.connect().catch(() => undefined);
    return { ready, sessions: redisSessions(redis), throttle: redisThrottle(redis), close: async () => redis.destroy() };
  }
  const db = openDatabase(client, url);
  return { ready: Promise.resolve(), sessions: kyselySessions(db), throttle: kyselyThrottle(db), close: () => db.destroy() };
}

/** The database of sessions and limits; `url` is a file's path for libsql. */
export function openDatabase(client: 'pg' | 'libsql', url: string): Kysely<AuthSessionsDatabase & AuthThrottleDatabase> {
  if (client === 'libsql') {
    const database = new Database(url);
    database.pragma(`busy_timeout = ${BUSY_MS}`);
    database.pragma('journal_mode = WAL');
    // As durable as a process that is killed needs it.
    database.pragma('synchronous = NORMAL');
    return new Kysely({ dialect: new SqliteDialect({ database }) });
  }
  // No time limits of its own: those of the package must do.
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  pool.on('error', () => undefined);
  // The pool listens to idle clients alone: one that is taken and not asked yet would end the process when PostgreSQL ends its connection.
  pool.on('connect', (connected) => connected.on('error', () => undefined));
  return new Kysely({ dialect: new PostgresDialect({ pool }) });
}
