import type { ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';

import { ConfigurationError, jwksVerifier } from 'trpc-jwt-auth';
import type { JwksVerifierSettings } from 'trpc-jwt-auth';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { forge, goodClaims } from './forged-tokens.js';
import { everyReport, newPair, publicJwk, signed, startIssuer, strangerToken, verifierOf } from './issuer.js';

const issuer = await startIssuer();
const elsewhere = await startIssuer();
const ec = newPair();
const evil = newPair();
const SET = JSON.stringify({ keys: [publicJwk(ec, { kid: 'ec' })] });
const good = signed('ES256', ec, { kid: 'ec' });

beforeEach(() => {
  issuer.requests.length = 0;
  issuer.say(SET);
  elsewhere.publish(publicJwk(evil, { kid: 'evil' }));
});
afterAll(() => {
  expect(elsewhere.requests).toEqual([]);
  expect(inspect(everyReport, { depth: 9 })).not.toMatch(/eyJ[\w-]+\./);
});

describe('an answer that is no set', () => {
  const answers: readonly (readonly [string, string | Buffer, number, string])[] = [
    ['500', SET, 500, 'answered 500'],
    ['404', SET, 404, 'answered 404'],
    ['204', '', 204, 'answered 204'],
    ['206', SET, 206, 'answered 206'],
    ['203, of a proxy', SET, 203, 'answered 203'],
    ['empty', '', 200, 'is no JSON'],
    ['HTML of a portal', '<!doctype html><title>Sign in</title>', 200, 'is no JSON'],
    ['JSON cut off', SET.slice(0, -2), 200, 'is no JSON'],
    ['JSON and more', `${SET}x`, 200, 'is no JSON'],
    ['no UTF-8', Buffer.concat([Buffer.from('{"keys":["'), Buffer.from([0xff, 0xfe]), Buffer.from('"]}')]), 200, 'not valid'],
    ['UTF-8 cut off', Buffer.concat([Buffer.from(SET), Buffer.from([0xe2, 0x82])]), 200, 'not valid'],
    ['a list of keys', JSON.stringify([publicJwk(ec)]), 200, 'it has no array "keys"'],
    ['a key', JSON.stringify(publicJwk(ec)), 200, 'it has no array "keys"'],
    ['null', 'null', 200, 'it has no array "keys"'],
    ['a string', '"keys"', 200, 'it has no array "keys"'],
    ['keys that are an object', '{"keys":{"length":1}}', 200, 'it has no array "keys"'],
    ['keys of the prototype', `{"__proto__":${SET}}`, 200, 'it has no array "keys"'],
    ['51 keys', JSON.stringify({ keys: Array.from({ length: 51 }, () => publicJwk(ec)) }), 200, 'has 51 keys; 50 are the most'],
    ['129 kB', SET + ' '.repeat(129 * 1024), 200, 'has more than 131072 bytes'],
  ];

  it.each(answers)('%s: no token is good by it, and keys there were stay', async (_what, text, status, complaint) => {
    issuer.say(text, status);
    const first = verifierOf(issuer);
    expect(await first.judge(good)).toBe('STORE_UNAVAILABLE');
    issuer.say(SET);
    const later = verifierOf(issuer);
    expect(await later.judge(good)).toBe('accepted');
    issuer.say(text, status);
    later.clock.advance({ seconds: 200 });
    expect(await later.judge(strangerToken('other'))).toBe('TOKEN_UNDECODABLE');
    expect(await later.judge(good)).toBe('accepted');
    for (const { complaints } of [first, later]) expect(complaints()).toEqual([expect.stringContaining(complaint)]);
  });

  it('a gzip bomb: what it unpacks to is counted', async () => {
    issuer.say(gzipSync(SET + ' '.repeat(20_000_000)), 200, { 'Content-Encoding': 'gzip' });
    const { judge, complaints } = verifierOf(issuer);
    expect(await judge(good)).toBe('STORE_UNAVAILABLE');
    expect(complaints()).toEqual([expect.stringContaining('has more than 131072 bytes')]);
  });

  it('no end of it: the connection is let go', async () => {
    let written = 0;
    const closed = answeredBy((response) => {
      const chunk = Buffer.alloc(64 * 1024, 0x20);
      const write = (): void => {
        while (!response.destroyed && response.write(chunk)) written += 1;
      };
      response.on('drain', write);
      write();
    });
    // At once, and not when the time is over.
    const { judge } = verifierOf(issuer, { timeoutMs: 60_000 });
    expect(await judge(good)).toBe('STORE_UNAVAILABLE');
    await closed;
    expect(written).toBeLessThan(500);
  });

  it.each<readonly [string, (response: ServerResponse) => void]>([
    ['nothing at all', () => undefined],
    ['a head and nothing more', (response) => response.writeHead(200).flushHeaders()],
    ['a byte now and then', (response) => {
      const dripping = setInterval(() => response.write(' '), 5);
      response.on('close', () => clearInterval(dripping));
    }],
  ])('%s, beyond timeoutMs: the connection is let go', async (_what, answer) => {
    const closed = answeredBy(answer);
    const { judge, reported } = verifierOf(issuer, { timeoutMs: 50 });
    expect(await judge(good)).toBe('STORE_UNAVAILABLE');
    await closed;
    expect(reported).toHaveLength(1);
    issuer.say(SET);
  });

  it('a fetch that hears no signal is not waited for either', async () => {
    const { judge, complaints } = verifierOf(issuer, { timeoutMs: 1, fetch: () => new Promise(() => undefined) });
    expect(await judge(good)).toBe('STORE_UNAVAILABLE');
    expect(complaints()).toEqual(['jwksVerifier: the keys were not there within 1 ms.']);
  });

  it.each([15_000.5, 2 ** 31, 2 ** 40, 1e12])('a timeoutMs of %d, which no timer counts, is one all the same', async (timeoutMs) => {
    const { judge, reported } = verifierOf(issuer, { timeoutMs });
    expect([await judge(good), reported]).toEqual(['accepted', []]);
  });

  it.each<readonly [string, NonNullable<JwksVerifierSettings['fetch']>]>([
    ['throws', () => { throw new TypeError('no network'); }],
    ['rejects with no Error', () => Promise.reject('no network')],
    ['answers what a browser shows of a redirect', () => Promise.resolve(Response.error())],
    ['answers without a body', () => Promise.resolve(new Response(null, { status: 200 }))],
  ])('a fetch that %s', async (_what, fetch) => {
    const { judge, reported } = verifierOf(issuer, { fetch });
    expect(await judge(good)).toBe('STORE_UNAVAILABLE');
    expect(reported).toHaveLength(1);
  });

  it.each([301, 302, 303, 307, 308])('a redirect with %i to another host, who is not asked', async (status) => {
    issuer.say('', status, { Location: elsewhere.url });
    const { judge, complaints } = verifierOf(issuer);
    expect(await judge(signed('ES256', evil, { kid: 'evil' }))).toBe('STORE_UNAVAILABLE');
    expect(await judge(good)).toBe('STORE_UNAVAILABLE');
    expect([complaints(), elsewhere.requests]).toEqual([[`jwksVerifier: ${issuer.url} answered ${status}.`], []]);
  });

  function answeredBy(answer: (response: ServerResponse) => void): Promise<unknown> {
    return new Promise((resolve) => {
      issuer.answer = (_request, response) => {
        response.on('close', resolve);
        answer(response);
      };
    });
  }
});

describe('an answer that is a set', () => {
  it.each<readonly [string, string | Buffer, Record<string, string>]>([
    ['gzip', gzipSync(SET), { 'Content-Encoding': 'gzip' }],
    ['as a key set', SET, { 'Content-Type': 'application/jwk-set+json; charset=utf-8' }],
    ['as text', SET, { 'Content-Type': 'text/plain' }],
    ['50 keys', JSON.stringify({ keys: Array.from({ length: 50 }, () => publicJwk(ec)) }), {}],
    ['128 kB', SET.padEnd(128 * 1024), {}],
    ['after a mark of byte order', `\ufeff${SET}`, {}],
  ])('%s is fine', async (_what, text, headers) => {
    issuer.say(text, 200, headers);
    const { judge, reported } = verifierOf(issuer);
    expect([await judge(signed('ES256', ec)), reported]).toEqual(['accepted', []]);
  });

  it('empty: tokens are refused at once', async () => {
    issuer.publish();
    const { judge, reported } = verifierOf(issuer);
    for (const token of [good, signed('ES256', ec), forge({ typ: 'JWT', alg: 'HS256' }, goodClaims, { secret: '' })]) expect(await judge(token)).toBe('TOKEN_REJECTED');
    expect(reported).toEqual([]);
  });

  it('is asked for without a cookie, a token or a body', async () => {
    const seen: unknown[] = [];
    issuer.answer = ({ method, headers }, response) => {
      seen.push(method, Object.keys(headers).filter((name) => /cookie|auth|content|origin|referer/.test(name)), headers.accept);
      response.end(SET);
    };
    await verifierOf(issuer).judge(good);
    expect(seen).toEqual(['GET', [], 'application/json, application/jwk-set+json']);
  });
});

describe('an address', () => {
  it.each<readonly [unknown, string]>([
    ['http://auth.example.com/jwks.json', 'url begins with http://'],
    ['http://localhost.example.com/jwks.json', 'url begins with http://'],
    ['http://127.0.0.1.example.com/jwks.json', 'url begins with http://'],
    ['http://localhost@auth.example.com/jwks.json', 'url begins with http://'],
    ['http://10.0.0.1/jwks.json', 'url begins with http://'],
    ['http://[::ffff:10.0.0.1]/jwks.json', 'url begins with http://'],
    ['HTTP://AUTH.EXAMPLE.COM', 'url begins with http://'],
    ['file:///etc/jwks.json', 'url begins with file://'],
    ['data:application/json,{"keys":[]}', 'url begins with data://'],
    ['ftp://localhost/jwks.json', 'url begins with ftp://'],
    ['https://ada:engine@auth.example.com/jwks.json', 'url has a user name or a password in it'],
    ['https://ada@auth.example.com/jwks.json', 'url has a user name or a password in it'],
    ['/jwks.json', 'url is no URL'],
    ['', 'url is no URL'],
    [null, 'url is no URL'],
    [undefined, 'url is missing'],
  ])('%s is refused', (url, complaint) => {
    expect(() => jwksVerifier({ url: url as string })).toThrow(ConfigurationError);
    expect(() => jwksVerifier({ url: url as string })).toThrow(`jwksVerifier: ${complaint}`);
    expect(() => jwksVerifier({ url: url as string })).not.toThrow('engine');
  });

  it.each(['https://auth.example.com/jwks.json', 'http://localhost:3000/', 'http://[::1]/', 'http://127.9.9.9/', new URL('https://auth.example.com')])('%s is taken', (url) => {
    expect(jwksVerifier({ url })).toHaveProperty('verifyToken');
    expect(jwksVerifier({ url: 'http://auth.internal/', unsafePlainHttp: true })).toHaveProperty('verifyToken');
  });
});
