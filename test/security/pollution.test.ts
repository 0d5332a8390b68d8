import { mintToken, testAuth } from 'trpc-jwt-auth/testing';
import { afterEach, describe, expect, it } from 'vitest';

import { forge, goodClaims } from './forged-tokens.js';
import { attackable, codeOf, NOW, PASSWORD, verdict } from './target.js';

const target = await attackable();
const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
const json = { 'Content-Type': 'application/json' };
const good = `"username":"ada","password":"${PASSWORD}"`;

afterEach(() => {
  const bare = {} as Record<string, unknown>;
  expect([bare.polluted, bare.username, bare.password, bare.token, bare.isAdmin]).toEqual([undefined, undefined, undefined, undefined, undefined]);
  expect(Object.keys(Object.prototype)).toEqual([]);
});

describe('fields that reach for a prototype', () => {
  const bodies: [string, Record<string, string>, string][] = [
    ['JSON __proto__', json, `{"__proto__":{"polluted":1,${good}}}`],
    ['JSON constructor', json, `{"constructor":{"prototype":{"polluted":1,${good}}}}`],
    ['a form with brackets', form, '__proto__[username]=ada&__proto__[polluted]=1&constructor[prototype][polluted]=1'],
    ['a form with dots', form, '__proto__.username=ada&constructor.prototype.polluted=1'],
    ['a form field __proto__', form, '__proto__=ada&username=&toString=x&hasOwnProperty=y'],
    ['multipart names', { 'Content-Type': 'multipart/form-data; boundary=X' }, '--X\r\nContent-Disposition: form-data; name="__proto__"\r\n\r\nada\r\n--X\r\nContent-Disposition: form-data; name="constructor.prototype.polluted"\r\n\r\n1\r\n--X--\r\n'],
  ];
  it.each(bodies)('%s log nobody in', async (_, headers, body) => {
    const answer = await target.send('POST', '/api-token-auth/', headers, body);
    expect([answer.status, codeOf(answer)]).toEqual([400, 'VALIDATION_FAILED']);
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__'])('beside good ones, a field %s changes nothing', async (name) => {
    for (const value of ['"x"', 'null', '{"polluted":1}', '[]']) {
      expect(codeOf(await target.send('POST', '/api-token-auth/', json, `{"${name}":${value},${good}}`))).toBe('accepted');
    }
    expect(codeOf(await target.send('POST', '/api-token-auth/', form, `${name}=x&${new URLSearchParams({ username: 'ada', password: PASSWORD })}`))).toBe('accepted');
  });
});

describe('superjson’s own paths', () => {
  const metas = [
    { values: { '__proto__.polluted': ['Date'] } },
    { values: { 'constructor.prototype.polluted': ['set'] } },
    { values: { username: [['class', '__proto__']] } },
    { values: [['custom', 'x']] },
    { referentialEqualities: { username: ['__proto__.polluted'] } },
    { referentialEqualities: { '__proto__': ['username'] } },
    { referentialEqualities: { 'constructor.prototype': ['polluted'] } },
    { values: { username: ['Error'] }, v: 1 },
    { values: { username: ['regexp'] } },
    { values: { username: ['bigint'] } },
    { values: { username: ['undefined'] } },
    { values: 'x' },
    7,
    null,
  ];
  it.each(metas.map((meta) => [JSON.stringify(meta), meta] as const))('%s', async (_, meta) => {
    const input = JSON.stringify({ json: { username: 'ada', password: 'wrong', __proto__: undefined }, meta });
    const answer = await target.send('POST', '/trpc/auth.obtain', json, input);
    expect([400, 401]).toContain(answer.status);
    expect(answer.body).not.toMatch(/node_modules|at .*\(|"stack"/);
  });
});

describe('claims that reach for a prototype', () => {
  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'then'])('a claim named %s is a claim and nothing else', async (name) => {
    const claims = `{"user_id":1,"username":"ada","orig_iat":${NOW},"exp":${NOW + 300},"${name}":{"polluted":1,"username":"eve"}}`;
    expect(verdict(await target.judge(forge({ typ: 'JWT', alg: 'HS256' }, claims)))).toBe('accepted');
  });

  it('no claim is inherited: a token without them has no user name and no expiry', async () => {
    const header = { typ: 'JWT', alg: 'HS256' };
    const inherited = `{"__proto__":{"user_id":1,"username":"ada","exp":${NOW + 300}}}`;
    expect(verdict(await target.judge(forge(header, inherited)))).toBe('TOKEN_REJECTED');
    expect(verdict(await target.judge(forge(header, `{"exp":${NOW + 300},"__proto__":{"username":"ada"}}`)))).toBe('TOKEN_PAYLOAD_INVALID');
    expect(verdict(await target.judge(forge(`{"__proto__":{"alg":"HS256"}}`, goodClaims)))).toBe('TOKEN_REJECTED');
  });

  it('the verified claims have no prototype and cannot be changed', async () => {
    const auth = testAuth();
    const { claims } = await auth.verifyToken(await mintToken(auth, 'ada'));
    expect(Object.getPrototypeOf(claims)).toBeNull();
    expect(Object.isFrozen(claims)).toBe(true);
  });

  it('an app’s own claims cannot replace the registered ones, nor bring a prototype', async () => {
    const claims = JSON.parse(`{"exp":9999999999,"iat":1,"nbf":1,"jti":"x","iss":"x","aud":"x","orig_iat":9999999999,"__proto__":{"polluted":1},"role":"admin"}`) as object;
    const sly = await attackable({ claims: () => claims as { role: string } });
    const [, payload = ''] = (await sly.issue()).split('.');
    const issued = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    expect(issued).toMatchObject({ exp: NOW + 300, iat: NOW, orig_iat: NOW, role: 'admin' });
    expect([issued.iss, issued.aud, issued.nbf, issued.jti === 'x']).toEqual([undefined, undefined, undefined, false]);
  });
});
