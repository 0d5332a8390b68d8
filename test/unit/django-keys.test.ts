import { createHmac, generateKeyPairSync, sign as signWith } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import { ConfigurationError, createJwtAuth } from 'trpc-jwt-auth';
import { fromDjangoSettings } from 'trpc-jwt-auth/django';
import { describe, expect, it } from 'vitest';

import { decodeSegment } from '../conformance/issued.js';

const SECRET_KEY = 'a-django-secret-key-of-fifty-characters-0123456789';
const [FIRST, SECOND] = ['the-first-secret-of-the-tokens-0123456789', 'the-second-secret-of-the-tokens-012345678'];
const ada = { id: 1, username: 'ada', isActive: true };

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const otherRsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed = generateKeyPairSync('ed25519');
const privatePem = ({ privateKey }: { privateKey: KeyObject }): string => privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const publicPem = ({ publicKey }: { publicKey: KeyObject }): string => publicKey.export({ type: 'spki', format: 'pem' }).toString();

function authOf(JWT_AUTH: object) {
  const isFork = 'JWT_INSIST_ON_KID' in JWT_AUTH;
  return createJwtAuth({
    ...fromDjangoSettings({ SECRET_KEY, JWT_AUTH: JWT_AUTH }, { package: isFork ? 'drf-jwt' : 'djangorestframework-jwt' }),
    users: { authenticate: () => null, findByUsername: (username) => (username === 'ada' ? ada : null) },
  });
}

