import { createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { ConfigurationError, keyPair, keyRing, secretKey } from 'trpc-jwt-auth';
import type { Jwk, KeyPairOptions, KeyRing } from 'trpc-jwt-auth';
import { testAuth } from 'trpc-jwt-auth/testing';
import { describe, expect, it } from 'vitest';

import { forge } from '../security/forged-tokens.js';

type Algorithm = NonNullable<KeyPairOptions['algorithm']>;

const testuser = { id: 1, username: 'testuser', isActive: true };
const authWith = (keys: KeyRing) => testAuth({ keys, users: [testuser], password: 'engine' });

const GENERATED: Record<Algorithm, { privateKey: KeyObject; publicKey: KeyObject }> = (() => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    RS256: rsa,
    RS384: rsa,
    RS512: rsa,
    PS256: rsa,
    PS384: rsa,
    PS512: rsa,
    ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
    ES512: generateKeyPairSync('ec', { namedCurve: 'P-521' }),
    EdDSA: generateKeyPairSync('ed25519'),
  };
})();
const ALGORITHMS = Object.keys(GENERATED) as Algorithm[];

const pem = (key: KeyObject): string => key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }).toString();
const jwk = (key: KeyObject): Jwk => key.export({ format: 'jwk' });
const headerOf = (token: string): Record<string, unknown> => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as Record<string, unknown>;

function complaint(options: object): string {
  try {
    keyPair(options);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as ConfigurationError).message;
  }
  return 'no complaint';
}

interface Vectors {
  claims: Record<string, unknown>;
  tokens: { pyjwt: string; algorithm: string; secret?: string; publicKey?: string; token: string }[];
}
const vectors = JSON.parse(readFileSync(new URL('../fixtures/pyjwt-tokens.json', import.meta.url), 'utf8')) as Vectors;

describe('tokens signed by PyJWT', () => {
  it.each(vectors.tokens.map((each) => [each.pyjwt, each.algorithm, each] as const))('%s with %s verify', async (_version, algorithm, { token, secret, publicKey = '' }) => {
    const signer = secretKey(randomUUID());
    // One of them names its key.
    const kid = headerOf(token).kid as string | undefined;
    const theirs = secret === undefined ? keyPair({ algorithm: algorithm as Algorithm, publicKey, ...(kid !== undefined && { kid }) }) : secretKey(secret, { algorithm: algorithm as 'HS256' });
    const { claims } = await authWith(keyRing([signer, theirs])).verifyToken(token);
    expect(claims).toMatchObject(vectors.claims);
    // By no other key of the same kind, and by no other algorithm of the same key.
    await expect(authWith(signer).verifyToken(token)).rejects.toMatchObject({ code: algorithm === 'HS256' ? 'TOKEN_UNDECODABLE' : 'TOKEN_REJECTED' });
  });
});

describe('a pair', () => {
  it.each(ALGORITHMS)('of %s signs what its public half verifies, from PEM and from JWK', async (algorithm) => {
    const { privateKey, publicKey } = GENERATED[algorithm];
    const tokens = await Promise.all([pem(privateKey), jwk(privateKey)].map((key) => authWith(keyPair({ algorithm, privateKey: key })).issueToken(testuser)));
    const [first = '', second = ''] = tokens;
    // The same key has the same name, however it was written.
    expect(headerOf(first)).toEqual({ typ: 'JWT', alg: algorithm, kid: expect.stringMatching(/^[\w-]{43}$/) as string });
    expect(headerOf(second).kid).toBe(headerOf(first).kid);
    for (const key of [pem(publicKey), jwk(publicKey), { ...jwk(publicKey), use: 'sig', alg: algorithm, kid: String(headerOf(first).kid) }]) {
      const verifier = authWith(keyRing([secretKey(randomUUID()), keyPair({ algorithm, publicKey: key })]));
      for (const token of tokens) expect((await verifier.verifyToken(token)).user).toBe(testuser);
    }
    const stranger = algorithm === 'EdDSA' ? generateKeyPairSync('ed25519') : algorithm.startsWith('ES') ? generateKeyPairSync('ec', { namedCurve: String(jwk(publicKey).crv) }) : generateKeyPairSync('rsa', { modulusLength: 2048 });
    const other = authWith(keyPair({ algorithm, privateKey: pem(stranger.privateKey), kid: String(headerOf(first).kid) }));
    await expect(other.verifyToken(first)).rejects.toMatchObject({ code: 'TOKEN_UNDECODABLE' });
  });

  it('goes all the way: login, refresh, protected calls', async () => {
    const auth = authWith(keyPair({ algorithm: 'ES256', privateKey: pem(GENERATED.ES256.privateKey), kid: 'today' }));
    const { token } = await auth.serializers.obtain.validate({ username: 'testuser', password: 'engine' });
    const { token: refreshed } = await auth.serializers.refresh.validate({ token });
    expect([headerOf(token).kid, headerOf(refreshed).kid, (await auth.verifyToken(refreshed)).user]).toEqual(['today', 'today', testuser]);
  });
});

