import { clientError } from '../auth-client-error.js';
import { isRejection } from '../transport.js';
import type { SessionAnswer } from '../transport.js';
import { inPage } from '../page.js';
import { memoryTokens } from './memory.js';
import type { StoredSession, TokenStorage } from './token-storage.js';
import { onStorageChange, readJson } from './web-storage.js';

/**
 * For a server in cookie mode with `tokenInBody: false`: the tokens are in HttpOnly cookies, and no script ever sees one. In localStorage, for all
 * tabs, is only who is signed in and until when.
 *
 * @param key - the key of that note
 * @default key 'jwt_session'
 * @example
 * ```ts
 * import { cookieTokens } from 'trpc-jwt-auth/client';
 *
 * console.log(cookieTokens().get()); // null
 * ```
 */
export function cookieTokens(key = 'jwt_session'): TokenStorage {
  if (!inPage()) return { ...memoryTokens(), identify };
  return {
    get: () => {
      const { expiresAt, ...rest } = readJson<StoredSession>(localStorage.getItem(key)) ?? {};
      return typeof expiresAt === 'number' ? { ...rest, expiresAt } : null;
    },
    set: ({ token: _token, refreshToken: _refreshToken, ...rest }) => localStorage.setItem(key, JSON.stringify(rest)),
    remove: () => localStorage.removeItem(key),
    name: key,
    subscribe: onStorageChange,
    identify,
  };
}

/** Whose the cookies are. The access token's may have run out while the refresh token's has not. */
async function identify(ask: (operation: 'me' | 'refresh') => Promise<SessionAnswer>): Promise<SessionAnswer | null> {
  const unlessRejected = (thrown: unknown): null => {
    if (isRejection(clientError(thrown))) return null;
    throw thrown;
  };
  const answer = await ask('me').catch(unlessRejected);
  if (answer !== null || (await ask('refresh').catch(unlessRejected)) === null) return answer;
  return ask('me');
}
