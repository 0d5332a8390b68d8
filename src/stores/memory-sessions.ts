import { ConfigurationError } from '../core/errors.js';
import type { SessionRecord, SessionStore } from '../core/session-store.js';

/** What `memorySessions` takes. */
export interface MemorySessionsOptions {
  /** How many sessions are kept at once; the least recently used makes room for a new one. @default 1_000_000 */
  readonly mostSessions?: number;
}

/** How many expired sessions one `create` sweeps up at the most. */
const SWEPT_AT_ONCE = 2;

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
  const idsByUser = new Map<string, Set<string>>();

  const remove = (session: SessionRecord): void => {
    sessions.delete(session.id);
    const ids = idsByUser.get(session.userId);
    ids?.delete(session.id);
    if (ids?.size === 0) idsByUser.delete(session.userId);
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

  return {
    create: async (session) => {
      sweep(session.createdAt, SWEPT_AT_ONCE);
      for (const oldest of sessions.values()) {
        if (sessions.size < mostSessions) break;
        remove(oldest);
      }
      keep(session);
      const ids = idsByUser.get(session.userId);
      if (ids === undefined) idsByUser.set(session.userId, new Set([session.id]));
      else ids.add(session.id);
    },
    find: async (id, now) => {
      const session = sessions.get(id);
      return session !== undefined && session.expiresAt > now ? { ...session, readAt: now } : null;
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
      let revoked = 0;
      for (const id of [...(idsByUser.get(userId) ?? [])]) {
        const session = sessions.get(id);
        if (session === undefined || id === exceptId) continue;
        remove(session);
        revoked += 1;
      }
      return revoked;
    },
    list: async (userId, now) =>
      [...(idsByUser.get(userId) ?? [])]
        .flatMap((id) => sessions.get(id) ?? [])
        .filter((session) => session.expiresAt > now)
        .sort((a, b) => b.lastUsedAt - a.lastUsedAt),
    deleteExpired: async (now, limit) => {
      let removed = 0;
      for (const session of sessions.values()) {
        if (removed >= limit) break;
        if (session.expiresAt > now) continue;
        remove(session);
        removed += 1;
      }
      return removed;
    },
  };
}