describe('a ring', () => {
  const [older, newer] = ['ES256', 'ES384'] as const;
  const old = keyPair({ algorithm: older, privateKey: pem(GENERATED[older].privateKey) });
  const fresh = keyPair({ algorithm: newer, privateKey: pem(GENERATED[newer].privateKey) });

  it('signs with its first key and verifies with all', async () => {
    const before = await authWith(old).issueToken(testuser);
    const ring = authWith(keyRing([fresh, old]));
    const after = await ring.issueToken(testuser);
    expect([headerOf(before).alg, headerOf(after).alg]).toEqual([older, newer]);
    for (const token of [before, after]) expect((await ring.verifyToken(token)).user).toBe(testuser);
  });

  it('does not know a key that was taken out', async () => {
    const before = await authWith(old).issueToken(testuser);
    await expect(authWith(fresh).verifyToken(before)).rejects.toMatchObject({ code: 'TOKEN_REJECTED' });
  });

  it('pins each key to its algorithm: a public key is no secret', async () => {
    const publicPem = pem(GENERATED.RS256.publicKey);
    const ring = authWith(keyRing([keyPair({ algorithm: 'RS256', privateKey: pem(GENERATED.RS256.privateKey) }), secretKey(randomUUID())]));
    const claims = { user_id: 1, username: 'testuser', exp: 4_102_444_800 };
    for (const secret of [publicPem, publicPem.trim(), publicPem.replaceAll(/-----.*?-----|\s/g, '')]) {
      await expect(ring.verifyToken(forge({ alg: 'HS256', typ: 'JWT' }, claims, { secret }))).rejects.toMatchObject({ code: 'TOKEN_UNDECODABLE' });
    }
    const pair = authWith(keyPair({ algorithm: 'RS256', privateKey: pem(GENERATED.RS256.privateKey) }));
    await expect(pair.verifyToken(forge({ alg: 'HS256', typ: 'JWT' }, claims, { secret: publicPem }))).rejects.toMatchObject({ code: 'TOKEN_REJECTED' });
  });

  it('takes a token for the key it names, and for no other', async () => {
    const secret = randomUUID();
    const claims = { user_id: 1, username: 'testuser', exp: 4_102_444_800 };
    const ring = authWith(keyRing([secretKey(secret, { kid: 'one' }), secretKey(randomUUID(), { kid: 'two' })]));
    const verify = (kid?: unknown): Promise<unknown> => ring.verifyToken(forge({ alg: 'HS256', typ: 'JWT', ...(kid !== undefined && { kid }) }, claims, { secret })).then(() => 'accepted', (error: unknown) => (error as { code?: string }).code);
    expect([await verify('one'), await verify()]).toEqual(['accepted', 'accepted']);
    for (const kid of ['two', '', '../one', "' OR 1=1 --", 'https://evil.example/jwks', '__proto__', 'toString']) expect(await verify(kid)).toBe('TOKEN_UNDECODABLE');
    for (const kid of [1, null, ['one'], { one: 1 }]) expect(await verify(kid)).toBe('TOKEN_REJECTED');
    expect(headerOf(await ring.issueToken(testuser)).kid).toBe('one');
  });

  it('needs a key, and one that signs', () => {
    const publicKey = keyPair({ algorithm: 'RS256', publicKey: pem(GENERATED.RS256.publicKey) });
    expect(() => keyRing([])).toThrow('keyRing: there are no keys');
    expect(() => keyRing([publicKey, secretKey(randomUUID())])).toThrow('keyRing: the first key signs, and it is a public key');
    expect(() => keyRing([{} as KeyRing])).toThrow('keyRing: one of the keys is none');
    expect(() => authWith(publicKey)).toThrow('has only a public key, which cannot sign');
  });
});

