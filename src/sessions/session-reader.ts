import { LRUCache } from 'lru-cache';

import type { Claims, SessionClaims } from '../core/claims.js';
import type { ResolvedSessions } from '../core/session-settings.js';
import type { FoundSession, RotationChange, SessionRecord } from '../core/session-store.js';
import type { ResolvedSettings } from '../core/settings.js';
import { createStoreGuard } from '../core/store-guard.js';

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
}

const RECENT_SESSIONS = 10_000;
const ENDED_SESSIONS = 100_000;
// Longer than a replica of a store lags behind it: a session not found there may have just been made.
const SETTLED_SECONDS = 60;
const SWEEP_EVERY_MS = 60_000;
const SWEPT_AT_ONCE = 1000;
const MOST_SWEEPS = 10;

/** Reads and writes sessions for one process. */
export function createSessionReader(settings: Pick<ResolvedSettings, 'clock' | 'emit' | 'reportError'> & { readonly sessions: ResolvedSessions }): SessionReader {
  const { clock, reportError, sessions: policy } = settings;
  const { store, recheckMs } = policy;
  const guard = createStoreGuard('sessions', policy.timeoutMs, settings);
  const recent = new LRUCache<string, FoundSession>({ max: RECENT_SESSIONS });
  // Once ended, ended for good, whatever the store says: it may have been restored from a copy made before.
  const ended = new LRUCache<string, true>({ max: ENDED_SESSIONS });
  let lastSweptAt = 0;

  const end = (id: string): void => {
    recent.delete(id);
    ended.set(id, true);
  };
  const find = async (id: string, claims: Claims): Promise<FoundSession | null> => {
    if (ended.has(id)) return null;
    const session = await guard('find', () => store.find(id, clock()));
    // Asked again: the answer may have been on its way while the session was ended here.
    if (session !== null) return ended.has(id) ? null : session;
    recent.delete(id);
    if (Number(claims.iat) + SETTLED_SECONDS < clock() / 1000) ended.set(id, true);
    return null;
  };
  const sweep = async (): Promise<void> => {
    for (let batch = 0; batch < MOST_SWEEPS; batch += 1) {
      if ((await store.deleteExpired(clock(), SWEPT_AT_ONCE)) < SWEPT_AT_ONCE) return;
    }
  };

  return {
    create: async (session) => {
      await guard('create', () => store.create(session));
      if (clock() - lastSweptAt < SWEEP_EVERY_MS) return;
      lastSweptAt = clock();
      // Nobody waits for it: what expired is refused whether it is still there or not.
      sweep().catch(reportError);
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
    list: async (userId) => (await guard('list', () => store.list(userId, clock()))).filter(({ id }) => !ended.has(id)),
  };
}
