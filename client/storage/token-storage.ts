import type { MaybePromise } from '../maybe-promise.js';
import type { SessionAnswer } from '../transport.js';

/** What a client keeps of a session. It is safe to write as JSON. */
export interface StoredSession {
  /** The access token; absent where it is in a cookie. */
  readonly token?: string | undefined;
  readonly refreshToken?: string | undefined;
  /** When the access token expires, in epoch seconds by the server's clock. */
  readonly expiresAt: number;
  /** How long the access token lives altogether, in seconds. */
  readonly lifetimeSeconds?: number;
  /** How far the server's clock is ahead of this device's, in milliseconds. */
  readonly clockOffsetMs?: number;
  /** When it came, in epoch milliseconds by this device's clock. */
  readonly receivedAt?: number;
  /** Who is signed in, as the server said. */
  readonly user?: unknown;
}


/**
 * Where a client keeps its tokens: any object with `get`, `set` and `remove`, which may be asynchronous.
 *
 * @example
 * ```ts
 * import type { StoredSession, TokenStorage } from 'trpc-jwt-auth/client';
 *
 * declare const keychain: { read: () => Promise<string | null>; write: (text: string) => Promise<void>; clear: () => Promise<void> };
 * const storage: TokenStorage = {
 *   get: async () => JSON.parse((await keychain.read()) ?? 'null') as StoredSession | null,
 *   set: (session) => keychain.write(JSON.stringify(session)),
 *   remove: () => keychain.clear(),
 * };
 * ```
 */
export interface TokenStorage {
  get: () => MaybePromise<StoredSession | null>;
  set: (session: StoredSession) => MaybePromise<void>;
  remove: () => MaybePromise<void>;
  /** Names what other tabs share; they refresh one at a time. Left out, the storage is this tab's own. */
  readonly name?: string;
  /** Calls the listener when another tab has changed what is stored; gives a function that ends that. */
  subscribe?: (listener: () => void) => () => void;
  /** Where the tokens are in cookies that no script can read: asks the server whose they are, by `me` and `refresh`; null for nobody's. @throws AuthClientError */
  readonly identify?: (ask: (operation: 'me' | 'refresh') => Promise<SessionAnswer>) => Promise<SessionAnswer | null>;
  /** Gives back what the storage holds on to. */
  dispose?: () => void;
}
