import { createBoundedCache } from '../core/bounded-cache.js';
import { ConfigurationError } from '../core/errors.js';
import type { Grace, SessionRecord, SessionStore } from '../core/session-store.js';

/** What `memorySessions` takes. */
export interface MemorySessionsOptions {
  /** How many sessions are kept at once; the least recently used makes room for a new one. @default 1_000_000 */
  readonly mostSessions?: number;
}

/** How many expired sessions one `create` sweeps up at the most. */
const SWEPT_AT_ONCE = 2;
/** How many sessions one `deleteExpired` looks at; the next goes on from there, so that none holds up the process. */
const MOST_EXAMINED = 10_000;
const KNOWN_TEXTS = 10_000;
const NO_GRACES: readonly Grace[] = Object.freeze([]);

/**
 * Sessions in this process's memory: for one process, and gone with it.
 *
 * @throws ConfigurationError for a bound that is no whole number from 1
 * @example
 * ```ts
 * import { memorySessions } from 'trpc-jwt-auth/stores/memory';
 *
 * const store = memorySessions({ mostSessions: 100_000 });
 * ```
 */
export function memorySessions(options: MemorySessionsOptions = {}): SessionStore {
  const { mostSessions = 1_000_000 } = options;
  if (!Number.isSafeInteger(mostSessions) || mostSessions < 1) {
    throw new ConfigurationError(`memorySessions: mostSessions is ${JSON.stringify(mostSessions)}; give a whole number from 1.`);
  }
  // In the order of last use: a Map keeps the order in which its keys were set.
  const sessions = new Map<string, SessionRecord>();
  const users = createUserIndex();
  let rest = sessions.values();
  // A million sessions have a few thousand browsers, and each request brings a copy of its header.
  const texts = createBoundedCache<string>(KNOWN_TEXTS);

  const shared = (text: string | null): string | null => {
    if (text === null) return null;
    const known = texts.get(text);
    if (known !== undefined) return known;
    texts.set(text, text);
    return text;
  };
  const remove = (session: SessionRecord): void => {
    sessions.delete(session.id);
    users.remove(session.userId, session.id);
  };
  const keep = (session: SessionRecord): void => {
    sessions.delete(session.id);
    sessions.set(session.id, session);
  };
  const sweep = (now: number, most: number): number => {
    let removed = 0;
    for (const session of sessions.values()) {
      if (removed >= most || session.expiresAt > now) break;
      remove(session);
      removed += 1;
    }
    return removed;
  };
  const liveOf = (userId: string): SessionRecord[] => users.idsOf(userId).flatMap((id) => sessions.get(id) ?? []);

  return {
    inMemory: true,
    create: async (session) => {
      sweep(session.createdAt, SWEPT_AT_ONCE);
      for (const oldest of sessions.values()) {
        if (sessions.size < mostSessions) break;
        remove(oldest);
      }
      keep({ ...session, graces: session.graces.length === 0 ? NO_GRACES : session.graces, userAgent: shared(session.userAgent) });
      users.add(session.userId, session.id);
    },
    find: async (id, now) => {
      const session = sessions.get(id);
      return session !== undefined && session.expiresAt > now ? { readAt: now, ...session } : null;
    },
    rotate: async (id, fromGeneration, change) => {
      const session = sessions.get(id);
      if (session?.generation !== fromGeneration || session.expiresAt <= change.lastUsedAt) return false;
      keep({ ...session, ...change, generation: fromGeneration + 1, confirmedAt: null });
      return true;
    },
    confirm: async (id, generation, confirmedAt) => {
      const session = sessions.get(id);
      if (session?.generation === generation && session.confirmedAt === null) sessions.set(id, { ...session, confirmedAt });
    },
    revoke: async (id, userId) => {
      const session = sessions.get(id);
      if (session === undefined || (userId !== undefined && session.userId !== userId)) return false;
      remove(session);
      return true;
    },
    revokeUser: async (userId, exceptId) => {
      const revoked = liveOf(userId).filter(({ id }) => id !== exceptId);
      for (const session of revoked) remove(session);
      return revoked.length;
    },
    list: async (userId, now) =>
      liveOf(userId)
        .filter((session) => session.expiresAt > now)
        .sort((a, b) => b.lastUsedAt - a.lastUsedAt),
    deleteExpired: async (now, limit) => {
      let removed = 0;
      for (let examined = 0; examined < MOST_EXAMINED && removed < limit; examined += 1) {
        const { done, value: session } = rest.next();
        if (done === true || session === undefined) {
          rest = sessions.values();
          break;
        }
        if (session.expiresAt > now) continue;
        remove(session);
        removed += 1;
      }
      return removed;
    },
  };
}

interface UserIndex {
  readonly add: (userId: string, id: string) => void;
  readonly remove: (userId: string, id: string) => void;
  readonly idsOf: (userId: string) => readonly string[];
}

/** The ids of each user's sessions; most users have one, which needs no set. */
function createUserIndex(): UserIndex {
  const users = new Map<string, string | Set<string>>();
  return {
    add: (userId, id) => {
      const ids = users.get(userId);
      if (ids === undefined) users.set(userId, id);
      else if (typeof ids === 'string') users.set(userId, new Set([ids, id]));
      else ids.add(id);
    },
    remove: (userId, id) => {
      const ids = users.get(userId);
      if (ids === id) users.delete(userId);
      else if (typeof ids === 'object' && ids.delete(id) && ids.size === 0) users.delete(userId);
    },
    idsOf: (userId) => {
      const ids = users.get(userId);
      return ids === undefined ? [] : typeof ids === 'string' ? [ids] : [...ids];
    },
  };
}
