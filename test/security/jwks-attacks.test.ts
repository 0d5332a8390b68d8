import { createHash, createHmac } from 'node:crypto';
import { inspect } from 'node:util';

import express from 'express';
import { keyPair } from 'trpc-jwt-auth';
import type { AsymmetricAlgorithm } from 'trpc-jwt-auth';
import { restBridge } from 'trpc-jwt-auth/express';
import { testAuth } from 'trpc-jwt-auth/testing';
import { afterAll, describe, expect, it } from 'vitest';

import { listen } from '../parity/listening.js';
import { encode, forge, goodClaims } from './forged-tokens.js';
import { everyReport, newPair, publicJwk, signed, startIssuer, verifierOf } from './issuer.js';
import type { Pair } from './issuer.js';
import { EC_A3, EC_PRIVATE_A2, ED25519_A1, RSA_A1, RSA_A2, SIGNED_EC_A3, SIGNED_RSA_A2 } from './known-keys.js';
import { NOW } from './target.js';

const issuer = await startIssuer();
const rsa = newPair('RS256');
const ec = newPair('ES256');
const ed = newPair('EdDSA');
const ALGORITHMS: readonly AsymmetricAlgorithm[] = ['RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA'];

afterAll(() => expect(inspect(everyReport, { depth: 9 })).not.toMatch(/eyJ[\w-]+\.|BEGIN/));

