import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

import { Kysely, SqliteDialect } from 'kysely';
import type { Generated } from 'kysely';
import Database from 'libsql';
import type { AuthSessionsDatabase, AuthThrottleDatabase, AuthTicketsDatabase } from 'trpc-jwt-auth/stores/kysely';

interface Tables extends AuthSessionsDatabase, AuthThrottleDatabase, AuthTicketsDatabase {
  users: {
    id: Generated<number>;
    username: string;
    email: string;
    password_hash: string;
    is_active: number;
    last_login: string | null;
  };
  notes: {
    id: Generated<number>;
    user_id: number;
    text: string;
    created_at: string;
  };
}

export type AppDatabase = Kysely<Tables>;

/** Opens the SQLite file, and makes it and its tables where there are none yet; without the table of users where these are somewhere else. */
export async function openDatabase(file: string, { hasUsers = true }: { hasUsers?: boolean } = {}): Promise<AppDatabase> {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const sqlite = new Database(file);
  sqlite.pragma('busy_timeout = 5000');
  sqlite.pragma('journal_mode = WAL');
  sqlite.pragma('foreign_keys = ON');
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: sqlite }) });
  if (hasUsers) {
    await db.schema
      .createTable('users')
      .ifNotExists()
      .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('username', 'text', (column) => column.notNull().unique())
      .addColumn('email', 'text', (column) => column.notNull())
      .addColumn('password_hash', 'text', (column) => column.notNull())
      .addColumn('is_active', 'integer', (column) => column.notNull().defaultTo(1))
      .addColumn('last_login', 'text')
      .execute();
  }
  await db.schema
    .createTable('notes')
    .ifNotExists()
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('user_id', 'integer', (column) => (hasUsers ? column.notNull().references('users.id').onDelete('cascade') : column.notNull()))
    .addColumn('text', 'text', (column) => column.notNull())
    .addColumn('created_at', 'text', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('notes_user_id').ifNotExists().on('notes').column('user_id').execute();
  return db;
}
