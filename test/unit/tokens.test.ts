import { createHmac, generateKeyPairSync } from 'node:crypto';

import { describe, expect, it } from 'vitest';
import { ConfigurationError, createJwtAuth, keyPair, keyRing, secretKey } from 'trpc-jwt-auth';
import type { KeyRing, KeySet } from 'trpc-jwt-auth';

import { sign } from '../conformance/issued.js';
import { createTokens } from '../../src/core/tokens.js';
import { ada, claimsFor, NOW, Scene, SECRET, tokenFor } from '../parity/scene.js';

interface CountingKeys extends KeyRing {
  /** How often a token's key was asked for: once for each that is not in the cache. */
  readonly verifications: () => number;
}

/** A ring whose sets are changed on their way out; one set of its own for each there is, for a new one would empty the cache. */
function altered(keys: KeyRing, alter: (set: KeySet) => Partial<KeySet>): KeyRing {
  const known = new Map<KeySet, KeySet>();
  const current = async (): Promise<KeySet> => {
    const set = await keys.current();
    const its = known.get(set) ?? { ...set, ...alter(set) };
    known.set(set, its);
    return its;
  };
  return { ...keys, current };
}

function counting(keys: KeyRing = secretKey(SECRET)): CountingKeys {
  let verifications = 0;
  const ring = altered(keys, (set) => ({
    find: (hint) => {
      verifications += 1;
      return set.find(hint);
    },
  }));
  return { ...ring, verifications: () => verifications };
}

describe('the cache of verified tokens', () => {
  /** Verifies tokens alone, told apart by their number; one is kept from its second time. */
  function numbered() {
    const keys = counting();
    const { verify } = createTokens(keys, 'JWT');
    const see = async (number: number): Promise<void> => {
      await verify(tokenFor({ claims: { number } }));
    };
    return {
      see,
      keep: async (number: number): Promise<void> => {
        await see(number);
        await see(number);
      },
      isKept: async (number: number): Promise<boolean> => {
        const before = keys.verifications();
        await see(number);
        return keys.verifications() === before;
      },
    };
  }

  it('verifies a token’s signature twice, however often it comes', async () => {
    const keys = counting();
    const auth = new Scene().auth({ keys });
    for (let call = 0; call < 5; call += 1) await auth.verifyToken(tokenFor());
    expect(keys.verifications()).toBe(2);
  });

  it('and once where that takes a public key', async () => {
    const keys = counting(keyPair({ algorithm: 'EdDSA', privateKey: generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) }));
    const auth = new Scene().auth({ keys });
    const token = await auth.issueToken(ada);
    for (let call = 0; call < 5; call += 1) await auth.verifyToken(token);
    expect(keys.verifications()).toBe(1);
  });

  it('keeps what is in use while others come once', async () => {
    const { see, keep, isKept } = numbered();
    await keep(-1);
    for (let number = 0; number < 12_000; number += 1) await see(number);
    expect(await isKept(-1)).toBe(true);
  });

  it('looks the user up each time', async () => {
    const scene = new Scene();
    const auth = scene.auth();
    await auth.verifyToken(tokenFor());
    scene.users[0] = { ...ada, isActive: false };
    await expect(auth.verifyToken(tokenFor())).rejects.toMatchObject({ code: 'ACCOUNT_DISABLED' });
    scene.users.length = 0;
    await expect(auth.verifyToken(tokenFor())).rejects.toMatchObject({ code: 'USER_NOT_FOUND' });
    expect(scene.lookedUp).toHaveLength(3);
  });

  it('judges expiry and not-before on every hit', async () => {
    const scene = new Scene();
    const keys = counting();
    const auth = scene.auth({ keys });
    const token = tokenFor({ claims: { nbf: NOW } });
    await auth.verifyToken(token);
    await auth.verifyToken(token);
    scene.clock.set(new Date((NOW + 301) * 1000));
    await expect(auth.verifyToken(token)).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
    scene.clock.set(new Date((NOW - 1) * 1000));
    await expect(auth.verifyToken(token)).rejects.toMatchObject({ code: 'TOKEN_REJECTED' });
    scene.clock.set(new Date((NOW + 300) * 1000));
    await expect(auth.verifyToken(token)).resolves.toMatchObject({ user: ada });
    expect(keys.verifications()).toBe(2);
  });

  it('keeps no token that was refused', async () => {
    const keys = counting();
    const auth = new Scene().auth({ keys });
    const forged = tokenFor({ secret: 'another-secret-for-these-tests-0123456789' });
    for (let call = 0; call < 3; call += 1) await expect(auth.verifyToken(forged)).rejects.toMatchObject({ code: 'TOKEN_UNDECODABLE' });
    expect(keys.verifications()).toBe(3);
  });

  it('knows a token by the whole of it', async () => {
    const keys = counting();
    const auth = new Scene().auth({ keys });
    const token = tokenFor();
    await auth.verifyToken(token);
    const [head = '', body = '', signature = ''] = token.split('.');
    const other = signature.startsWith('A') ? 'B' : 'A';
    for (const changed of [`${head}.${body}.${other}${signature.slice(1)}`, `${head}.${body}.`, `${token}A`, token.slice(0, -1)]) {
      await expect(auth.verifyToken(changed)).rejects.toMatchObject({ code: expect.stringMatching(/^TOKEN_/) as string });
    }
  });

  it('is bounded: the least recently used goes first', async () => {
    const { keep, isKept } = numbered();
    await keep(-1);
    await keep(-2);
    for (let number = 0; number < 9_998; number += 1) await keep(number);
    expect(await isKept(-1)).toBe(true);
    await keep(10_000);
    expect([await isKept(-1), await isKept(-2)]).toEqual([true, false]);
  });

  it('belongs to one auth', async () => {
    const [first, second] = [counting(), counting()];
    await new Scene().auth({ keys: first }).verifyToken(tokenFor());
    await new Scene().auth({ keys: second }).verifyToken(tokenFor());
    expect([first.verifications(), second.verifications()]).toEqual([1, 1]);
  });
});

