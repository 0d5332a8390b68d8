import { createBoundedCache } from '../core/bounded-cache.js';
import type { Claims, SessionClaims } from '../core/claims.js';
import type { ResolvedSessions } from '../core/session-settings.js';
import type { FoundSession, RotationChange, SessionRecord } from '../core/session-store.js';
import type { ResolvedSettings } from '../core/settings.js';
import { createStoreGuard } from '../core/store-guard.js';
import { createSweep } from '../core/sweep.js';

/** The store as one process uses it: in bounded time, with what this process knows already. */
export interface SessionReader {
  readonly create: (session: SessionRecord) => Promise<void>;
  /** The session as it is in the store. `claims` are those of the token that asks. */
  readonly find: (id: string, claims: Claims) => Promise<FoundSession | null>;
  /** The session as it was within `recheckSeconds`. */
  readonly findForAccess: (named: SessionClaims, claims: Claims) => Promise<FoundSession | null>;
  readonly rotate: (session: FoundSession, change: RotationChange) => Promise<boolean>;
  readonly confirm: (session: FoundSession) => Promise<void>;
  readonly revoke: (id: string, userId?: string) => Promise<boolean>;
  readonly revokeUser: (userId: string, exceptId?: string) => Promise<number>;
  readonly list: (userId: string) => Promise<readonly SessionRecord[]>;
  /** Calls `told` when this process learns that a session has ended; gives a function that ends that. */
  readonly watch: (id: string, told: () => void) => () => void;
}

const RECENT_SESSIONS = 10_000;
const ENDED_SESSIONS = 100_000;
// Longer than a replica of a store lags behind it: a session not found there may have just been made.
const SETTLED_SECONDS = 60;

/** Reads and writes sessions for one process. */
export function createSessionReader(settings: Pick<ResolvedSettings, 'clock' | 'emit' | 'reportError'> & { readonly sessions: ResolvedSessions }): SessionReader {
  const { clock, sessions: policy } = settings;
  const { store, recheckMs } = policy;
  const guard = createStoreGuard('sessions', policy.timeoutMs, settings);
  const recent = createBoundedCache<FoundSession>(RECENT_SESSIONS);
  // Once ended, ended for good, whatever the store says: it may have been restored from a copy made before.
  const ended = createBoundedCache<true>(ENDED_SESSIONS);
  const watchers = new Map<string, Set<() => void>>();
  const sweep = createSweep((now, limit) => store.deleteExpired(now, limit), settings);

  const end = (id: string): void => {
    recent.delete(id);
    ended.set(id, true);
    // Each stops watching when it is told.
    for (const told of [...(watchers.get(id) ?? [])]) told();
  };
  const find = async (id: string, claims: Claims): Promise<FoundSession | null> => {
    if (ended.has(id)) return null;
    const session = await guard('find', () => store.find(id, clock()));
    // Asked again: the answer may have been on its way while the session was ended here.
    if (session !== null) return ended.has(id) ? null : session;
    recent.delete(id);
    if (Number(claims.iat) + SETTLED_SECONDS < clock() / 1000) end(id);
    return null;
  };

  return {
    create: async (session) => {
      await guard('create', () => store.create(session));
      sweep();
    },
    find,
    findForAccess: async ({ sid, gen }, claims) => {
      if (recheckMs === 0) return find(sid, claims);
      const known = recent.get(sid);
      // A newer generation than the one known was rotated elsewhere.
      if (known !== undefined && gen <= known.generation && clock() < Math.min(known.readAt + recheckMs, known.expiresAt) && !ended.has(sid)) return known;
      const session = await find(sid, claims);
      if (session !== null) recent.set(sid, session);
      return session;
    },
    rotate: async (session, change) => {
      recent.delete(session.id);
      return guard('rotate', () => store.rotate(session.id, session.generation, change));
    },
    confirm: async (session) => {
      await guard('confirm', () => store.confirm(session.id, session.generation, session.readAt));
      if (recent.has(session.id)) recent.set(session.id, { ...session, confirmedAt: session.readAt });
    },
    revoke: async (id, userId) => {
      const revoked = await guard('revoke', () => store.revoke(id, userId));
      if (revoked) end(id);
      return revoked;
    },
    revokeUser: async (userId, exceptId) => {
      const live = await guard('list', () => store.list(userId, clock()));
      const count = await guard('revokeUser', () => store.revokeUser(userId, exceptId));
      for (const { id } of live) if (id !== exceptId) end(id);
      for (const [id, session] of recent.entries()) if (session.userId === userId && id !== exceptId) end(id);
      return count;
    },
    watch: (id, told) => {
      const others = watchers.get(id) ?? new Set();
      watchers.set(id, others.add(told));
      return () => {
        if (others.delete(told) && others.size === 0) watchers.delete(id);
      };
    },
    list: async (userId) => (await guard('list', () => store.list(userId, clock()))).filter(({ id }) => !ended.has(id)),
  };
}
