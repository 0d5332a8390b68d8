import type { FoundSession, SessionRecord, SessionStore } from 'trpc-jwt-auth';
import { memorySessions } from 'trpc-jwt-auth/stores/memory';
import { describe, expect, it, vi } from 'vitest';

import { NOW, Scene } from '../../parity/scene.js';
import type { Settings } from '../../parity/scene.js';

type Changes = Omit<NonNullable<Settings['sessions']>, 'store'>;

function stage(changes: Changes = {}, store: SessionStore = memorySessions()) {
  const scene = new Scene();
  const verbs = Object.fromEntries(Object.entries(store).flatMap(([verb, does]) => (typeof does !== 'function' ? [] : [[verb, vi.fn(does as (...args: never[]) => unknown)]]))) as unknown as {
    [Verb in Exclude<keyof SessionStore, 'inMemory'>]: ReturnType<typeof vi.fn<SessionStore[Verb]>>;
  };
  const events: string[] = [];
  const auth = scene.auth({ sessions: { store: verbs, ...changes }, onEvent: ({ type }) => void events.push(type) });
  const login = async () => {
    const { token, refresh } = await auth.serializers.obtain.validate({ username: 'ada', password: 'ada-pass' });
    return { token, refresh_token: refresh?.token ?? '' };
  };
  const refresh = async (refresh_token: string) => auth.serializers.refresh.validate({ refresh_token });
  return { scene, store: verbs, events, auth, login, refresh };
}

const REVOKED = 'Token has been revoked.';

describe('one look-up', () => {
  it('for a protected call, and a note of the first sight of a generation', async () => {
    const { auth, login, store } = stage();
    const { token } = await login();
    await auth.verifyToken(token);
    await auth.verifyToken(token);
    expect(store.find).toHaveBeenCalledTimes(2);
    expect(store.confirm).toHaveBeenCalledTimes(1);
  });

  it('and none for a user who may not have one', async () => {
    const { auth, login, store, scene } = stage();
    const { token } = await login();
    scene.users.shift();
    await expect(auth.verifyToken(token)).rejects.toThrow("User doesn't exist.");
    expect(store.find).not.toHaveBeenCalled();
  });
});

describe('recheckSeconds', () => {
  it('spares look-ups for that long', async () => {
    const { auth, login, store, scene } = stage({ recheckSeconds: 5 });
    const { token } = await login();
    for (let second = 0; second < 11; second += 1) {
      await auth.verifyToken(token);
      scene.clock.advance({ seconds: 1 });
    }
    expect(store.find).toHaveBeenCalledTimes(3);
  });

  it('feels a revocation by this process at once', async () => {
    const { auth, login } = stage({ recheckSeconds: 60 });
    const { token, refresh_token } = await login();
    await auth.verifyToken(token);
    await auth.serializers.logout.validate({ refresh_token });
    await expect(auth.verifyToken(token)).rejects.toThrow(REVOKED);
    const other = await login();
    await auth.verifyToken(other.token);
    await auth.revokeUser(1);
    await expect(auth.verifyToken(other.token)).rejects.toThrow(REVOKED);
  });

  it('and one by another no later than that', async () => {
    const store = memorySessions();
    const [here, there] = [stage({ recheckSeconds: 5 }, store), stage({}, store)];
    const { token, refresh_token } = await here.login();
    await here.auth.verifyToken(token);
    await there.auth.serializers.logout.validate({ refresh_token });
    here.scene.clock.advance({ seconds: 4 });
    await here.auth.verifyToken(token);
    here.scene.clock.advance({ seconds: 1 });
    await expect(here.auth.verifyToken(token)).rejects.toThrow(REVOKED);
  });

  it('asks at once for a generation newer than the one it knows, and for none in vain', async () => {
    const store = memorySessions();
    const [here, there] = [stage({ recheckSeconds: 60 }, store), stage({}, store)];
    const { token, refresh_token } = await here.login();
    await here.auth.verifyToken(token);
    const newer = await there.refresh(refresh_token);
    expect((await here.auth.verifyToken(newer.token)).user.username).toBe('ada');
    expect(here.store.find).toHaveBeenCalledTimes(2);
  });

  it('does not outlive the session', async () => {
    const { auth, login, scene } = stage({ recheckSeconds: 600, idleSeconds: 100 });
    const { token } = await login();
    await auth.verifyToken(token);
    scene.clock.advance({ seconds: 100 });
    await expect(auth.verifyToken(token)).rejects.toThrow(REVOKED);
  });
});

