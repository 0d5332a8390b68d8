import { once } from 'node:events';

import { Redis } from 'ioredis';
import { Kysely, Migrator, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { SessionStore, ThrottleStore, TicketStore } from 'trpc-jwt-auth';
import { kyselySessions, kyselyThrottle, kyselyTickets, sessionMigrations, throttleMigrations, ticketMigrations } from 'trpc-jwt-auth/stores/kysely';
import type { AuthSessionsDatabase, AuthThrottleDatabase, AuthTicketsDatabase } from 'trpc-jwt-auth/stores/kysely';
import { redisSessions, redisThrottle, redisTickets } from 'trpc-jwt-auth/stores/redis';

import type { AppDatabase } from './database.js';

const FIRST_CONNECTION_MS = 1000;

type AuthDatabase = AuthSessionsDatabase & AuthThrottleDatabase & AuthTicketsDatabase;

/** Where sessions, limits and tickets are kept. */
export interface AuthStores {
  sessions: SessionStore;
  throttle: ThrottleStore;
  tickets: TicketStore;
  /** For a person to read. */
  place: string;
  close: () => Promise<void>;
}

/** In Redis or PostgreSQL where a URL says so, else in the app's own database. */
export async function openAuthStores(db: AppDatabase, urls: { redisUrl?: string | undefined; databaseUrl?: string | undefined }): Promise<AuthStores> {
  if (urls.redisUrl !== undefined) return redisStores(urls.redisUrl);
  if (urls.databaseUrl !== undefined) return postgresStores(urls.databaseUrl);
  await migrate(db);
  return { ...kyselyStores(db), place: 'SQLite, beside the notes', close: () => Promise.resolve() };
}

async function redisStores(url: string): Promise<AuthStores> {
  // While Redis is away a command fails at once; the client goes on trying to reach it.
  const client = new Redis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 1 });
  onlyOnce(client, 'Redis');
  // The first requests would else come before the connection; one that can't be made is no reason not to start.
  await once(client, 'ready', { signal: AbortSignal.timeout(FIRST_CONNECTION_MS) }).catch(() => undefined);
  return {
    sessions: redisSessions(client),
    throttle: redisThrottle(client),
    tickets: redisTickets(client),
    place: `Redis at ${new URL(url).host}`,
    close: () => {
      client.disconnect();
      return Promise.resolve();
    },
  };
}

async function postgresStores(url: string): Promise<AuthStores> {
  const pool = new pg.Pool({ connectionString: url, connectionTimeoutMillis: 2000 });
  onlyOnce(pool, 'PostgreSQL');
  // A connection that breaks between two queries, where nobody else listens.
  pool.on('connect', (client) => client.on('error', () => undefined));
  const db = new Kysely<AuthDatabase>({ dialect: new PostgresDialect({ pool }) });
  await migrate(db);
  return { ...kyselyStores(db), place: `PostgreSQL at ${new URL(url).host}`, close: () => db.destroy() };
}

function kyselyStores<Database extends AuthDatabase>(db: Kysely<Database>): Pick<AuthStores, 'sessions' | 'throttle' | 'tickets'> {
  return { sessions: kyselySessions(db), throttle: kyselyThrottle(db), tickets: kyselyTickets(db) };
}

const MIGRATION_TRIES = 5;

async function migrate<Database extends AuthDatabase>(db: Kysely<Database>): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve({ ...sessionMigrations, ...throttleMigrations, ...ticketMigrations }) },
    migrationTableName: 'trpc_jwt_auth_migration',
    migrationLockTableName: 'trpc_jwt_auth_migration_lock',
  });
  for (let tries = 1; ; tries += 1) {
    const { error } = await migrator.migrateToLatest();
    if (error === undefined) return;
    // SQLite has no lock for migrations: an instance that starts at the same time may be making the tables.
    if (tries === MIGRATION_TRIES) throw error;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Without a listener an error of the connection would end the process; one line is enough for a store that is away. */
function onlyOnce(client: { on: (event: 'error', listener: (error: Error) => void) => unknown }, name: string): void {
  let last = '';
  client.on('error', ({ message }) => {
    if (message !== last) console.error(`${name}: ${message}`);
    last = message;
  });
}
