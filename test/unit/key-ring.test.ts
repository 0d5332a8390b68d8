import { generateKeyPairSync } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';

import { AuthError, ConfigurationError, keyPair, keyRing, secretKey } from 'trpc-jwt-auth';
import type { KeyRing, LoadedKeyRingOptions } from 'trpc-jwt-auth';
import { testAuth } from 'trpc-jwt-auth/testing';
import { describe, expect, it } from 'vitest';

import { deferred } from '../deferred.js';
import { forge } from '../security/forged-tokens.js';

const ada = { id: 1, username: 'ada', isActive: true };
const authWith = (keys: KeyRing) => testAuth({ keys, users: [ada], reportError: () => undefined });
const claims = { user_id: 1, username: 'ada', exp: 4_102_444_800 };

const OLD = 'the-old-secret-0123456789-abcdefghijklmnop';
const NEW = 'the-new-secret-0123456789-abcdefghijklmnop';
const old = secretKey(OLD, { kid: 'old' });
const fresh = secretKey(NEW, { kid: 'new' });
const tokenOf = (secret: string, kid: string): string => forge({ alg: 'HS256', typ: 'JWT', kid }, claims, { secret });

/** A source whose keys the test changes, and whose loads it counts. */
function source(first: readonly KeyRing[], options: LoadedKeyRingOptions = {}) {
  const state = { keys: first, loads: 0, now: 1_000_000, failure: undefined as Error | undefined, reported: [] as unknown[] };
  const ring = keyRing(
    async () => {
      state.loads += 1;
      if (state.failure !== undefined) throw state.failure;
      return state.keys;
    },
    { clock: () => state.now, reportError: (error) => state.reported.push(error), ...options },
  );
  return { state, ring, auth: authWith(ring) };
}

