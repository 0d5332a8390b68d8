import { EventEmitter } from 'node:events';

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
  /** The version of a user's notes, unless it is the known one, and each that follows, until the signal. */
  versions: (userId: number, known: string | undefined, signal: AbortSignal | undefined) => AsyncGenerator<string, void>;
}

/** How soon a change is seen that another process has made; one of this process is seen at once. */
const LOOK_AGAIN_MS = 1000;

export function noteStore(db: AppDatabase): NoteStore {
  const columns = ['id', 'text', 'created_at as createdAt'] as const;
  const changes = new EventEmitter().setMaxListeners(0);

  // No log of changes, which would have to be cut somewhere: as no id is given twice and no note is edited, the newest id and the number of
  // notes tell one set of notes from every other, whichever process changed it. Who was away learns that it is another one, and reads it.
  const versionOf = async (userId: number): Promise<string> => {
    const notes = db.selectFrom('notes').where('user_id', '=', userId);
    const { newest, count } = await notes.select(({ fn }) => [fn.max('id').as('newest'), fn.countAll().as('count')]).executeTakeFirstOrThrow();
    return `${newest ?? 0}-${count}`;
  };
  const nextLook = (userId: number, signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        clearTimeout(timer);
        changes.off(String(userId), look);
        signal?.removeEventListener('abort', look);
        resolve();
      };
      const timer = setTimeout(look, LOOK_AGAIN_MS);
      changes.on(String(userId), look);
      signal?.addEventListener('abort', look);
    });

  return {
    list: (userId) => db.selectFrom('notes').select(columns).where('user_id', '=', userId).orderBy('id', 'desc').limit(200).execute(),
    add: async (userId, text) => {
      const note = await db.insertInto('notes').values({ user_id: userId, text, created_at: new Date().toISOString() }).returning(columns).executeTakeFirstOrThrow();
      changes.emit(String(userId));
      return note;
    },
    delete: async (userId, id) => {
      const { numDeletedRows } = await db.deleteFrom('notes').where('id', '=', id).where('user_id', '=', userId).executeTakeFirst();
      changes.emit(String(userId));
      return numDeletedRows > 0n;
    },
    versions: async function* (userId, known, signal) {
      let last = known;
      while (signal?.aborted !== true) {
        // Before the notes are read: what changes meanwhile is looked for again.
        const look = nextLook(userId, signal);
        const version = await versionOf(userId);
        if (version !== last) yield version;
        last = version;
        await look;
      }
    },
  };
}
