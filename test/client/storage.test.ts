import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { safeStorage } from '../../client/storage/safe-storage.js';
import type { StoredSession, TokenStorage } from '../../client/storage/token-storage.js';
import { cookieTokens, localStorageTokens, memoryTokens, sessionStorageTokens } from '../../client/index.js';
import { tokenOf } from './model-server.js';

const ada = { user_id: 1, username: 'ada' };
const token = tokenOf({ ...ada, sid: 'one', exp: 1000 });
const session: StoredSession = { token, refreshToken: 'refresh', expiresAt: 1000, lifetimeSeconds: 300, clockOffsetMs: 5, receivedAt: 1, user: ada };

class FakeStorage {
  readonly items = new Map<string, string>();
  broken: 'get' | 'set' | 'remove' | undefined;
  readonly getItem = (key: string): string | null => this.#unless('get') ?? this.items.get(key) ?? null;
  readonly setItem = (key: string, value: string): void => {
    this.#unless('set');
    this.items.set(key, value);
  };
  readonly removeItem = (key: string): void => {
    this.#unless('remove');
    this.items.delete(key);
  };
  #unless(verb: string): undefined {
    if (this.broken === verb) throw new DOMException('The quota has been exceeded.', 'QuotaExceededError');
    return undefined;
  }
}

describe('in a page', () => {
  let local: FakeStorage;
  let perTab: FakeStorage;
  beforeEach(() => {
    local = new FakeStorage();
    perTab = new FakeStorage();
    vi.stubGlobal('document', {});
    vi.stubGlobal('navigator', {});
    vi.stubGlobal('localStorage', local);
    vi.stubGlobal('sessionStorage', perTab);
  });
  afterEach(() => vi.unstubAllGlobals());

  it('localStorage has the bare token under the key, and all else beside it', async () => {
    const storage = localStorageTokens('jwt_token');
    await storage.set(session);
    expect([...local.items.keys()].sort()).toEqual(['jwt_token', 'jwt_token.session']);
    expect(local.items.get('jwt_token')).toBe(token);
    expect(local.items.get('jwt_token.session')).not.toContain(token);
    expect(await storage.get()).toEqual(session);
    await storage.remove();
    expect([local.items.size, await storage.get()]).toEqual([0, null]);
  });

  it.each([
    ['a newer token of the same session keeps what belongs to it', tokenOf({ ...ada, sid: 'one', exp: 2000 }), 'refresh', 2000],
    ['a token of another session is alone', tokenOf({ ...ada, sid: 'two', exp: 2000 }), undefined, 2000],
    ["another user's token is alone", tokenOf({ user_id: 2, username: 'grace', exp: 2000 }), undefined, 2000],
    ['what is no token has expired', 'rubbish', undefined, 0],
  ])('%s, where a script of the page has written it', async (_what, written, refreshToken, expiresAt) => {
    const storage = localStorageTokens('jwt_token');
    await storage.set(session);
    local.items.set('jwt_token', written);
    expect(await storage.get()).toMatchObject({ token: written, expiresAt });
    expect(((await storage.get()) as StoredSession).refreshToken).toBe(refreshToken);
  });

  it.each(['{', '"text"', '7', 'null', '[]'])('%s beside the token is as nothing', async (rubbish) => {
    local.items.set('jwt_token', token).set('jwt_token.session', rubbish);
    expect(await localStorageTokens().get()).toEqual({ token, expiresAt: 1000 });
    local.items.set('jwt_session', rubbish);
    expect(await cookieTokens().get()).toBeNull();
  });

  it('the note beside cookies has no token', async () => {
    const storage = cookieTokens();
    await storage.set(session);
    expect([...local.items.keys()]).toEqual(['jwt_session']);
    expect(local.items.get('jwt_session')).not.toMatch(/refresh|eyJ/);
    expect(await storage.get()).toEqual({ expiresAt: 1000, lifetimeSeconds: 300, clockOffsetMs: 5, receivedAt: 1, user: ada });
  });

  it('sessionStorage is each tab\'s own', async () => {
    const storage = sessionStorageTokens();
    await storage.set(session);
    expect([local.items.size, perTab.items.get('jwt_token'), storage.name]).toEqual([0, token, undefined]);
    expect(await storage.get()).toEqual(session);
  });

  it.each(['get', 'set'] as const)('one whose %s fails is given up for memory, with one warning', async (verb) => {
    const warnings: string[] = [];
    const safe = safeStorage(localStorageTokens(), (message) => void warnings.push(message));
    local.broken = verb;
    expect(await safe.get()).toBeNull();
    await safe.set(session);
    expect(await safe.get()).toEqual(session);
    await safe.set({ ...session, expiresAt: 2 });
    expect(await safe.get()).toEqual({ ...session, expiresAt: 2 });
    await safe.remove();
    expect(await safe.get()).toBeNull();
    expect(warnings).toEqual(['The token storage failed; tokens are kept in memory.']);
  });

  it('one that fails later goes on with what was last known, and keeps no token that is replaced meanwhile', async () => {
    const safe = safeStorage(localStorageTokens(), () => undefined);
    await safe.set(session);
    local.broken = 'get';
    expect(await safe.get()).toEqual(session);
    // It may be a passing defect of reading: what is stored stays.
    expect(local.items.size).toBe(2);

    local.broken = undefined;
    const left = safeStorage(localStorageTokens(), () => undefined);
    await left.set(session);
    await left.remove();
    local.broken = 'get';
    expect(await left.get()).toBeNull();

    const full = safeStorage(localStorageTokens('full'), () => undefined);
    local.broken = undefined;
    await full.set(session);
    local.broken = 'set';
    await full.set({ ...session, refreshToken: 'newer' });
    expect(await full.get()).toMatchObject({ refreshToken: 'newer' });
    expect([...local.items.keys()].filter((key) => key.startsWith('full'))).toEqual([]);
  });
});