function refusal(JWT_AUTH: object): string {
  try {
    authOf(JWT_AUTH);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    const { message } = error as ConfigurationError;
    expect(message).not.toMatch(/BEGIN [A-Z ]*KEY-----\n/);
    return message;
  }
  return 'no complaint';
}

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Signs as PyJWT does, with nothing of the package under test. */
function token(alg: string, key: string | { privateKey: KeyObject }, kid?: string): string {
  const input = `${encoded({ typ: 'JWT', alg, ...(kid !== undefined && { kid }) })}.${encoded({ user_id: 1, username: 'ada', exp: 4_102_444_800 })}`;
  const signature =
    typeof key === 'string'
      ? createHmac('sha256', key).update(input).digest()
      : signWith(alg === 'EdDSA' ? null : 'sha256', Buffer.from(input), { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

const takes = (auth: ReturnType<typeof authOf>, each: string): Promise<boolean> => auth.verifyToken(each).then(() => true, () => false);
const headerOf = async (auth: ReturnType<typeof authOf>): Promise<object> => decodeSegment(await auth.issueToken(ada), 0) ?? {};

describe('secrets', () => {
  it('of several the first signs, and all verify', async () => {
    const auth = authOf({ JWT_SECRET_KEY: [FIRST, SECOND] });
    expect(await headerOf(auth)).toEqual({ typ: 'JWT', alg: 'HS256' });
    expect(await takes(authOf({ JWT_SECRET_KEY: FIRST }), await auth.issueToken(ada))).toBe(true);
    expect([await takes(auth, token('HS256', FIRST)), await takes(auth, token('HS256', SECOND)), await takes(auth, token('HS256', SECRET_KEY))]).toEqual([true, true, false]);
  });

  it('by their names: the first one’s name is in the header, and a token is of the key it names, or of any', async () => {
    const auth = authOf({ JWT_SECRET_KEY: { new: FIRST, old: SECOND } });
    expect(await headerOf(auth)).toEqual({ typ: 'JWT', alg: 'HS256', kid: 'new' });
    expect([await takes(auth, token('HS256', SECOND, 'old')), await takes(auth, token('HS256', SECOND))]).toEqual([true, true]);
    expect([await takes(auth, token('HS256', SECOND, 'new')), await takes(auth, token('HS256', FIRST, 'other'))]).toEqual([false, false]);
  });

  it('JWT_INSIST_ON_KID refuses a token that names none', async () => {
    const auth = authOf({ JWT_SECRET_KEY: { new: FIRST, old: SECOND }, JWT_INSIST_ON_KID: true });
    expect([await takes(auth, token('HS256', SECOND, 'old')), await takes(auth, token('HS256', SECOND))]).toEqual([true, false]);
    expect(await takes(auth, await auth.issueToken(ada))).toBe(true);
    expect(await takes(authOf({ JWT_SECRET_KEY: { only: FIRST }, JWT_INSIST_ON_KID: true }), token('HS256', FIRST))).toBe(false);
    expect(refusal({ JWT_INSIST_ON_KID: true })).toBe('fromDjangoSettings: JWT_AUTH.JWT_INSIST_ON_KID is true, and a key of JWT_SECRET_KEY has no name; give the keys as { kid: key }, or take JWT_INSIST_ON_KID out.');
  });

  it('names that are numbers are sorted by JavaScript: a Map is wanted, else the old key would sign', async () => {
    expect(refusal({ JWT_SECRET_KEY: { 2027: FIRST, 2026: SECOND } })).toContain('JWT_SECRET_KEY has names that are numbers, which JavaScript sorts, and the first key signs; give new Map(');
    expect(await headerOf(authOf({ JWT_SECRET_KEY: new Map([['2027', FIRST], ['2026', SECOND]]) }))).toMatchObject({ kid: '2027' });
    expect(await headerOf(authOf({ JWT_SECRET_KEY: { 2027: FIRST } }))).toMatchObject({ kid: '2027' });
  });

  it.each([[[], 'is empty'], [{}, 'is empty'], [5, 'is number'], [[5], 'holds something that is no key'], [{ a: null }, 'holds something that is no key'], [new Map([['', FIRST]]), 'has a key whose name is no string']])('%j is none', (JWT_SECRET_KEY, fault) => {
    expect(refusal({ JWT_SECRET_KEY })).toBe(`fromDjangoSettings: JWT_AUTH.JWT_SECRET_KEY ${fault}; give a key, an array of keys, or the keys by their names, as { kid: key }.`);
  });

  it('a short one among them', () => {
    expect(refusal({ JWT_SECRET_KEY: [FIRST, 'short'] })).toMatch(/^fromDjangoSettings: JWT_AUTH\.JWT_SECRET_KEY: the secret has 5 bytes/);
  });
});

describe('pairs', () => {
  const jwk = (key: KeyObject): object => key.export({ format: 'jwk' });

  it.each([
    ['RS256', rsa, { JWT_PRIVATE_KEY: privatePem(rsa), JWT_PUBLIC_KEY: publicPem(rsa) }],
    ['RS256', rsa, { JWT_PRIVATE_KEY: privatePem(rsa) }],
    ['RS256', rsa, { JWT_PRIVATE_KEY: jwk(rsa.privateKey), JWT_PUBLIC_KEY: jwk(rsa.publicKey) }],
    ['RS256', otherRsa, { JWT_PRIVATE_KEY: privatePem(rsa), JWT_PUBLIC_KEY: [publicPem(rsa), publicPem(otherRsa)] }],
    ['ES256', ec, { JWT_PRIVATE_KEY: privatePem(ec) }],
    ['EdDSA', ed, { JWT_PRIVATE_KEY: privatePem(ed) }],
  ])('%s, case %#', async (JWT_ALGORITHM, pair, keys) => {
    const auth = authOf({ JWT_ALGORITHM, ...keys });
    expect(await headerOf(auth)).toMatchObject({ alg: JWT_ALGORITHM });
    expect([await takes(auth, await auth.issueToken(ada)), await takes(auth, token(JWT_ALGORITHM, pair))]).toEqual([true, true]);
    // The public key is no secret (CVE-2015-9235), and nor is SECRET_KEY where a pair signs.
    expect([await takes(auth, token('HS256', publicPem(pair))), await takes(auth, token('HS256', SECRET_KEY))]).toEqual([false, false]);
  });

  it.each(['RS384', 'RS512', 'PS256', 'PS384', 'PS512'])('%s signs what it verifies', async (JWT_ALGORITHM) => {
    const auth = authOf({ JWT_ALGORITHM, JWT_PRIVATE_KEY: privatePem(rsa) });
    expect(await headerOf(auth)).toMatchObject({ alg: JWT_ALGORITHM });
    expect([await takes(auth, await auth.issueToken(ada)), await takes(auth, token('RS256', rsa))]).toEqual([true, false]);
  });

  it('a private key that is not the first signs nothing and verifies nothing, as in Python', async () => {
    const auth = authOf({ JWT_ALGORITHM: 'RS256', JWT_PRIVATE_KEY: [privatePem(rsa), privatePem(otherRsa)] });
    expect([await takes(auth, token('RS256', rsa)), await takes(auth, token('RS256', otherRsa))]).toEqual([true, false]);
  });

  it('by their names', async () => {
    const keys = { JWT_ALGORITHM: 'RS256', JWT_PRIVATE_KEY: { new: privatePem(rsa) }, JWT_PUBLIC_KEY: { new: publicPem(rsa), old: publicPem(otherRsa) } };
    const auth = authOf(keys);
    expect(await headerOf(auth)).toEqual({ typ: 'JWT', alg: 'RS256', kid: 'new' });
    expect([await takes(auth, token('RS256', otherRsa, 'old')), await takes(auth, token('RS256', otherRsa, 'new')), await takes(auth, token('RS256', otherRsa))]).toEqual([true, false, true]);
    const insisting = authOf({ ...keys, JWT_INSIST_ON_KID: true });
    expect([await takes(insisting, token('RS256', otherRsa, 'old')), await takes(insisting, token('RS256', otherRsa))]).toEqual([true, false]);
    expect(refusal({ ...keys, JWT_PRIVATE_KEY: privatePem(rsa), JWT_INSIST_ON_KID: true })).toContain('a key of JWT_PRIVATE_KEY or JWT_PUBLIC_KEY has no name');
  });

  it.each([
    [{ JWT_ALGORITHM: ['RS256', 'HS256'], JWT_PRIVATE_KEY: privatePem(rsa) }, 'RS256'],
    [{ JWT_ALGORITHM: ['HS256', 'RS256'], JWT_PRIVATE_KEY: privatePem(rsa) }, 'HS256'],
    [{ JWT_ALGORITHM: ['HS256', 'RS256'], JWT_PUBLIC_KEY: publicPem(rsa) }, 'HS256'],
    [{ JWT_ALGORITHM: ['RS256', 'ES256', 'HS256'], JWT_PRIVATE_KEY: privatePem(rsa), JWT_PUBLIC_KEY: [publicPem(ec)] }, 'RS256'],
  ])('several algorithms: the first signs, each verifies with the keys of its family; case %#', async (keys, signs) => {
    const auth = authOf(keys);
    expect(await headerOf(auth)).toMatchObject({ alg: signs });
    expect([await takes(auth, token('RS256', rsa)), await takes(auth, token('HS256', SECRET_KEY)), await takes(auth, token('HS256', publicPem(rsa)))]).toEqual([true, true, false]);
    expect(await takes(auth, token('ES256', ec))).toBe(keys.JWT_ALGORITHM.includes('ES256'));
  });

  it.each<[string, object, string]>([
    ['no private key', { JWT_ALGORITHM: 'RS256' }, 'JWT_ALGORITHM is RS256, and there is no JWT_PRIVATE_KEY to sign with; give it'],
    ['a public key alone', { JWT_ALGORITHM: 'RS256', JWT_PUBLIC_KEY: publicPem(rsa) }, 'JWT_PUBLIC_KEY is there without JWT_PRIVATE_KEY, so that nothing signs; give that'],
    ['a private key without its algorithm', { JWT_PRIVATE_KEY: privatePem(rsa) }, 'JWT_PRIVATE_KEY is there, and JWT_ALGORITHM is HS256, which has a secret and no pair'],
    ['a public key without its algorithm', { JWT_ALGORITHM: ['HS256', 'HS512'], JWT_PUBLIC_KEY: publicPem(rsa) }, 'JWT_PUBLIC_KEY is there, and JWT_ALGORITHM is HS256, HS512, which has a secret and no pair'],
    ['an algorithm without its keys', { JWT_ALGORITHM: ['HS256', 'RS256'] }, 'JWT_ALGORITHM has RS256, and there is neither JWT_PUBLIC_KEY nor JWT_PRIVATE_KEY; give one, or take RS256 out'],
    ['a second algorithm without its keys', { JWT_ALGORITHM: ['RS256', 'ES256'], JWT_PRIVATE_KEY: privatePem(rsa) }, 'JWT_ALGORITHM has ES256, and no key is of the type P-256 that it needs'],
    ['the first algorithm is another key’s', { JWT_ALGORITHM: ['ES256', 'RS256'], JWT_PRIVATE_KEY: privatePem(rsa), JWT_PUBLIC_KEY: publicPem(ec) }, 'JWT_PRIVATE_KEY is of another type than ES256 needs, which signs'],
    ['a key of another type', { JWT_ALGORITHM: 'ES256', JWT_PRIVATE_KEY: privatePem(rsa) }, 'JWT_PRIVATE_KEY: privateKey is of type RSA; ES256 needs P-256'],
    ['PKCS#1', { JWT_ALGORITHM: 'RS256', JWT_PRIVATE_KEY: rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }) }, 'JWT_PRIVATE_KEY: privateKey is no PEM key of PKCS#8 or SPKI ("BEGIN PRIVATE KEY", "BEGIN PUBLIC KEY"): it is PKCS#1; convert it: openssl pkcs8'],
    ['SEC1', { JWT_ALGORITHM: 'ES256', JWT_PRIVATE_KEY: ec.privateKey.export({ type: 'sec1', format: 'pem' }) }, 'it is SEC1; convert it: openssl pkcs8'],
    ['PKCS#1, public', { JWT_ALGORITHM: 'RS256', JWT_PRIVATE_KEY: privatePem(rsa), JWT_PUBLIC_KEY: rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }) }, 'JWT_PUBLIC_KEY: publicKey is no PEM key'],
    ['a private key for a public one', { JWT_ALGORITHM: 'RS256', JWT_PRIVATE_KEY: privatePem(rsa), JWT_PUBLIC_KEY: privatePem(rsa) }, 'JWT_PUBLIC_KEY: publicKey is a private key'],
    ['a public key for a private one', { JWT_ALGORITHM: 'RS256', JWT_PRIVATE_KEY: publicPem(rsa) }, 'JWT_PRIVATE_KEY: privateKey is a public key'],
    ['a user’s secret where nothing has one', { JWT_ALGORITHM: 'RS256', JWT_PRIVATE_KEY: privatePem(rsa), JWT_GET_USER_SECRET_KEY: () => FIRST }, 'JWT_GET_USER_SECRET_KEY is there, and no algorithm of JWT_ALGORITHM has a secret'],
    ...['none', 'hs256', '', 'HS1', 'ES256K'].map((name): [string, object, string] => [`algorithm "${name}"`, { JWT_ALGORITHM: name }, `JWT_ALGORITHM is "${name}"; use HS256, HS384, HS512, RS256,`]),
    ['algorithm none among others', { JWT_ALGORITHM: ['HS256', 'none'] }, 'JWT_ALGORITHM has "none"; use '],
    ['no algorithm', { JWT_ALGORITHM: [] }, "JWT_ALGORITHM is []; give one, as 'HS256', or an array of them"],
    ['algorithm null', { JWT_ALGORITHM: 5 }, 'JWT_ALGORITHM is 5; give one'],
  ])('is refused: %s', (_name, JWT_AUTH, message) => {
    expect(refusal(JWT_AUTH)).toContain(`${message.startsWith('it is') ? '' : 'fromDjangoSettings: JWT_AUTH.'}${message}`);
  });
});