describe('a store that was rolled back', () => {
  /** A store that can be set back to how it was. */
  function restorable() {
    const records = new Map<string, SessionRecord>();
    const inner = memorySessions();
    let current = inner;
    const forwarded = Object.fromEntries(Object.keys(inner).map((verb) => [verb, (...args: never[]) => (current[verb as keyof SessionStore] as (...args: never[]) => unknown)(...args)])) as unknown as SessionStore;
    return {
      store: forwarded,
      save: async (id: string) => {
        const { readAt: _readAt, ...record } = (await current.find(id, NOW * 1000)) as FoundSession;
        records.set(id, record);
      },
      restore: async () => {
        current = memorySessions();
        for (const record of records.values()) await current.create(record);
      },
    };
  }

  it.each(['access', 'refresh'] as const)('is found out by a newer %s token, which ends the session: what it replaced is not good again', async (how) => {
    const { store, save, restore } = restorable();
    const { auth, login, refresh, events } = stage({}, store);
    const { token, refresh_token } = await login();
    await save(String((await auth.verifyToken(token)).claims.sid));
    const newer = await refresh(refresh_token);
    await restore();
    await expect(how === 'access' ? auth.verifyToken(newer.token) : refresh(newer.refresh?.token ?? '')).rejects.toThrow(REVOKED);
    await expect(refresh(refresh_token)).rejects.toThrow(REVOKED);
    await expect(auth.verifyToken(token)).rejects.toThrow(REVOKED);
    expect(events.slice(-2)).toEqual(['reuse-detected', 'revoked']);
  });

  it.each(['logout', 'revokeUser', 'reuse'] as const)('revives nothing that this process ended by %s', async (how) => {
    const { store, save, restore } = restorable();
    const { auth, login, refresh, scene } = stage({ graceSeconds: 0 }, store);
    const first = await login();
    const { claims } = await auth.verifyToken(first.token);
    await save(String(claims.sid));
    if (how === 'logout') await auth.serializers.logout.validate(first);
    if (how === 'revokeUser') await auth.revokeUser(1);
    if (how === 'reuse') {
      await auth.verifyToken((await refresh(first.refresh_token)).token);
      await expect(refresh(first.refresh_token)).rejects.toThrow(REVOKED);
    }
    await restore();
    scene.clock.advance({ seconds: 1 });
    await expect(auth.verifyToken(first.token)).rejects.toThrow(REVOKED);
    await expect(refresh(first.refresh_token)).rejects.toThrow(REVOKED);
    expect(await auth.serializers.sessionList.validate(undefined, { identify: () => Promise.resolve({ user: { id: 1, username: 'ada', isActive: true }, claims }) } as never)).toEqual([]);
  });

  it('nor what it once found ended; but what has just been made may still be on its way to a replica', async () => {
    const { store, save, restore } = restorable();
    const [here, there] = [stage({}, store), stage({}, store)];
    const old = await here.login();
    await save(String((await here.auth.verifyToken(old.token)).claims.sid));
    await there.auth.serializers.logout.validate(old);
    await expect(here.auth.verifyToken(old.token)).rejects.toThrow(REVOKED);
    await restore();
    expect((await here.auth.verifyToken(old.token)).user.username).toBe('ada');
    await there.auth.serializers.logout.validate(old);
    here.scene.clock.advance({ seconds: 61 });
    await expect(here.auth.verifyToken(old.token)).rejects.toThrow(REVOKED);
    await restore();
    await expect(here.auth.verifyToken(old.token)).rejects.toThrow(REVOKED);
  });
});

describe("the store's own clock", () => {
  it('ends tokens and graces on a server whose own was set back', async () => {
    let ahead = 0;
    const inner = memorySessions();
    const store: SessionStore = { ...inner, find: (id, now) => inner.find(id, now + ahead) };
    const { auth, login, refresh } = stage({}, store);
    const { token, refresh_token } = await login();
    const newer = await refresh(refresh_token);
    await auth.verifyToken(newer.token);
    ahead = 299_000;
    await auth.verifyToken(token);
    ahead = 302_000;
    await expect(auth.verifyToken(token)).rejects.toThrow('Signature has expired.');
    await expect(refresh(refresh_token)).rejects.toThrow(REVOKED);
  });
});