describe('known answers', () => {
  it.each([
    ['RFC 7638 section 3.1', 'RS256', RSA_A1, 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs'],
    ['RFC 8037 appendix A.3', 'EdDSA', ED25519_A1, 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k'],
  ] as const)('the thumbprint of %s', async (_where, algorithm, publicKey, thumbprint) => {
    expect((await keyPair({ algorithm, publicKey }).current()).published).toEqual([{ ...publicKey, kid: thumbprint, alg: algorithm, use: 'sig' }]);
  });

  // RFC 7515: both name no key and no type, and their claims no user.
  it.each([['A.2, RS256', { ...RSA_A2, alg: 'RS256' }, SIGNED_RSA_A2], ['A.3, ES256', EC_A3, SIGNED_EC_A3]])('the token of RFC 7515 appendix %s', async (_where, key, token) => {
    issuer.publish(key);
    const { auth, clock, judge } = verifierOf(issuer, { issuer: 'joe', userFromClaims: ({ iss }) => ({ id: 1, username: String(iss), isActive: true }) });
    clock.set(new Date(1_300_819_380 * 1000));
    expect(await auth.verifyToken(token)).toMatchObject({ user: { username: 'joe' }, claims: { 'http://example.com/is_root': true } });
    clock.advance({ seconds: 1 });
    expect(await judge(token)).toBe('TOKEN_EXPIRED');
  });

  it.each(ALGORITHMS)('%s: what restBridge shows verifies what its auth issued', async (algorithm) => {
    const pair = newPair(algorithm);
    const auth = testAuth({ keys: keyPair({ algorithm, privateKey: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }), clock: () => NOW * 1000 });
    const { origin, close } = await listen(express().use(restBridge(auth)));
    const { auth: verifier, judge, reported } = verifierOf({ url: `${origin}/.well-known/jwks.json` });
    const token = await auth.issueToken({ id: 7, username: 'ada', isActive: true });
    expect((await verifier.verifyToken(token)).user).toEqual({ id: 7, username: 'ada', isActive: true });
    expect(await judge(signed(algorithm, newPair(algorithm)))).toBe('TOKEN_UNDECODABLE');
    expect(reported).toEqual([]);
    await close();
  });
});

describe('a set of', () => {
  it('two keys of one name: each verifies its own tokens, and nothing else does', async () => {
    const other = newPair();
    issuer.publish(publicJwk(ec, { kid: 'one', alg: 'ES256' }), publicJwk(other, { kid: 'one' }), publicJwk(ed, { kid: 'one' }));
    const { judge } = verifierOf(issuer);
    for (const [algorithm, pair] of [['ES256', ec], ['ES256', other], ['EdDSA', ed]] as const) {
      expect(await judge(signed(algorithm, pair, { kid: 'one' }))).toBe('accepted');
      expect(await judge(signed(algorithm, pair, { kid: 'two' }))).toBe('TOKEN_UNDECODABLE');
    }
    expect(await judge(signed('ES256', newPair(), { kid: 'one' }))).toBe('TOKEN_UNDECODABLE');
    expect(await judge(signed('ES256', ec, { kid: 'one', alg: 'EdDSA' }))).toBe('TOKEN_UNDECODABLE');
    expect(await judge(signed('ES384', newPair('ES384'), { kid: 'one' }))).toBe('TOKEN_REJECTED');
  });

  it('keys without alg: a curve says it, and an RSA key is passed over and reported', async () => {
    const pairs = (['ES256', 'ES384', 'ES512', 'EdDSA'] as const).map((algorithm) => [algorithm, newPair(algorithm)] as const);
    issuer.publish(publicJwk(rsa, { kid: 'rsa' }), ...pairs.map(([algorithm, pair]) => publicJwk(pair, { kid: algorithm })));
    const { judge, complaints } = verifierOf(issuer);
    for (const [algorithm, pair] of pairs) expect(await judge(signed(algorithm, pair, { kid: algorithm }))).toBe('accepted');
    for (const algorithm of ['RS256', 'PS256'] as const) expect(await judge(signed(algorithm, rsa, { kid: 'rsa' }))).toBe('TOKEN_REJECTED');
    // The set was loaded twice and has not changed, so that it is complained of once.
    expect(complaints()).toEqual(['jwksVerifier: key 0 of the set names no alg, and an RSA key could be of several; it is not used.']);
  });

  it('an RSA key for one algorithm, which is for no other of its kind', async () => {
    issuer.publish(publicJwk(rsa, { alg: 'PS384' }));
    const { judge } = verifierOf(issuer);
    const codes = await Promise.all((['PS384', 'RS256', 'RS384', 'PS256'] as const).map((algorithm) => judge(signed(algorithm, rsa))));
    expect(codes).toEqual(['accepted', 'TOKEN_REJECTED', 'TOKEN_REJECTED', 'TOKEN_REJECTED']);
  });
});

describe('a secret', () => {
  const k = encode('a-secret-that-stands-in-a-public-place-012');

  it.each([{ kty: 'oct', k }, { kty: 'oct', k, alg: 'HS256', kid: 'h' }, { kty: 'oct', k, alg: 'ES256' }, { kty: 'RSA', k, alg: 'HS256' }, { ...publicJwk(rsa), k, alg: 'HS256' }, { kty: 'oct' }])(
    'in the set signs nothing, and is reported: %#',
    async (key) => {
      issuer.publish(key, publicJwk(ec));
      const { judge, complaints } = verifierOf(issuer);
      for (const secret of [Buffer.from(k, 'base64url'), k]) {
        for (const kid of [undefined, 'h']) expect(await judge(forge({ typ: 'JWT', alg: 'HS256', kid }, goodClaims, { secret }))).toBe('TOKEN_REJECTED');
      }
      expect(await judge(signed('ES256', ec))).toBe('accepted');
      expect(complaints()).toEqual(['jwksVerifier: key 0 of the set is a shared secret, which is secret no more; it is not used.']);
      expect(inspect(everyReport, { depth: 9 })).not.toContain(k);
    },
  );

  it.each(['HS256', 'HS384', 'HS512'])('is not what a public key is, in any spelling: %s', async (alg) => {
    const jwk = publicJwk(rsa, { alg: 'RS256', kid: 'rsa' });
    issuer.publish(jwk, publicJwk(ed, { kid: 'ed' }));
    const { judge } = verifierOf(issuer);
    const secrets = [
      ...[rsa, ed].flatMap(({ publicKey }) => [publicKey.export({ type: 'spki', format: 'pem' }), publicKey.export({ type: 'spki', format: 'pem' }).toString().trim(), publicKey.export({ type: 'spki', format: 'der' })]),
      ...[jwk.n ?? '', publicJwk(ed).x ?? ''].flatMap((text) => [text, Buffer.from(text, 'base64url')]),
      JSON.stringify(jwk),
      '',
    ];
    for (const secret of secrets) {
      for (const kid of [undefined, 'rsa', 'ed']) expect(await judge(forge({ typ: 'JWT', alg, kid }, goodClaims, { secret, hash: alg }))).toBe('TOKEN_REJECTED');
    }
    // Nor does a MAC under the name of the key's own algorithm.
    const input = `${encode({ typ: 'JWT', alg: 'RS256', kid: 'rsa' })}.${encode(goodClaims)}`;
    expect(await judge(`${input}.${createHmac('sha256', secrets[0] ?? '').update(input).digest('base64url')}`)).toBe('TOKEN_UNDECODABLE');
  });
});

describe('a key that is not used', () => {
  const point = publicJwk(newPair());
  const weak = publicJwk(newPair('RS256'));
  const other = newPair('ES384');
  const privateOf = ({ privateKey }: Pair, members = {}) => ({ ...privateKey.export({ format: 'jwk' }), ...members });
  const { d: _d, ...crt } = privateOf(rsa);
  const unused: readonly (readonly [string, object, string | undefined, string?])[] = [
    ['private', privateOf(ec), 'is a private key, which is secret no more'],
    ['private, RFC 7517 appendix A.2', EC_PRIVATE_A2, 'is a private key'],
    ['private, RSA', privateOf(rsa, { alg: 'RS256' }), 'is a private key', signed('RS256', rsa)],
    ['private in all but d', { ...crt, alg: 'RS256' }, 'is a private key', signed('RS256', rsa)],
    ['private, Ed25519', privateOf(ed), 'is a private key', signed('EdDSA', ed)],
    ['for encryption', publicJwk(ec, { use: 'enc' }), undefined],
    ['for a use of another case', publicJwk(ec, { use: 'SIG' }), undefined],
    ['for no operation', publicJwk(ec, { key_ops: [] }), undefined],
    ['that may sign and not verify', publicJwk(ec, { key_ops: ['sign'] }), undefined],
    ['whose operations are a string', publicJwk(ec, { key_ops: 'verify' }), undefined],
    ['for an algorithm that is a secret', publicJwk(ec, { alg: 'HS256' }), undefined],
    ['for no algorithm', publicJwk(ec, { alg: 'none' }), undefined],
    ['for an algorithm named as every object has it', publicJwk(ec, { alg: 'constructor' }), undefined],
    ['for an algorithm that is a list', publicJwk(ec, { alg: ['ES256'] }), undefined],
    ['for an algorithm of another curve', publicJwk(ec, { alg: 'ES384' }), 'is of type P-256; ES384 needs P-384'],
    ['on another curve than its algorithm', publicJwk(other, { alg: 'ES256' }), 'is of type P-384; ES256 needs P-256', signed('ES384', other)],
    ['that says another curve than its point is on', publicJwk(ec, { crv: 'P-384' }), 'cannot be used'],
    ['for an algorithm of another type', publicJwk(rsa, { alg: 'EdDSA' }), 'is of type RSA; EdDSA needs Ed25519', signed('RS256', rsa)],
    ['on a curve of others', { kty: 'EC', crv: 'secp256k1', x: point.x, y: point.y }, undefined],
    ['of another kty', publicJwk(ec, { kty: 'OKP' }), 'cannot be used'],
    ['of no kty', publicJwk(ec, { kty: undefined }), 'cannot be used'],
    ['that is no point of its curve', publicJwk(ec, { y: point.y }), 'cannot be used'],
    ['that is a point cut short', publicJwk(ec, { y: ec.publicKey.export({ format: 'jwk' }).y?.slice(0, -4) }), 'cannot be used'],
    ['without y', publicJwk(ec, { y: undefined }), 'cannot be used'],
    ['whose x is a number', publicJwk(ec, { x: 7 }), 'cannot be used'],
    ['whose x is no base64', publicJwk(ec, { x: '!!!' }), 'cannot be used'],
    ['that is Ed25519 cut short', publicJwk(ed, { x: publicJwk(ed).x?.slice(0, -4) }), 'cannot be used', signed('EdDSA', ed)],
    ['of 1024 bits', publicJwk(rsa, { alg: 'RS256', n: weak.n?.slice(0, 171) }), '2048 are the least', signed('RS256', rsa)],
    ['of 2048 bits that are zeros', publicJwk(rsa, { alg: 'RS256', n: 'A'.repeat(342) }), '2048 are the least', signed('RS256', rsa)],
    ['with the exponent 1, whose every signature is its message', publicJwk(rsa, { alg: 'RS256', e: 'AQ' }), 'an exponent with which anybody can sign', forgedByExponentOne()],
    ['with an exponent that is even', publicJwk(rsa, { alg: 'RS256', e: 'AQAA' }), 'an exponent with which anybody can sign', signed('RS256', rsa)],
    ['with no exponent', publicJwk(rsa, { alg: 'RS256', e: undefined }), 'an exponent with which anybody can sign', signed('RS256', rsa)],
    ['with a kid that is a number', publicJwk(ec, { kid: 7 }), 'has a kid that is no string'],
    ['with a kid that is empty', publicJwk(ec, { kid: '' }), 'has a kid that is no string', signed('ES256', ec, { kid: '' })],
  ];

  it.each(unused.map(([what, key, complaint, token = signed('ES256', ec)]) => [what, { key, complaint, token }] as const))('%s', async (_what, { key, complaint, token }) => {
    const good = newPair('ES512');
    issuer.publish(key, publicJwk(good));
    const { judge, complaints } = verifierOf(issuer);
    expect(await judge(token)).toMatch(/^TOKEN_(REJECTED|UNDECODABLE)$/);
    // It takes nothing from its neighbours.
    expect(await judge(signed('ES512', good))).toBe('accepted');
    expect(complaints()).toEqual(complaint === undefined ? [] : [expect.stringContaining(complaint)]);
    expect(inspect(everyReport, { depth: 9 })).not.toMatch(/"d":|[\w-]{40}/);
  });

  it.each([{ use: 'sig' }, { key_ops: ['verify'] }, { key_ops: ['verify', 'unknown'] }, { use: 'sig', key_ops: ['verify'], alg: 'ES256', x5c: ['MII'], ext: true, nonsense: { a: 1 } }])('but this one is: %j', async (members) => {
    issuer.publish(publicJwk(ec, members));
    const { judge, reported } = verifierOf(issuer);
    expect(await judge(signed('ES256', ec))).toBe('accepted');
    expect(reported).toEqual([]);
  });
});

/** With e = 1 a signature is the padded message itself (RFC 8017 section 9.2), which anybody can write. */
function forgedByExponentOne(): string {
  const input = `${encode({ typ: 'JWT', alg: 'RS256' })}.${encode(goodClaims)}`;
  const digest = Buffer.concat([Buffer.from('3031300d060960864801650304020105000420', 'hex'), Buffer.from(createHash('sha256').update(input).digest())]);
  const padded = Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(256 - 3 - digest.length, 0xff), Buffer.from([0]), digest]);
  return `${input}.${padded.toString('base64url')}`;
}

