import { existsSync } from 'node:fs';

import { Kysely, SqliteDialect, sql } from 'kysely';
import Database from 'libsql';
import type { UserWithHash } from 'trpc-jwt-auth/passwords';

import type { User, UserStore } from './users.js';

interface DjangoTables {
  auth_user: {
    id: number;
    username: string;
    email: string;
    password: string;
    is_active: number;
    last_login: string | null;
  };
}

/** A user store with a connection of its own. */
export interface DjangoUsers extends UserStore {
  close: () => Promise<void>;
}

/** The users of a Django project's SQLite file, in the table `auth_user` as Django made it; passwords and `last_login` are all that is written there. */
export async function openDjangoUsers(file: string): Promise<DjangoUsers> {
  if (!existsSync(file)) throw new Error(`There is no file ${file}. Give the path of the Django project's SQLite file, as DATABASES has it in settings.py.`);
  const sqlite = new Database(file);
  sqlite.pragma('busy_timeout = 5000');
  const db = new Kysely<DjangoTables>({ dialect: new SqliteDialect({ database: sqlite }) });
  const tables = await db.introspection.getTables();
  if (!tables.some(({ name }) => name === 'auth_user')) throw new Error(`${file} has no table auth_user. Is it the Django project's file, and has "manage.py migrate" been run?`);

  const withHash = async (username: string): Promise<UserWithHash<User> | null> => {
    const row = await db.selectFrom('auth_user').selectAll().where('username', '=', username).executeTakeFirst();
    if (row === undefined) return null;
    return { user: { id: row.id, username: row.username, email: row.email, isActive: row.is_active === 1 }, passwordHash: row.password };
  };
  return {
    // One of each: what stands before the second "$" is a format and, but for argon2 and bcrypt, its cost.
    storedHashes: await db
      .selectFrom('auth_user')
      .select(({ fn }) => fn.max('password').as('password'))
      .where('password', 'not like', '!%')
      .groupBy(sql`substr(password, 1, instr(password, '$') + instr(substr(password, instr(password, '$') + 1), '$'))`)
      .execute()
      .then((rows) => rows.map(({ password }) => password)),
    withHash,
    byName: async (username) => (await withHash(username))?.user ?? null,
    saveHash: async (user, passwordHash, replacedHash) => {
      await db.updateTable('auth_user').set({ password: passwordHash }).where('id', '=', user.id).where('password', '=', replacedHash).execute();
    },
    recordLogin: async (user) => {
      // As Django writes it.
      const last_login = new Date().toISOString().replace('T', ' ').replace('Z', '000');
      await db.updateTable('auth_user').set({ last_login }).where('id', '=', user.id).execute();
    },
    close: () => db.destroy(),
  };
}
