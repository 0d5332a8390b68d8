import { generateKeyPairSync } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { encode, forge, goodClaims, withClaims } from './forged-tokens.js';
import { attackable, NOW, SECRET, verdict } from './target.js';

const target = await attackable();
const header = { typ: 'JWT', alg: 'HS256' };
const good = forge(header);
const [head = '', payload = '', signature = ''] = good.split('.');
const other = withClaims({ username: 'eve', user_id: 2 });

it('takes the good token these are made of, everywhere', async () => {
  expect(verdict(await target.judge(good))).toBe('accepted');
});

const REJECTED = 'TOKEN_REJECTED';
const UNDECODABLE = 'TOKEN_UNDECODABLE';
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
const asBytes = {
  PEM: rsa.export({ type: 'spki', format: 'pem' }),
  DER: rsa.export({ type: 'spki', format: 'der' }),
  JWK: JSON.stringify(rsa.export({ format: 'jwk' })),
};

describe('algorithms', () => {
  const unsigned = ['none', 'None', 'NONE', 'nOnE', 'none ', '', 'hs256', 'HS256 ', null, undefined, 0, [], ['HS256'], { alg: 'HS256' }, true];
  it.each(unsigned.flatMap((alg) => [['no signature', alg, ''] as const, ['a true HMAC', alg, undefined] as const]))('alg with %s: %j', async (_, alg, given) => {
    const forged = forge({ typ: 'JWT', alg });
    expect(verdict(await target.judge(given === undefined ? forged : forged.replace(/[^.]*$/, '')))).toBe(REJECTED);
  });

  it.each(['HS384', 'HS512', 'RS256', 'RS384', 'PS256', 'ES256', 'ES256K', 'EdDSA', 'HS1', 'A128KW', 'dir'])('outside the list: %s, signed with the secret', async (alg) => {
    expect(verdict(await target.judge(forge({ typ: 'JWT', alg }, goodClaims, { hash: alg })))).toBe(REJECTED);
  });

  it.each(Object.entries(asBytes))('a public key as HMAC secret, as %s', async (_, secret) => {
    expect(verdict(await target.judge(forge(header, goodClaims, { secret })))).toBe(UNDECODABLE);
    expect(verdict(await target.judge(forge({ typ: 'JWT', alg: 'RS256' }, goodClaims, { secret })))).toBe(REJECTED);
  });
});

describe('headers', () => {
  const named = { jku: 'https://evil.example/jwks', x5u: 'https://evil.example/x', x5c: ['MII'], x5t: 'a', 'x5t#S256': 'a', jwk: { kty: 'oct', k: encode(SECRET) } };
  it.each(Object.entries(named))('that names a key or its place: %s', async (name, value) => {
    expect(verdict(await target.judge(forge({ ...header, [name]: value })))).toBe(REJECTED);
  });

  it.each([{ crit: ['exp'] }, { crit: ['unknown'], unknown: 1 }, { crit: [] }, { crit: 'b64' }, { b64: false, crit: ['b64'] }, { b64: false }, { zip: 'DEF' }, { enc: 'A128GCM' }])(
    'that asks for processing: %j',
    async (extra) => {
      expect(verdict(await target.judge(forge({ ...header, ...extra })))).toBe(REJECTED);
    },
  );

  it.each(['at+jwt', 'refresh+jwt', 'JWE', 'dpop+jwt', 7, null, ['JWT']])('of another kind: typ %j', async (typ) => {
    expect(verdict(await target.judge(forge({ ...header, typ })))).toBe(REJECTED);
  });

  it.each(['../../../../dev/null', "' OR 1=1 --", '__proto__', 'constructor', 'https://evil.example', 'x'.repeat(2000)])('with a kid that is no key of ours changes nothing: %.30s', async (kid) => {
    expect(verdict(await target.judge(forge({ ...header, kid })))).toBe('accepted');
    expect(verdict(await target.judge(forge({ ...header, kid }, goodClaims, { secret: '' })))).toBe(UNDECODABLE);
  });

  it.each([7, null, {}, ['a']])('with a kid that is no string: %j', async (kid) => {
    expect(verdict(await target.judge(forge({ ...header, kid })))).toBe(REJECTED);
  });

  it.each(['[]', '"HS256"', 'null', '7', '{', '', '\ufeff{"alg":"HS256"}', '{"alg":"HS256"}x', '['.repeat(3000)])('that is no JSON object: %.20j', async (text) => {
    expect(verdict(await target.judge(forge(text)))).toBe(UNDECODABLE);
  });
});

