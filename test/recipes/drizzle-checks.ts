import { recipeModule, runChecks } from './check-process.js';
import { userTableChecks } from './user-table-checks.js';
import type { Users } from './user-table-checks.js';

interface Client {
  execute: (statement: string | { sql: string; args: string[] }) => Promise<{ rows: { password_hash?: string }[] }>;
}

const users = await recipeModule<Users & { db: { $client: Client } }>('./users.js');
const client = users.db.$client;

// As `drizzle-kit push` makes it of the schema.
await client.execute('CREATE TABLE users (id integer PRIMARY KEY AUTOINCREMENT NOT NULL, username text NOT NULL, email text, is_active integer DEFAULT true NOT NULL, password_hash text NOT NULL)');
await client.execute('CREATE UNIQUE INDEX users_username_unique ON users (username)');

const change = async (sql: string, args: string[]): Promise<void> => {
  await client.execute({ sql, args });
};
await runChecks(
  userTableChecks(users, {
    hashOf: async (username) => String((await client.execute({ sql: 'SELECT password_hash FROM users WHERE username = ?', args: [username] })).rows[0]?.password_hash),
    setHash: (username, passwordHash) => change('UPDATE users SET password_hash = ? WHERE username = ?', [passwordHash, username]),
    disable: (username) => change('UPDATE users SET is_active = 0 WHERE username = ?', [username]),
  }),
);