describe('claims', () => {
  it('are frozen and have no prototype', async () => {
    const { claims } = await new Scene().auth().verifyToken(tokenFor({ claims: { ['__proto__']: 1, role: 'admin' } }));
    expect(Object.isFrozen(claims)).toBe(true);
    expect(Object.getPrototypeOf(claims)).toBeNull();
    expect(claims.role).toBe('admin');
  });

  it('nested ones are frozen too: the next request gets the same object', async () => {
    const auth = new Scene().auth();
    const token = tokenFor({ claims: { roles: ['reader'] } });
    const { claims } = await auth.verifyToken(token);
    expect(() => (claims.roles as string[]).push('admin')).toThrow(TypeError);
    expect((await auth.verifyToken(token)).claims.roles).toEqual(['reader']);
  });
});

describe('signing', () => {
  it('makes a token that verifies, with a random jti each time', async () => {
    const auth = new Scene().auth();
    const tokens = await Promise.all([auth.issueToken(ada), auth.issueToken(ada)]);
    const [first, second] = await Promise.all(tokens.map((token) => auth.verifyToken(token)));
    expect(first?.claims.jti).not.toBe(second?.claims.jti);
    expect({ ...first?.claims, jti: 0 }).toEqual({ ...claimsFor(ada), email: 'ada@example.com', jti: 0 });
  });

  it('makes what anybody else can check', async () => {
    const token = await new Scene().auth().issueToken(ada);
    const [head = '', body = ''] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString());
    expect(head).toBe('{"typ":"JWT","alg":"HS256"}');
    expect(sign(JSON.parse(head) as Record<string, unknown>, JSON.parse(body) as Record<string, unknown>, SECRET)).toBe(token);
  });

  it('names the key where the ring does', async () => {
    const keys = altered(secretKey(SECRET), ({ signing }) => ({ signing: signing && { ...signing, kid: 'k1' } }));
    const auth = createJwtAuth({ keys, users: { authenticate: () => ada, findByUsername: () => ada } });
    const token = await auth.issueToken(ada);
    expect(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).toBe('{"typ":"JWT","alg":"HS256","kid":"k1"}');
    await expect(auth.verifyToken(token)).resolves.toMatchObject({ user: ada });
  });

  it('refuses to make one that could not be verified', async () => {
    const filled = (length: number) => new Scene().auth({ claims: () => ({ filler: 'x'.repeat(length) }) }).issueToken(ada);
    const spare = 8192 - (await filled(0)).length;
    const fits = Math.floor(spare / 4) * 3 - 3;
    expect((await filled(fits)).length).toBeLessThanOrEqual(8192);
    const failure: unknown = await filled(fits + 8).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ConfigurationError);
    expect(failure).toHaveProperty('message', expect.stringMatching(/^The token of 8\d{3} characters is over the 8192 that verification accepts; put less into claims\(\)\.$/));
  });
});

describe('a ring of several keys', () => {
  const OLD = 'the-secret-before-this-one-0123456789abcdef';

  it('tries each, for a secret that was changed', async () => {
    const auth = new Scene().auth({ keys: keyRing([secretKey(SECRET), secretKey(OLD)]) });
    await expect(auth.verifyToken(tokenFor({ secret: OLD }))).resolves.toMatchObject({ user: ada });
    await expect(auth.verifyToken(tokenFor())).resolves.toMatchObject({ user: ada });
    await expect(auth.verifyToken(tokenFor({ secret: `${OLD}x` }))).rejects.toMatchObject({ code: 'TOKEN_UNDECODABLE' });
  });

  it('with none for a token', async () => {
    const auth = new Scene().auth({ keys: altered(secretKey(SECRET), () => ({ find: () => [] })) });
    await expect(auth.verifyToken(tokenFor())).rejects.toMatchObject({ code: 'TOKEN_UNDECODABLE' });
  });

  it.each(['HS512', 'RS256', 'none'])('that finds its key for any algorithm is no way around the one the key is for: %s', async (alg) => {
    const keys = altered(secretKey(SECRET), (set) => ({ algorithms: new Set(['HS256', alg]), find: ({ kid }) => set.find({ alg: 'HS256', ...(kid !== undefined && { kid }) }) }));
    const auth = new Scene().auth({ keys });
    await expect(auth.verifyToken(tokenFor())).resolves.toMatchObject({ user: ada });
    // The header names one algorithm, and the signature is HMAC-SHA256 with the true secret.
    const input = [{ typ: 'JWT', alg }, claimsFor(ada)].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    const forged = `${input}.${createHmac('sha256', SECRET).update(input).digest('base64url')}`;
    await expect(auth.verifyToken(forged)).rejects.toThrow();
  });

  it('that fails is an error, not a bad token', async () => {
    const auth = new Scene().auth({ keys: { current: () => Promise.reject(new Error('key store down')) } });
    await expect(auth.verifyToken(tokenFor())).rejects.toThrow('key store down');
  });
});