describe('keys of a source', () => {
  it('are loaded when first asked for, once for all who ask', async () => {
    const { state, auth } = source([old]);
    expect(state.loads).toBe(0);
    await Promise.all(Array.from({ length: 50 }, () => auth.verifyToken(tokenOf(OLD, 'old'))));
    await auth.issueToken(ada);
    expect(state.loads).toBe(1);
  });

  it('are loaded again once they are old, while nobody waits; twice as old they are waited for', async () => {
    const { state, auth } = source([old], { reloadSeconds: 60 });
    await auth.verifyToken(tokenOf(OLD, 'old'));
    state.keys = [fresh];
    state.now += 59_999;
    await auth.verifyToken(tokenOf(OLD, 'old'));
    expect(state.loads).toBe(1);
    state.now += 1;
    // The answer to whoever set it off is by the keys there were.
    await auth.verifyToken(tokenOf(OLD, 'old'));
    expect(state.loads).toBe(2);
    await setImmediate();
    await expect(auth.verifyToken(tokenOf(OLD, 'old'))).rejects.toMatchObject({ code: 'TOKEN_UNDECODABLE' });
    state.keys = [old];
    state.now += 120_000;
    await expect(auth.verifyToken(tokenOf(NEW, 'new'))).rejects.toMatchObject({ code: 'TOKEN_UNDECODABLE' });
  });

  it('that were taken out are good no longer, at once, whatever was verified before', async () => {
    const { state, ring, auth } = source([fresh, old]);
    for (let call = 0; call < 3; call += 1) await auth.verifyToken(tokenOf(OLD, 'old'));
    state.keys = [fresh];
    await ring.reload();
    await expect(auth.verifyToken(tokenOf(OLD, 'old'))).rejects.toMatchObject({ code: 'TOKEN_UNDECODABLE' });
    await expect(auth.verifyToken(tokenOf(NEW, 'new'))).resolves.toMatchObject({ user: ada });
  });

  it('do not leave a token in the cache that was being verified while they changed', async () => {
    const gate = deferred<undefined>();
    const slow = secretKey(OLD, { kid: 'old' });
    const { state, ring } = source([fresh, slow]);
    const auth = testAuth({ keys: ring, users: [ada], userSecret: async () => (await gate.promise, OLD) });
    const underWay = auth.verifyToken(tokenOf(OLD, 'old'));
    await ring.current();
    state.keys = [fresh];
    await ring.reload();
    gate.resolve(undefined);
    await underWay;
    await expect(auth.verifyToken(tokenOf(OLD, 'old'))).rejects.toMatchObject({ code: 'TOKEN_UNDECODABLE' });
  });

  it('keep the cache while they are the same', async () => {
    const { state, ring, auth } = source([fresh, old], { reloadSeconds: 60 });
    await auth.verifyToken(tokenOf(OLD, 'old'));
    const before = await ring.current();
    state.now += 90_000;
    await ring.reload();
    expect(await ring.current()).toBe(before);
  });

  it('are asked for again where a token names one that is not there, once in a cooldown', async () => {
    const { state, auth } = source([old], { cooldownSeconds: 30 });
    await auth.verifyToken(tokenOf(OLD, 'old'));
    state.keys = [fresh, old];
    // Another instance rotated first.
    await expect(auth.verifyToken(tokenOf(NEW, 'new'))).resolves.toMatchObject({ user: ada });
    expect(state.loads).toBe(2);
    const spray = Array.from({ length: 200 }, (_, index) => auth.verifyToken(tokenOf(NEW, `forged-${index}`)));
    for (const result of await Promise.allSettled(spray)) expect(result).toMatchObject({ status: 'rejected', reason: { code: 'TOKEN_UNDECODABLE' } });
    expect(state.loads).toBe(2);
    state.now += 30_000;
    await expect(auth.verifyToken(tokenOf(NEW, 'forged'))).rejects.toMatchObject({ code: 'TOKEN_UNDECODABLE' });
    expect(state.loads).toBe(3);
  });

  it.each(['none', 'A256KW', 'hs256', '__proto__', 'toString'])('are not asked for again for the algorithm %s', async (alg) => {
    const { state, auth } = source([old]);
    await auth.verifyToken(tokenOf(OLD, 'old'));
    await expect(auth.verifyToken(forge({ alg, typ: 'JWT' }, claims, { secret: OLD }))).rejects.toBeInstanceOf(AuthError);
    expect(state.loads).toBe(1);
  });

  it('stay in use while the source fails, for a day; and are newer as soon as it works', async () => {
    const { state, auth } = source([old], { reloadSeconds: 60, staleSeconds: 3600 });
    await auth.verifyToken(tokenOf(OLD, 'old'));
    state.failure = new Error('secret manager down');
    state.now += 200_000;
    await auth.verifyToken(tokenOf(OLD, 'old'));
    expect(state.reported).toEqual([state.failure]);
    // Asked at most once a second meanwhile.
    for (let call = 0; call < 20; call += 1) await auth.verifyToken(tokenOf(OLD, 'old'));
    expect(state.loads).toBe(2);
    state.now += 3_600_000;
    await expect(auth.verifyToken(tokenOf(OLD, 'old'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    state.failure = undefined;
    state.keys = [fresh];
    state.now += 1000;
    await expect(auth.verifyToken(tokenOf(NEW, 'new'))).resolves.toMatchObject({ user: ada });
    await expect(auth.verifyToken(tokenOf(OLD, 'old'))).rejects.toMatchObject({ code: 'TOKEN_UNDECODABLE' });
  });

  it('that were never there make a 503, and the source is not hammered', async () => {
    const { state, auth } = source([old]);
    state.failure = new Error('not yet');
    for (let call = 0; call < 10; call += 1) await expect(auth.verifyToken(tokenOf(OLD, 'old'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(auth.issueToken(ada)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(state.loads).toBe(1);
    state.failure = undefined;
    state.now += 1000;
    await expect(auth.verifyToken(tokenOf(OLD, 'old'))).resolves.toMatchObject({ user: ada });
  });

  it('are not waited for beyond timeoutMs', async () => {
    const reported: unknown[] = [];
    const auth = authWith(keyRing(() => new Promise<never>(() => undefined), { timeoutMs: 1, reportError: (error) => reported.push(error) }));
    await expect(auth.verifyToken(tokenOf(OLD, 'old'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(reported).toMatchObject([{ message: 'keyRing: the keys were not there within 1 ms.' }]);
  });

  it('do not stay young because a clock was set back', async () => {
    const { state, auth } = source([old], { reloadSeconds: 60 });
    await auth.verifyToken(tokenOf(OLD, 'old'));
    state.keys = [fresh];
    state.now -= 3_600_000;
    await expect(auth.verifyToken(tokenOf(OLD, 'old'))).rejects.toMatchObject({ code: 'TOKEN_UNDECODABLE' });
  });

  it('are refused where they are none, and those there were stay', async () => {
    const { state, ring, auth } = source([old]);
    await auth.verifyToken(tokenOf(OLD, 'old'));
    for (const wrong of [[], [null], 'keys']) {
      state.keys = wrong as unknown as KeyRing[];
      await expect(ring.reload()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      await expect(auth.verifyToken(tokenOf(OLD, 'old'))).resolves.toMatchObject({ user: ada });
    }
    expect(state.reported.every((error) => error instanceof ConfigurationError)).toBe(true);
  });

  it('may be part of another ring', async () => {
    const { state, ring } = source([fresh]);
    const auth = authWith(keyRing([ring, old]));
    await expect(auth.verifyToken(tokenOf(OLD, 'old'))).resolves.toMatchObject({ user: ada });
    state.keys = [secretKey(`${NEW}!`, { kid: 'newer' })];
    await expect(auth.verifyToken(tokenOf(`${NEW}!`, 'newer'))).resolves.toMatchObject({ user: ada });
    await expect(auth.verifyToken(tokenOf(NEW, 'new'))).rejects.toMatchObject({ code: 'TOKEN_UNDECODABLE' });
  });
});

describe('requireKid', () => {
  it('refuses tokens that name no key', async () => {
    const nameless = forge({ alg: 'HS256', typ: 'JWT' }, claims, { secret: OLD });
    await expect(authWith(keyRing([fresh, old])).verifyToken(nameless)).resolves.toMatchObject({ user: ada });
    const strict = authWith(keyRing([fresh, old], { requireKid: true }));
    await expect(strict.verifyToken(nameless)).rejects.toMatchObject({ code: 'TOKEN_UNDECODABLE' });
    await expect(strict.verifyToken(tokenOf(OLD, 'old'))).resolves.toMatchObject({ user: ada });
  });
});

describe('what is refused at construction', () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const verifier = keyPair({ algorithm: 'ES256', publicKey: publicKey.export({ format: 'jwk' }) });
  it.each<[string, () => unknown, string]>([
    ['no keys', () => keyRing([]), 'keyRing: there are no keys'],
    ['no ring', () => keyRing([null as unknown as KeyRing]), 'keyRing: one of the keys is none'],
    ['a first key that cannot sign', () => keyRing([verifier, old]), 'keyRing: the first key signs'],
    ['an unknown option', () => keyRing([old], { requireKids: true } as object), 'keyRing: unknown option "requireKids"; there are requireKid (more of them where'],
    ['an option of a source', () => keyRing([old], { reloadSeconds: 5 } as object), 'keyRing: unknown option "reloadSeconds"'],
    ['requireKid that is none', () => keyRing([old], { requireKid: 1 as unknown as boolean }), 'keyRing: requireKid is no boolean'],
    ['no time to reload', () => keyRing(() => [old], { reloadSeconds: 0 }), 'keyRing: reloadSeconds is 0; give a number from 1.'],
    ['not a number', () => keyRing(() => [old], { timeoutMs: Number.NaN }), 'keyRing: timeoutMs is NaN'],
    ['stale before it is old', () => keyRing(() => [old], { reloadSeconds: 300, staleSeconds: 400 }), 'keyRing: staleSeconds is under twice reloadSeconds'],
    ['a clock that is none', () => keyRing(() => [old], { clock: 5 as unknown as () => number }), 'keyRing: clock is not a function'],
    ['userSecret without an HS key', () => testAuth({ keys: keyPair({ algorithm: 'ES256', privateKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }) }), userSecret: () => OLD }), 'createJwtAuth: userSecret is for HS tokens'],
  ])('%s', (_name, make, message) => {
    expect(make).toThrow(ConfigurationError);
    expect(make).toThrow(message);
  });
});
