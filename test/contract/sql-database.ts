import { Kysely, Migrator, SqliteDialect } from 'kysely';
import type { Migration } from 'kysely';
import Database from 'libsql';

type Migrations = Readonly<Record<string, Migration>>;

export function migratorOf<Tables>(db: Kysely<Tables>, migrations: Migrations, migrationTableSchema?: string): Migrator {
  const provider = { getMigrations: () => Promise.resolve(migrations) };
  return new Migrator({ db, provider, ...(migrationTableSchema === undefined ? {} : { migrationTableSchema }) });
}

/** A database with the tables of these migrations. */
export async function migrated<Tables>(db: Kysely<Tables>, migrations: Migrations, schema?: string): Promise<Kysely<Tables>> {
  const { error } = await migratorOf(db, migrations, schema).migrateToLatest();
  if (error !== undefined) throw error;
  return db;
}

/** A database of SQLite that waits for another connection's write. */
export function sqlite<Tables>(file = ':memory:'): Kysely<Tables> {
  const database = new Database(file);
  database.exec('pragma busy_timeout = 5000');
  return new Kysely<Tables>({ dialect: new SqliteDialect({ database }) });
}
