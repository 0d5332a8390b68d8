import type { StoredSession, TokenStorage } from './token-storage.js';

/**
 * Keeps the tokens in this page's memory: nothing is left for another script to find, and a reload signs out.
 *
 * @param kept - a session to begin with, as one handed over by the page's server
 * @example
 * ```ts
 * import { memoryTokens } from 'trpc-jwt-auth/client';
 *
 * console.log(memoryTokens().get()); // null
 * ```
 */
export function memoryTokens(kept: StoredSession | null = null): TokenStorage {
  return {
    get: () => kept,
    set: (session) => void (kept = session),
    remove: () => void (kept = null),
  };
}
