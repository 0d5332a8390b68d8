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
  recordLogin: (user: User) => Promise<void>;
  /** A hash of each format and cost there is. */
  storedHashes: readonly string[];
}

export function userStore(db: AppDatabase): UserStore {
  const withHash = async (username: string): Promise<UserWithHash<User> | null> => {
    const row = await db.selectFrom('users').selectAll().where('username', '=', username).executeTakeFirst();
    if (row === undefined) return null;
    return { user: { id: row.id, username: row.username, email: row.email, isActive: row.is_active === 1 }, passwordHash: row.password_hash };
  };
  return {
    // All were made by hashPassword.
    storedHashes: [],
    withHash,
    byName: async (username) => (await withHash(username))?.user ?? null,
    saveHash: async (user, passwordHash, replacedHash) => {
      // Only over the hash it replaces: a password changed meanwhile stays changed.
      await db.updateTable('users').set({ password_hash: passwordHash }).where('id', '=', user.id).where('password_hash', '=', replacedHash).execute();
    },
    recordLogin: async (user) => {
      await db.updateTable('users').set({ last_login: new Date().toISOString() }).where('id', '=', user.id).execute();
    },
  };
}

/** Two users to try the app with, for an empty table only: whoever deletes them does not find a known password again. */
export async function seedUsers(db: AppDatabase): Promise<void> {
  if ((await db.selectFrom('users').select('id').limit(1).executeTakeFirst()) !== undefined) return;
  const password_hash = await hashPassword('testpass123');
  const rows = [
    { username: 'testuser', email: 'testuser@example.com', password_hash, is_active: 1 },
    { username: 'disabled', email: 'disabled@example.com', password_hash, is_active: 0 },
  ];
  // Another process may be at its first start too.
  await db.insertInto('users').values(rows).onConflict((conflict) => conflict.column('username').doNothing()).execute();
}