describe('a wrong key', () => {
  const rsa = GENERATED.RS256;
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
  const k1 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
  const withExponent = (e: string): KeyObject => createPublicKey({ key: { ...rsa.publicKey.export({ format: 'jwk' }), e }, format: 'jwk' });
  const pkcs1 = rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  const sec1 = GENERATED.ES256.privateKey.export({ type: 'sec1', format: 'pem' }).toString();
  const encrypted = rsa.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString();

  it.each([
    ['of 1024 bits, PEM', { algorithm: 'RS256', privateKey: pem(small.privateKey) }, 'privateKey has 1024 bits; 2048 are the least'],
    ['of 1024 bits, public', { algorithm: 'RS256', publicKey: pem(small.publicKey) }, 'publicKey has 1024 bits'],
    ['of 1024 bits, JWK', { algorithm: 'PS256', privateKey: jwk(small.privateKey) }, 'privateKey has 1024 bits'],
    ['with the exponent 1, PEM', { algorithm: 'RS256', publicKey: pem(withExponent('AQ')) }, 'publicKey has an exponent with which anybody can sign'],
    ['with an even exponent, PEM', { algorithm: 'RS256', publicKey: pem(withExponent('AQAA')) }, 'publicKey has an exponent with which anybody can sign'],
    ['with the exponent 1, JWK', { algorithm: 'PS256', publicKey: jwk(withExponent('AQ')) }, 'publicKey has an exponent with which anybody can sign'],
    ['with the exponent 1, private', { algorithm: 'RS256', privateKey: { ...jwk(rsa.privateKey), e: 'AQ' } }, 'privateKey has an exponent with which anybody can sign'],
    ['on another curve', { algorithm: 'ES256', privateKey: pem(GENERATED.ES384.privateKey) }, 'is of type P-384; ES256 needs P-256'],
    ['on a curve of others', { algorithm: 'ES256', privateKey: pem(k1.privateKey) }, 'is of type unknown; ES256 needs P-256'],
    ['on a curve of others, JWK', { algorithm: 'ES256', publicKey: jwk(k1.publicKey) }, 'is of type unknown'],
    ['of another type', { algorithm: 'EdDSA', privateKey: pem(rsa.privateKey) }, 'is of type RSA; EdDSA needs Ed25519'],
    ['for RSA-PSS alone', { algorithm: 'PS256', privateKey: pem(pss.privateKey) }, 'is of type unknown; PS256 needs RSA'],
    ['that is private where a public one belongs', { algorithm: 'RS256', publicKey: pem(rsa.privateKey) }, 'publicKey is a private key'],
    ['that is private where a public one belongs, JWK', { algorithm: 'EdDSA', publicKey: jwk(GENERATED.EdDSA.privateKey) }, 'publicKey is a private key'],
    ['that is public where a private one belongs', { algorithm: 'RS256', privateKey: pem(rsa.publicKey) }, 'privateKey is a public key'],
    ['in PKCS#1', { algorithm: 'RS256', privateKey: pkcs1 }, 'it is PKCS#1; convert it: openssl pkcs8 -topk8'],
    ['in SEC1', { algorithm: 'ES256', privateKey: sec1 }, 'it is SEC1; convert it'],
    ['that is encrypted', { algorithm: 'RS256', privateKey: encrypted }, 'it is encrypted; decrypt it'],
    ['that is cut off', { algorithm: 'RS256', privateKey: pem(rsa.privateKey).replace(/(\n.{64}){10}/, '') }, 'privateKey cannot be read; is it cut off?'],
    ['that is no text of a key', { algorithm: 'RS256', privateKey: 'key.pem' }, 'privateKey is no PEM key'],
    ['that is a secret', { algorithm: 'RS256', privateKey: { kty: 'oct', k: 'AAAA' } }, 'privateKey is a shared secret; use secretKey'],
    ['that is nothing', { algorithm: 'RS256', privateKey: null }, 'privateKey is neither a PEM string nor a JWK'],
    ['not given', { algorithm: 'RS256' }, 'give privateKey, to sign and verify, or publicKey'],
    ['given twice', { algorithm: 'RS256', privateKey: pem(rsa.privateKey), publicKey: pem(rsa.publicKey) }, 'give privateKey, to sign and verify, or publicKey'],
    ['for no algorithm', { privateKey: pem(rsa.privateKey) }, 'algorithm is missing; give one of RS256'],
    ['for none', { algorithm: 'none', privateKey: pem(rsa.privateKey) }, 'algorithm is "none"'],
    ['for HS256', { algorithm: 'HS256', publicKey: pem(rsa.publicKey) }, 'algorithm is "HS256"'],
    ['whose JWK is for another algorithm', { algorithm: 'PS256', publicKey: { ...jwk(rsa.publicKey), alg: 'RS256' } }, 'publicKey is for RS256, and algorithm is PS256'],
    ['with an empty name', { algorithm: 'RS256', privateKey: pem(rsa.privateKey), kid: '' }, 'kid is no name'],
    ['with an unknown option', { algorithm: 'RS256', privateKey: pem(rsa.privateKey), key: 1 }, 'unknown option "key"'],
  ])('%s is refused at construction, with the mend', (_what, options, message) => {
    expect(complaint(options)).toContain(message);
    // No message quotes the key.
    expect(complaint(options)).not.toMatch(/MII|[A-Za-z0-9+/]{40}/);
  });
});
