import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Migrator } from 'kysely';
import { sessionMigrations, throttleMigrations } from 'trpc-jwt-auth/stores/kysely';
import { afterAll } from 'vitest';

import { orNotRun } from '../servers/not-run.js';
import { startPostgres } from '../servers/postgres-server.js';
import { startRedis } from '../servers/redis-server.js';
import type { ServerProcess } from '../servers/server-process.js';
import { startApp } from './app-process.js';
import type { AppProcess } from './app-process.js';
import type { AppOptions } from './app-server.js';
import { connectStore, openDatabase } from './store-connection.js';
import type { StoreAddress, StoreConnection } from './store-connection.js';

/** A store of a suite's own that server processes share. */
export interface ChaosStore {
  readonly name: string;
  /** The client each server process takes in turn. */
  readonly addresses: readonly [StoreAddress, StoreAddress];
}

export interface ServedStore extends ChaosStore {
  readonly server: ServerProcess;
}

async function migrate(client: 'pg' | 'libsql', url: string): Promise<void> {
  const db = openDatabase(client, url);
  const migrations = { ...sessionMigrations, ...throttleMigrations };
  const { error } = await new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations) } }).migrateToLatest();
  await db.destroy();
  if (error !== undefined) throw error;
}

/** A Redis, reached by ioredis from one server process and by node-redis from the other; null where there is none to be had. */
export async function openRedis(...args: string[]): Promise<ServedStore | null> {
  const server = await orNotRun(() => startRedis({ args }), 'chaos with Redis');
  if (server === null) return null;
  afterAll(() => server.stop());
  const { url } = server;
  return { name: 'Redis', server, addresses: [{ client: 'ioredis', url }, { client: 'node-redis', url }] };
}

/** A PostgreSQL with its tables; null where there is none to be had. */
export async function openPostgres(): Promise<ServedStore | null> {
  const server = await orNotRun(startPostgres, 'chaos with PostgreSQL');
  if (server === null) return null;
  afterAll(() => server.stop());
  const address = { client: 'pg', url: server.url } as const;
  await migrate(address.client, address.url);
  return { name: 'PostgreSQL', server, addresses: [address, address] };
}

/** A file of SQLite with its tables. */
export async function openSqlite(): Promise<ChaosStore> {
  const dir = mkdtempSync(join(tmpdir(), 'chaos-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const address = { client: 'libsql', url: join(dir, 'sessions.sqlite3') } as const;
  await migrate(address.client, address.url);
  return { name: 'SQLite', addresses: [address, address] };
}

/** The test's own look into a store, and two server processes over it. */
export interface Scene {
  readonly apps: readonly [AppProcess, AppProcess];
  readonly truth: StoreConnection['sessions'];
  readonly close: () => Promise<void>;
}

/** Starts two server processes over a store. */
export async function openScene(store: ChaosStore, options: Omit<AppOptions, 'store'> = {}): Promise<Scene> {
  const [first, second] = store.addresses;
  const apps = await Promise.all([startApp({ ...options, store: first }), startApp({ ...options, store: second })]);
  const own = connectStore(first);
  await own.ready;
  return {
    apps,
    truth: own.sessions,
    close: async () => {
      await Promise.all([...apps.map((app) => app.stop()), own.close()]);
    },
  };
}
