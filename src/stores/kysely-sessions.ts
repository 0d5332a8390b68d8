import type { Kysely, Migration } from 'kysely';

import type { Grace, SessionRecord, SessionStore } from '../core/session-store.js';
import { timesOf } from './database-times.js';

/** The table of `sessionMigrations`; times are epoch milliseconds, `graces` is JSON. */
export interface AuthSessionsTable {
  id: string;
  user_id: string;
  generation: number;
  confirmed_at: number | string | null;
  graces: string;
  created_at: number | string;
  last_used_at: number | string;
  expires_at: number | string;
  client_address: string | null;
  user_agent: string | null;
}

/** A database with the sessions' table; an app's own database type may have more tables. */
export interface AuthSessionsDatabase {
  auth_sessions: AuthSessionsTable;
}

/**
 * The table's migrations for Kysely's Migrator, by version; applied once each, in order, never changed after a release.
 *
 * @example
 * ```ts
 * import { Migrator, type Kysely } from 'kysely';
 * import { sessionMigrations, type AuthSessionsDatabase } from 'trpc-jwt-auth/stores/kysely';
 *
 * const migrate = (db: Kysely<AuthSessionsDatabase>) =>
 *   new Migrator({ db, provider: { getMigrations: () => Promise.resolve(sessionMigrations) } }).migrateToLatest();
 * ```
 */
export const sessionMigrations: Readonly<Record<string, Migration>> = {
  trpc_jwt_auth_0001_sessions: {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .createTable('auth_sessions')
        .addColumn('id', 'varchar(64)', (column) => column.primaryKey())
        .addColumn('user_id', 'varchar(255)', (column) => column.notNull())
        .addColumn('generation', 'integer', (column) => column.notNull())
        .addColumn('confirmed_at', 'bigint')
        .addColumn('graces', 'text', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('last_used_at', 'bigint', (column) => column.notNull())
        .addColumn('expires_at', 'bigint', (column) => column.notNull())
        .addColumn('client_address', 'varchar(64)')
        .addColumn('user_agent', 'text')
        .execute();
      await db.schema.createIndex('auth_sessions_user_id').on('auth_sessions').column('user_id').execute();
      await db.schema.createIndex('auth_sessions_expires_at').on('auth_sessions').column('expires_at').execute();
    },
    down: async (db: Kysely<unknown>) => {
      await db.schema.dropTable('auth_sessions').execute();
    },
  },
};

// PostgreSQL's drivers give a bigint as a string; epoch milliseconds fit a number for longer than tokens will.
function toRecord(row: AuthSessionsTable): SessionRecord {
  return {
    id: row.id,
    userId: row.user_id,
    generation: row.generation,
    confirmedAt: row.confirmed_at === null ? null : Number(row.confirmed_at),
    graces: JSON.parse(row.graces) as Grace[],
    createdAt: Number(row.created_at),
    lastUsedAt: Number(row.last_used_at),
    expiresAt: Number(row.expires_at),
    clientAddress: row.client_address,
    userAgent: row.user_agent,
  };
}

/**
 * Sessions in a SQL database, SQLite or PostgreSQL, for any number of processes; every verb is one statement.
 *
 * @param db - the app's Kysely instance, with `sessionMigrations` applied
 * @example
 * ```ts
 * import type { Kysely } from 'kysely';
 * import { kyselySessions, type AuthSessionsDatabase } from 'trpc-jwt-auth/stores/kysely';
 *
 * const storeOf = (db: Kysely<AuthSessionsDatabase>) => kyselySessions(db);
 * ```
 */
export function kyselySessions<Database extends AuthSessionsDatabase>(db: Kysely<Database>): SessionStore {
  // Within this file the database is nothing but its one table.
  const sessions = db as unknown as Kysely<AuthSessionsDatabase>;
  const { laterOf, earlierOf } = timesOf(sessions);
  return {
    create: async (session) => {
      await sessions
        .insertInto('auth_sessions')
        .values({
          id: session.id,
          user_id: session.userId,
          generation: session.generation,
          confirmed_at: session.confirmedAt,
          graces: JSON.stringify(session.graces),
          created_at: session.createdAt,
          last_used_at: session.lastUsedAt,
          expires_at: session.expiresAt,
          client_address: session.clientAddress,
          user_agent: session.userAgent,
        })
        .execute();
    },
    find: async (id, now) => {
      const row = await sessions.selectFrom('auth_sessions').selectAll().select(laterOf(now).as('read_at')).where('id', '=', id).where('expires_at', '>', laterOf(now)).executeTakeFirst();
      return row === undefined ? null : { readAt: Number(row.read_at), ...toRecord(row) };
    },
    rotate: async (id, fromGeneration, change) => {
      const { numUpdatedRows } = await sessions
        .updateTable('auth_sessions')
        .set({
          generation: fromGeneration + 1,
          confirmed_at: null,
          graces: JSON.stringify(change.graces),
          last_used_at: change.lastUsedAt,
          expires_at: change.expiresAt,
        })
        .where('id', '=', id)
        .where('generation', '=', fromGeneration)
        .where('expires_at', '>', laterOf(change.lastUsedAt))
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
    confirm: async (id, generation, confirmedAt) => {
      await sessions
        .updateTable('auth_sessions')
        .set({ confirmed_at: confirmedAt })
        .where('id', '=', id)
        .where('generation', '=', generation)
        .where('confirmed_at', 'is', null)
        .execute();
    },
    revoke: async (id, userId) => {
      let query = sessions.deleteFrom('auth_sessions').where('id', '=', id);
      if (userId !== undefined) query = query.where('user_id', '=', userId);
      return (await query.executeTakeFirst()).numDeletedRows > 0n;
    },
    revokeUser: async (userId, exceptId) => {
      let query = sessions.deleteFrom('auth_sessions').where('user_id', '=', userId);
      if (exceptId !== undefined) query = query.where('id', '!=', exceptId);
      return Number((await query.executeTakeFirst()).numDeletedRows);
    },
    list: async (userId, now) => {
      const rows = await sessions
        .selectFrom('auth_sessions')
        .selectAll()
        .where('user_id', '=', userId)
        .where('expires_at', '>', laterOf(now))
        .orderBy('last_used_at', 'desc')
        .execute();
      return rows.map(toRecord);
    },
    deleteExpired: async (now, limit) => {
      const expired = sessions.selectFrom('auth_sessions').select('id').where('expires_at', '<=', earlierOf(now)).limit(limit);
      return Number((await sessions.deleteFrom('auth_sessions').where('id', 'in', expired).executeTakeFirst()).numDeletedRows);
    },
  };
}
