import { hashPassword } from 'trpc-jwt-auth/passwords';
import type { UserWithHash } from 'trpc-jwt-auth/passwords';

import type { AppDatabase } from './database.js';

export interface User {
  id: number;
  username: string;
  email: string;
  isActive: boolean;
}

export interface UserStore {
  byName: (username: string) => Promise<User | null>;
  withHash: (username: string) => Promise<UserWithHash<User> | null>;
  saveHash: (user: User, passwordHash: string, replacedHash: string) => Promise<void>;
}

export function userStore(db: AppDatabase): UserStore {
  const withHash = async (username: string): Promise<UserWithHash<User> | null> => {
    const row = await db.selectFrom('users').selectAll().where('username', '=', username).executeTakeFirst();
    if (row === undefined) return null;
    return { user: { id: row.id, username: row.username, email: row.email, isActive: row.is_active === 1 }, passwordHash: row.password_hash };
  };
  return {
    withHash,
    byName: async (username) => (await withHash(username))?.user ?? null,
    saveHash: async (user, passwordHash, replacedHash) => {
      // Only over the hash it replaces: a password changed meanwhile stays changed.
      await db.updateTable('users').set({ password_hash: passwordHash }).where('id', '=', user.id).where('password_hash', '=', replacedHash).execute();
    },
  };
}

/** Two users to try the app with; a start that finds them changes nothing. */
export async function seedUsers(db: AppDatabase): Promise<void> {
  const seeds = [
    { username: 'testuser', password: 'testpass123', is_active: 1 },
    { username: 'disabled', password: 'testpass123', is_active: 0 },
  ];
  for (const { username, password, is_active } of seeds) {
    const known = await db.selectFrom('users').select('id').where('username', '=', username).executeTakeFirst();
    if (known !== undefined) continue;
    const row = { username, email: `${username}@example.com`, password_hash: await hashPassword(password), is_active };
    await db.insertInto('users').values(row).onConflict((conflict) => conflict.column('username').doNothing()).execute();
  }
}
