import { readClaims } from '../token-claims.js';
import type { StoredSession, TokenStorage } from './token-storage.js';

/** What is kept beside the bare token. */
interface Companion extends Omit<StoredSession, 'token'> {
  /** Whose the token is that it belongs to: a script of the page may have put another one in its place. */
  readonly of?: unknown;
}

function ownerOf(token: string | undefined): unknown {
  const { sid, user_id } = readClaims(token);
  return sid ?? user_id;
}

/** The bare access token under a key, and what belongs to it beside it. */
export function webStorage(storage: () => Storage, key: string): TokenStorage {
  const beside = `${key}.session`;
  return {
    get: () => {
      const token = storage().getItem(key);
      if (!token) return null;
      const { of, ...companion } = readJson<Companion>(storage().getItem(beside)) ?? {};
      return { ...(of === ownerOf(token) && companion), token, expiresAt: readClaims(token).exp ?? 0 };
    },
    set: ({ token, ...rest }) => {
      // The refresh token first: whoever dies in between still has both it and a token it can replace.
      storage().setItem(beside, JSON.stringify({ ...rest, of: ownerOf(token) } satisfies Companion));
      storage().setItem(key, token ?? '');
    },
    remove: () => {
      storage().removeItem(key);
      storage().removeItem(beside);
    },
  };
}

/** What was stored as JSON; null for nothing, and for what nobody of us stored. */
export function readJson<Value extends object>(text: string | null): Partial<Value> | null {
  try {
    const value: unknown = JSON.parse(text ?? 'null');
    return typeof value === 'object' ? (value) : null;
  } catch {
    return null;
  }
}

/** Calls the listener when another tab changes what is stored; gives a function that ends that. */
export function onStorageChange(listener: () => void): () => void {
  addEventListener('storage', listener);
  return () => removeEventListener('storage', listener);
}