describe('form', () => {
  const lastBitsChanged = (text: string): string => text.slice(0, -1) + String.fromCharCode(text.charCodeAt(text.length - 1) + 1);
  const malformed: Record<string, string> = {
    'empty signature': `${head}.${payload}.`,
    'no signature': `${head}.${payload}`,
    'one part': 'garbage',
    'dots alone': '..',
    'four parts': `${good}.x`,
    'five parts, as a JWE': `${head}.${payload}.${payload}.${payload}.${signature}`,
    'empty header': `.${payload}.${signature}`,
    'empty payload': `${head}..${signature}`,
    'padding': `${good}=`,
    'trailing garbage': `${good}!!!!`,
    'the alphabet of plain base64': good.replaceAll('-', '+').replaceAll('_', '/') + '+/',
    'another spelling of the last bits': `${head}.${payload}.${lastBitsChanged(signature)}`,
    'one character more': `${good}A`,
    'one character less': good.slice(0, -1),
    "another token's signature": `${head}.${payload}.${other.split('.')[2]}`,
    "another token's payload": `${head}.${other.split('.')[1]}.${signature}`,
    'upper case': good.toUpperCase(),
    'over 8 KB, truly signed': withClaims({ padding: 'x'.repeat(8192) }),
    'the wrong secret': forge(header, goodClaims, { secret: `${SECRET}!` }),
    'an empty secret': forge(header, goodClaims, { secret: '' }),
  };
  it.each(Object.entries(malformed))('%s', async (_, token) => {
    expect(verdict(await target.judge(token))).toBe(UNDECODABLE);
  });

  it.each([' ', '\t', '\n', '\u00a0', '\u200b', '%20', '\\u0000'])('a space or its like inside: %j', async (space) => {
    const judged = await target.judge(`${good.slice(0, 20)}${space}${good.slice(20)}`);
    expect(Object.values(judged)).not.toContain('accepted');
  });

  it('1 MB', async () => {
    const judged = Object.values(await target.judge('a.'.repeat(500_000)));
    expect(judged.filter((code) => code !== 'TOKEN_UNDECODABLE' && code !== 'PAYLOAD_TOO_LARGE')).toEqual([]);
  });
});

describe('claims', () => {
  it.each(['4102444800', null, [4102444800], {}, true, false, '', 'soon'])('exp %j', async (exp) => {
    expect(verdict(await target.judge(withClaims({ exp })))).toBe(REJECTED);
  });
  it.each(['1e999', '-1e999'])('exp %s, which JSON reads as infinite', async (exp) => {
    expect(verdict(await target.judge(forge(header, `{"user_id":1,"username":"ada","orig_iat":${NOW},"exp":${exp}}`)))).toBe(REJECTED);
  });
  it('no exp', async () => {
    expect(verdict(await target.judge(withClaims({ exp: undefined })))).toBe(REJECTED);
  });
  it.each([-1, 0, NOW - 1, NOW - 0.5 - 1])('exp %d, past', async (exp) => {
    expect(verdict(await target.judge(withClaims({ exp })))).toBe('TOKEN_EXPIRED');
  });
  it.each([{ nbf: NOW + 1 }, { nbf: 'x' }, { nbf: null }, { iat: 'x' }, { iat: null }, { aud: 'somebody' }, { aud: ['somebody'] }])('%j', async (changes) => {
    expect(verdict(await target.judge(withClaims(changes)))).toBe(REJECTED);
  });
  it.each([{ username: '' }, { username: null }, { username: undefined }, { username: { toString: 'ada' } }, { username: ['ada'] }, { username: 1.5 }, { username: true }])('%j', async (changes) => {
    expect(verdict(await target.judge(withClaims(changes)))).toBe('TOKEN_PAYLOAD_INVALID');
  });
  it.each([{ user_id: 2 }, { user_id: '01' }, { user_id: null }, { user_id: [1] }, { user_id: { valueOf: 1 } }, { user_id: true }, { username: 'nobody' }, { username: 'eve' }, { username: 'ADA' }, { username: 'ada ' }])(
    'a user that is not both: %j',
    async (changes) => {
      expect(verdict(await target.judge(withClaims(changes)))).toBe('USER_NOT_FOUND');
    },
  );
  it.each(['[]', '"ada"', 'null', '7', 'true', '{', '', '\ufeff{}', '\ud800'])('that are no object: %j', async (text) => {
    expect(verdict(await target.judge(forge(header, text)))).toBe(UNDECODABLE);
  });
  it('that are not UTF-8', async () => {
    const claims = Buffer.concat([Buffer.from('{"username":"'), Buffer.from([0xff, 0xfe]), Buffer.from(`","exp":${NOW + 300}}`)]);
    const input = `${head}.${claims.toString('base64url')}`;
    const { createHmac } = await import('node:crypto');
    const token = `${input}.${createHmac('sha256', SECRET).update(input).digest('base64url')}`;
    expect(verdict(await target.judge(token))).toBe(UNDECODABLE);
  });
});