describe('an asynchronous storage', () => {
  it('is asked in order, however long each answer takes', async () => {
    vi.useFakeTimers();
    let value: StoredSession | null = null;
    const after = <Result>(ms: number, work: () => Result): Promise<Result> => new Promise((resolve) => setTimeout(() => resolve(work()), ms));
    const storage: TokenStorage = {
      get: () => after(1, () => value),
      set: (next) => after(100, () => void (value = next)),
      remove: () => after(10, () => void (value = null)),
    };
    const safe = safeStorage(storage, () => undefined);
    const all = Promise.all([safe.set(session), safe.get(), safe.remove(), safe.get()]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await all).toEqual([undefined, session, undefined, null]);
    vi.useRealTimers();
  });

  it('that rejects is given up for memory', async () => {
    const fail = (): Promise<never> => Promise.reject(new Error('locked'));
    const warn = vi.fn();
    const safe = safeStorage({ get: fail, set: fail, remove: fail }, warn);
    expect(await safe.get()).toBeNull();
    await safe.set(session);
    expect([await safe.get(), warn.mock.calls.length]).toEqual([session, 1]);
  });
});

describe('on a server', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('nothing of a browser is touched, and nothing is shared', async () => {
    const touched: string[] = [];
    for (const name of ['localStorage', 'sessionStorage', 'navigator', 'addEventListener', 'BroadcastChannel']) {
      Object.defineProperty(globalThis, name, {
        configurable: true,
        get: () => {
          touched.push(name);
          throw new Error(`there is no ${name}`);
        },
      });
    }
    try {
      vi.resetModules();
      const client = await import('../../client/index.js');
      await import('../../client/react.js');
      for (const create of [client.localStorageTokens, client.sessionStorageTokens, client.cookieTokens, client.memoryTokens] as (() => TokenStorage)[]) {
        const [one, other] = [create(), create()];
        await one.set(session);
        expect([await one.get(), await other.get(), one.name]).toEqual([session, null, undefined]);
      }
      const fetches: string[] = [];
      const answer = (): Promise<Response> => Promise.resolve(Response.json({ token: tokenOf({ ...ada, exp: 4_000_000_000, iat: Date.now() / 1000 }) }));
      const fetch: typeof globalThis.fetch = (input) => {
        fetches.push(input instanceof Request ? input.url : String(input));
        return answer();
      };
      const [one, other] = [1, 2].map(() => client.createRestAuthClient({ baseUrl: 'https://a.example', fetch, storage: client.localStorageTokens() }));
      await one?.obtain({ username: 'ada', password: 'engine' });
      await one?.fetch('https://a.example/mine');
      await one?.refresh();
      expect([one?.getSnapshot().status, other?.getSnapshot().status]).toEqual(['signed-in', 'signed-out']);
      one?.dispose();
      expect(fetches).toEqual(['https://a.example/api-token-auth/', 'https://a.example/mine', 'https://a.example/api-token-refresh/']);
      expect(touched).toEqual([]);
    } finally {
      for (const name of ['localStorage', 'sessionStorage', 'navigator', 'addEventListener', 'BroadcastChannel']) Reflect.deleteProperty(globalThis, name);
    }
  });

  it('memory may begin with a session', () => {
    expect(memoryTokens(session).get()).toBe(session);
  });
});
