import { inPage } from '../page.js';
import { memoryTokens } from './memory.js';
import type { StoredSession, TokenStorage } from './token-storage.js';
import { webStorage } from './web-storage.js';

// A page that reloads gets the lock of the page before it within milliseconds; a duplicated tab never does.
const RELOAD_MS = 1000;

/**
 * Keeps the tokens in sessionStorage: each tab signs in for itself, a reload keeps the session, and closing the tab ends it. A browser copies
 * sessionStorage into a duplicated tab; the copy is dropped there, for a refresh token with two holders looks stolen.
 *
 * @param key - the access token's key
 * @default key 'jwt_token'
 * @example
 * ```ts
 * import { sessionStorageTokens } from 'trpc-jwt-auth/client';
 *
 * console.log(sessionStorageTokens('jwt_token').get()); // null
 * ```
 */
export function sessionStorageTokens(key = 'jwt_token'): TokenStorage {
  if (!inPage()) return memoryTokens();
  const storage = webStorage(() => sessionStorage, key);
  const locks = (navigator as Partial<Navigator>).locks;
  if (locks === undefined) return storage;
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  let owned: Promise<void> | undefined;

  const lock = (id: string): Promise<boolean> =>
    new Promise((resolve) => {
      const granted = (): Promise<void> => {
        resolve(true);
        return held;
      };
      locks.request(`${key}.${id}`, { signal: AbortSignal.timeout(RELOAD_MS) }, granted).catch(() => resolve(false));
    });
  // Another client of this very page may hold it.
  const isHeldHere = (id: string): Promise<boolean> => {
    const probe = crypto.randomUUID();
    return locks.request(probe, async () => {
      const { held: all = [] } = await locks.query();
      const holder = (name: string): string | undefined => all.find((each) => each.name === name)?.clientId;
      return holder(`${key}.${id}`) === holder(probe);
    });
  };
  const own = async (): Promise<void> => {
    const idKey = `${key}.tab`;
    const known = sessionStorage.getItem(idKey);
    if (known !== null) {
      if ((await isHeldHere(known)) || (await lock(known))) return;
      await storage.remove();
    }
    const id = crypto.randomUUID();
    sessionStorage.setItem(idKey, id);
    await lock(id);
  };
  return {
    ...storage,
    get: async (): Promise<StoredSession | null> => {
      await (owned ??= own());
      return storage.get();
    },
    dispose: () => release(),
  };
}
