import type { Kysely, Migration } from 'kysely';

import type { TicketStore } from '../core/ticket-store.js';
import { isPostgres, timesOf } from './database-times.js';

/** The table of `ticketMigrations`; `expires_at` is epoch milliseconds. */
export interface AuthTicketsTable {
  id: string;
  statement: string;
  expires_at: number | string;
}

/** A database with the tickets' table; an app's own database type may have more tables. */
export interface AuthTicketsDatabase {
  auth_tickets: AuthTicketsTable;
}

/**
 * The table's migrations for Kysely's Migrator, by version; applied once each, in order, never changed after a release.
 *
 * @example
 * ```ts
 * import { Migrator, type Kysely } from 'kysely';
 * import { sessionMigrations, ticketMigrations, type AuthSessionsDatabase, type AuthTicketsDatabase } from 'trpc-jwt-auth/stores/kysely';
 *
 * const migrations = { ...sessionMigrations, ...ticketMigrations };
 * const migrate = (db: Kysely<AuthSessionsDatabase & AuthTicketsDatabase>) =>
 *   new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations) } }).migrateToLatest();
 * ```
 */
export const ticketMigrations: Readonly<Record<string, Migration>> = {
  trpc_jwt_auth_0003_tickets: {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .createTable('auth_tickets')
        .addColumn('id', 'varchar(64)', (column) => column.primaryKey())
        .addColumn('statement', 'text', (column) => column.notNull())
        .addColumn('expires_at', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema.createIndex('auth_tickets_expires_at').on('auth_tickets').column('expires_at').execute();
    },
    down: async (db: Kysely<unknown>) => {
      await db.schema.dropTable('auth_tickets').execute();
    },
  },
};

/**
 * Tickets in a SQL database, SQLite or PostgreSQL, for any number of processes; every verb is one statement.
 *
 * @param db - the app's Kysely instance, with `ticketMigrations` applied
 * @example
 * ```ts
 * import type { Kysely } from 'kysely';
 * import { kyselyTickets, type AuthTicketsDatabase } from 'trpc-jwt-auth/stores/kysely';
 *
 * const storeOf = (db: Kysely<AuthTicketsDatabase>) => kyselyTickets(db);
 * ```
 */
export function kyselyTickets<Database extends AuthTicketsDatabase>(db: Kysely<Database>): TicketStore {
  // Within this file the database is nothing but its one table.
  const tickets = db as unknown as Kysely<AuthTicketsDatabase>;
  const { laterOf, earlierOf } = timesOf(tickets);
  return {
    create: async ({ id, statement, expiresAt }) => {
      await tickets.insertInto('auth_tickets').values({ id, statement, expires_at: expiresAt }).execute();
    },
    take: async (id, now) => {
      // Whether it has expired or not: what was presented is spent, for a server whose clock is behind as well.
      const row = await tickets.deleteFrom('auth_tickets').where('id', '=', id).returning(['statement', 'expires_at', laterOf(now).as('taken_at')]).executeTakeFirst();
      return row !== undefined && Number(row.taken_at) < Number(row.expires_at) ? row.statement : null;
    },
    deleteExpired: async (now, limit) => {
      let expired = tickets.selectFrom('auth_tickets').select('id').where('expires_at', '<=', earlierOf(now)).limit(limit);
      // Two sweeps that waited for each other's rows would be a deadlock.
      if (isPostgres(tickets)) expired = expired.forUpdate().skipLocked();
      return Number((await tickets.deleteFrom('auth_tickets').where('id', 'in', expired).executeTakeFirst()).numDeletedRows);
    },
  };
}
