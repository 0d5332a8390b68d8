/** A login as the store keeps it; never a token, so that a stolen database signs nobody in. All times are epoch milliseconds. */
export interface SessionRecord {
  readonly id: string;
  readonly userId: string;
  /** Counts the rotations: tokens carry the number they were issued under. */
  readonly generation: number;
  /** When a token of this generation was first seen; null until then. */
  readonly confirmedAt: number | null;
  /** Generations older than the previous one that are still in their grace, oldest first. */
  readonly graces: readonly Grace[];
  readonly createdAt: number;
  readonly lastUsedAt: number;
  /** The end whatever happens: the absolute lifetime, or the idle one where that is sooner. */
  readonly expiresAt: number;
  readonly clientAddress: string | null;
  readonly userAgent: string | null;
}

/** A session as it was read. */
export interface FoundSession extends SessionRecord {
  /** When it was read: the later of the caller's time and the store's own, so that a server whose clock was set back revives nothing. */
  readonly readAt: number;
}

/** Until when a generation is still good. */
export interface Grace {
  readonly generation: number;
  readonly goodUntil: number;
}

/** What a rotation changes. */
export interface RotationChange {
  readonly graces: readonly Grace[];
  readonly lastUsedAt: number;
  readonly expiresAt: number;
}

/**
 * Where sessions are kept. Every verb is atomic; none is read-then-write.
 *
 * A verb that cannot reach its store rejects; nothing is ever assumed of a session that could not be read.
 */
export interface SessionStore {
  /** Whether its sessions end with the process, and no other process knows them. @default false */
  readonly inMemory?: boolean;
  /** Keeps a new session. */
  readonly create: (session: SessionRecord) => Promise<void>;
  /** The session, unless it was revoked or its `expiresAt` has passed at `now`, or at the store's own time. */
  readonly find: (id: string, now: number) => Promise<FoundSession | null>;
  /** Moves a session from a generation to the next, unconfirmed; false where it has another generation by now, or is gone. */
  readonly rotate: (id: string, fromGeneration: number, change: RotationChange) => Promise<boolean>;
  /** Notes that a token of a generation was seen, where the session has that generation and no such note yet. */
  readonly confirm: (id: string, generation: number, confirmedAt: number) => Promise<void>;
  /** Ends a session; false where there was none. `userId` guards against ending somebody else's. */
  readonly revoke: (id: string, userId?: string) => Promise<boolean>;
  /** Ends a user's sessions, all but one where `exceptId` is given, and tells how many. */
  readonly revokeUser: (userId: string, exceptId?: string) => Promise<number>;
  /** A user's live sessions, the last used first. */
  readonly list: (userId: string, now: number) => Promise<readonly SessionRecord[]>;
  /** Removes up to `limit` sessions that have expired at `now`, and by the store's own time, and tells how many; to be repeated while it removes any. */
  readonly deleteExpired: (now: number, limit: number) => Promise<number>;
}

/**
 * A new session's id. It begins with a short hash of the user's id, by which a store that is spread over nodes keeps a user's sessions together;
 * the rest is 122 random bits.
 */
export function newSessionId(userId: string): string {
  // Joined, for a string put together with + stays a tree of its parts, several times as large, for as long as a store in memory keeps it.
  return [userTag(userId), crypto.randomUUID()].join('.');
}

/** The hash in a user's session ids: FNV-1a, folded to 16 bits. It spreads, and hides nothing. */
export function userTag(userId: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < userId.length; index += 1) hash = Math.imul(hash ^ userId.charCodeAt(index), 0x01000193);
  return ((hash ^ (hash >>> 16)) & 0xffff).toString(16).padStart(4, '0');
}