describe('what is no key', () => {
  const inside = JSON.stringify(publicJwk(ec));
  const entries = ['null', '"key"', '7', 'true', '[]', '{}', '{"kty":null}', '{"kty":{"toString":1}}', '{"constructor":{"prototype":{"kty":"EC"}}}'];
  it.each<readonly [string, string]>([...entries.map((entry) => [entry, entry] as const), ['a key in lists', `[[[${inside}]]]`], ['a key as __proto__', `{"__proto__":${inside}}`], ['2000 lists, each in the next', '['.repeat(2000) + ']'.repeat(2000)]])(
    'takes nothing from its neighbours: %s',
    async (_what, entry) => {
      issuer.say(`{"keys":[${entry},${JSON.stringify(publicJwk(ed, { kid: 'ed' }))}]}`);
      const { judge } = verifierOf(issuer);
      expect(await judge(signed('EdDSA', ed, { kid: 'ed' }))).toBe('accepted');
      expect(await judge(signed('ES256', ec))).toBe('TOKEN_REJECTED');
      expect(({} as Record<string, unknown>).kty).toBeUndefined();
    },
  );

  it('a set of it alone refuses every token, and says what it is', async () => {
    issuer.publish(null, 'key', [], 7);
    const { judge, complaints } = verifierOf(issuer);
    for (const token of [signed('ES256', ec), forge({ typ: 'JWT', alg: 'HS256' }, goodClaims, { secret: '' }), forge({ alg: 'none' }).replace(/[^.]*$/, '')]) expect(await judge(token)).toBe('TOKEN_REJECTED');
    expect(complaints()).toEqual([0, 1, 2, 3].map((index) => `jwksVerifier: key ${index} of the set is no object; it is not used.`));
  });
});
