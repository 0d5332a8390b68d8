import type { AppDatabase } from './database.js';

export interface Note {
  id: number;
  text: string;
  createdAt: string;
}

export interface NoteStore {
  list: (userId: number) => Promise<Note[]>;
  add: (userId: number, text: string) => Promise<Note>;
  delete: (userId: number, id: number) => Promise<boolean>;
}

export function noteStore(db: AppDatabase): NoteStore {
  const columns = ['id', 'text', 'created_at as createdAt'] as const;
  return {
    list: (userId) => db.selectFrom('notes').select(columns).where('user_id', '=', userId).orderBy('id', 'desc').limit(200).execute(),
    add: (userId, text) =>
      db.insertInto('notes').values({ user_id: userId, text, created_at: new Date().toISOString() }).returning(columns).executeTakeFirstOrThrow(),
    delete: async (userId, id) => {
      const { numDeletedRows } = await db.deleteFrom('notes').where('id', '=', id).where('user_id', '=', userId).executeTakeFirst();
      return numDeletedRows > 0n;
    },
  };
}
