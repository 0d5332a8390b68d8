import { inPage } from '../page.js';
import { memoryTokens } from './memory.js';
import type { TokenStorage } from './token-storage.js';
import { onStorageChange, webStorage } from './web-storage.js';

/**
 * Keeps the bare access token in localStorage under a key (specification "AJAX Integration"), and the refresh token beside it under `KEY.session`; all
 * tabs share them, and they outlive the browser. Any script of the page can read them. On a server it keeps them in memory.
 *
 * @param key - the access token's key
 * @default key 'jwt_token'
 * @example
 * ```ts
 * import { localStorageTokens } from 'trpc-jwt-auth/client';
 *
 * console.log(localStorageTokens('jwt_token').get()); // null
 * ```
 */
export function localStorageTokens(key = 'jwt_token'): TokenStorage {
  if (!inPage()) return memoryTokens();
  return {
    ...webStorage(() => localStorage, key),
    name: key,
    subscribe: onStorageChange,
  };
}