describe('a store that is slow or broken', () => {
  const verbs = ['create', 'find', 'rotate', 'confirm', 'revoke', 'revokeUser', 'list'] as const;

  async function useOf(verb: (typeof verbs)[number], broken: () => Promise<never>): Promise<{ outcome: unknown; reported: unknown[] }> {
    const inner = memorySessions();
    let isBroken = false;
    const store: SessionStore = { ...inner, [verb]: (...args: never[]) => (isBroken ? broken() : (inner[verb] as (...args: never[]) => unknown)(...args)) };
    const { scene, auth, login, refresh } = stage({ timeoutMs: 5 }, store);
    const { token, refresh_token } = await login();
    isBroken = true;
    const use = {
      create: login,
      find: () => auth.verifyToken(token),
      rotate: () => refresh(refresh_token),
      confirm: () => auth.verifyToken(token),
      revoke: () => auth.serializers.logout.validate({ refresh_token }),
      revokeUser: () => auth.revokeUser(1),
      list: () => auth.revokeUser(1),
    };
    const outcome = await use[verb]().catch((error: unknown) => error);
    return { outcome, reported: scene.reported };
  }

  it.each(verbs)('%s that rejects is no answer', async (verb) => {
    const { outcome } = await useOf(verb, () => Promise.reject(new Error('down')));
    expect(outcome).toMatchObject({ code: 'STORE_UNAVAILABLE', cause: new Error('down') });
  });

  it.each(verbs)('%s that throws at once is no answer', async (verb) => {
    const { outcome } = await useOf(verb, () => {
      throw new Error('down');
    });
    expect(outcome).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  it.each(verbs)('%s that never answers is not waited for', async (verb) => {
    const { outcome } = await useOf(verb, () => new Promise<never>(() => undefined));
    expect(outcome).toMatchObject({ code: 'STORE_UNAVAILABLE', cause: { message: expect.stringMatching(/^The sessions store did not answer \w+ within 5 ms\.$/) as string } });
  });
});

describe('what has expired', () => {
  it('is swept now and then, in batches, by nobody who waits', async () => {
    const { login, store, scene } = stage({ idleSeconds: 10 });
    await login();
    await login();
    expect(store.deleteExpired).toHaveBeenCalledTimes(1);
    scene.clock.advance({ seconds: 60 });
    store.deleteExpired.mockRejectedValueOnce(new Error('down'));
    await login();
    await Promise.resolve();
    expect(store.deleteExpired).toHaveBeenCalledTimes(2);
    expect(scene.reported).toEqual([new Error('down')]);
  });

  it('goes on while there is a full batch', async () => {
    const { login, store } = stage();
    for (const removed of [1000, 1000, 7]) store.deleteExpired.mockResolvedValueOnce(removed);
    await login();
    await vi.waitFor(() => expect(store.deleteExpired).toHaveBeenCalledTimes(3));
  });
});

describe('a session', () => {
  it('keeps no token, and a user agent of bounded length', async () => {
    const { auth, store } = stage();
    const request = { clientAddress: '192.0.2.1', header: () => 'x'.repeat(5000) };
    const { token, refresh } = await auth.serializers.obtain.validate({ username: 'ada', password: 'ada-pass' }, request as never);
    const [record] = store.create.mock.calls[0] ?? [];
    expect(record?.userAgent).toHaveLength(512);
    expect(JSON.stringify(record)).not.toContain(token.split('.')[2]);
    expect(JSON.stringify(record)).not.toContain(refresh?.token.split('.')[2]);
  });

  it('is rotated once by 200 refreshes at the same time, and every one is answered', async () => {
    const { login, refresh, store } = stage();
    const { refresh_token } = await login();
    const answers = await Promise.all(Array.from({ length: 200 }, () => refresh(refresh_token)));
    expect(new Set(answers.map(({ claims }) => claims.gen))).toEqual(new Set([2]));
    expect(store.rotate.mock.results.length).toBeGreaterThan(0);
    expect(new Set(answers.map(({ token }) => token)).size).toBe(200);
  });

  it('gives up where it always loses the race', async () => {
    const { login, refresh, store } = stage();
    const { refresh_token } = await login();
    store.rotate.mockResolvedValue(false);
    await expect(refresh(refresh_token)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(store.rotate).toHaveBeenCalledTimes(5);
  });

  it('needs the setting, for the app to end it', async () => {
    await expect(new Scene().auth().revokeUser(1)).rejects.toThrow('revokeUser: there are no sessions to end; give createJwtAuth sessions: { store }.');
  });
});
