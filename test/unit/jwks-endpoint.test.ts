import { randomUUID } from 'node:crypto';

import express from 'express';
import { createLocalJWKSet, createRemoteJWKSet, jwtVerify } from 'jose';
import { keyPair, keyRing, secretKey } from 'trpc-jwt-auth';
import type { AsymmetricAlgorithm, Jwk, KeyRing } from 'trpc-jwt-auth';
import { restBridge } from 'trpc-jwt-auth/express';
import type { BridgeOptions } from 'trpc-jwt-auth/rest';
import { testAuth } from 'trpc-jwt-auth/testing';
import { afterEach, describe, expect, it } from 'vitest';

import { listen } from '../parity/listening.js';
import type { Listening } from '../parity/listening.js';
import { newPair } from '../security/issuer.js';

interface User {
  readonly id: number;
  readonly username: string;
  readonly isActive: boolean;
}
const ada: User = { id: 1, username: 'ada', isActive: true };
const PATH = '/.well-known/jwks.json';
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  RSA: ['alg', 'e', 'kid', 'kty', 'n', 'use'],
  EC: ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'],
  OKP: ['alg', 'crv', 'kid', 'kty', 'use', 'x'],
};
const rsa = newPair('RS256');
let listening: Listening | undefined;

afterEach(async () => {
  await listening?.close();
  listening = undefined;
});

/** A pair's key, from PEM and named, or from a JWK and named by its thumbprint. */
function pairOf(algorithm: AsymmetricAlgorithm, kid?: string): KeyRing {
  const { privateKey } = /^[RP]S/.test(algorithm) ? rsa : newPair(algorithm);
  return kid === undefined ? keyPair({ algorithm, privateKey: privateKey.export({ format: 'jwk' }) }) : keyPair({ algorithm, kid, privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() });
}

async function serve(keys: KeyRing, options: BridgeOptions<User> = {}) {
  const reported: unknown[] = [];
  const auth = testAuth({ keys, users: [ada], cookie: { name: 'jwt-token' }, reportError: (error) => void reported.push(error) });
  const app = express().use(restBridge(auth, options));
  app.use((_request, response) => void response.status(299).json({ passed: true }));
  listening = await listen(app);
  const { origin } = listening;
  const ask = (init: RequestInit = {}, path = PATH): Promise<Response> => fetch(`${origin}${path}`, init);
  const keysOf = async (response: Promise<Response>): Promise<Jwk[]> => ((await (await response).json()) as { keys: Jwk[] }).keys;
  return { auth, ask, keysOf, reported, url: `${origin}${PATH}` };
}

describe('what is shown', () => {
  it.each<AsymmetricAlgorithm>(['RS256', 'RS512', 'PS256', 'PS384', 'ES256', 'ES384', 'ES512', 'EdDSA'])('of a pair of %s: its public members and nothing else', async (algorithm) => {
    for (const kid of [undefined, 'today']) {
      const { ask, keysOf, auth } = await serve(pairOf(algorithm, kid));
      const keys = await keysOf(ask());
      expect(keys).toHaveLength(1);
      const [key = {}] = keys;
      expect(Object.keys(key).sort()).toEqual(MEMBERS[key.kty ?? '']);
      expect(key).toMatchObject({ alg: algorithm, use: 'sig', kid: kid ?? (expect.stringMatching(/^[\w-]{43}$/) as string) });
      const header = JSON.parse(Buffer.from((await auth.issueToken(ada)).split('.')[0] ?? '', 'base64url').toString()) as Jwk;
      expect(header.kid).toBe(key.kid);
      await listening?.close();
    }
  });

  it('of a JWK with more in it: none of that', async () => {
    const privateKey = { ...newPair().privateKey.export({ format: 'jwk' }), kid: 'named', alg: 'ES256', key_ops: ['sign'], ext: true, note: 'of the bank', x5c: ['MII'] };
    const { ask, keysOf } = await serve(keyPair({ privateKey }));
    const { kty, crv, x, y } = privateKey;
    expect(await keysOf(ask())).toEqual([{ kty, crv, x, y, kid: 'named', alg: 'ES256', use: 'sig' }]);
  });

  it('of several keys: each pair, in order, and of secrets nothing', async () => {
    const secret = 'a-secret-of-the-endpoint-0123456789abcdef';
    const { ask } = await serve(keyRing([pairOf('ES256', 'one'), secretKey(secret, { kid: 'two' }), pairOf('EdDSA', 'three'), pairOf('RS256', 'four'), keyPair({ publicKey: { ...newPair().publicKey.export({ format: 'jwk' }), alg: 'ES256', kid: 'five' } })]));
    const text = await (await ask()).text();
    expect((JSON.parse(text) as { keys: Jwk[] }).keys.map(({ kid }) => kid)).toEqual(['one', 'three', 'four', 'five']);
    for (const name of ['two', secret, Buffer.from(secret).toString('base64url'), '"d"', '"k"', '"p"', '"q"', '"dp"', '"dq"', '"qi"']) expect(text).not.toContain(name);
  });

  it('of a loaded ring: what it has loaded, and after a reload that', async () => {
    let keys = [pairOf('ES256', 'old')];
    const ring = keyRing(() => keys);
    const { ask, keysOf } = await serve(ring);
    const kids = async (): Promise<unknown[]> => (await keysOf(ask())).map(({ kid }) => kid);
    expect(await kids()).toEqual(['old']);
    keys = [pairOf('EdDSA', 'new'), ...keys];
    await ring.reload();
    expect(await kids()).toEqual(['new', 'old']);
    keys = [secretKey(randomUUID())];
    await ring.reload();
    expect(await kids()).toEqual([]);
  });

  it('of a ring that cannot be loaded: 503, which nobody keeps', async () => {
    const ring = keyRing(() => Promise.reject(new Error('postgres://ada:engine@db')), { reportError: () => undefined });
    const { ask } = await serve(ring);
    const response = await ask();
    expect([response.status, response.headers.get('cache-control'), response.headers.get('auth-error-code')]).toEqual([503, 'no-store', 'STORE_UNAVAILABLE']);
    expect(await response.text()).toBe('{"detail":"Authentication is temporarily unavailable."}');
  });
});

describe('how it is answered', () => {
  const keys = pairOf('ES256', 'one');

  it('GET: JSON that may be kept a while, without a cookie', async () => {
    const { ask } = await serve(keys);
    const response = await ask({ headers: { cookie: 'jwt-token=x', authorization: 'JWT x', origin: 'https://elsewhere.example' } });
    const { status, headers } = response;
    expect([status, headers.get('content-type'), headers.get('cache-control'), headers.get('set-cookie'), headers.get('www-authenticate')]).toEqual([200, 'application/json', 'public, max-age=300', null, null]);
    expect(Object.keys((await response.json()) as object)).toEqual(['keys']);
  });

  it('HEAD: the same without its body', async () => {
    const { ask } = await serve(keys);
    const response = await ask({ method: 'HEAD' });
    expect([response.status, response.headers.get('content-type'), response.headers.get('cache-control'), await response.text()]).toEqual([200, 'application/json', 'public, max-age=300', '']);
  });

  it('OPTIONS: what it is', async () => {
    const { ask } = await serve(keys);
    const response = await ask({ method: 'OPTIONS' });
    expect([response.status, response.headers.get('allow'), response.headers.get('cache-control')]).toEqual([200, 'GET, HEAD, OPTIONS', 'no-store']);
    expect(await response.json()).toMatchObject({ name: 'JSON Web Key Set View', renders: ['application/json', 'application/jwk-set+json'] });
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('%s: 405 and what is allowed', async (method) => {
    const { ask } = await serve(keys);
    const response = await ask({ method, body: '{', headers: { 'content-type': 'application/json' } });
    expect([response.status, response.headers.get('allow'), response.headers.get('auth-error-code'), response.headers.get('cache-control')]).toEqual([405, 'GET, HEAD, OPTIONS', 'METHOD_NOT_ALLOWED', 'no-store']);
    expect(await response.json()).toEqual({ detail: `Method "${method}" not allowed.` });
  });

  it.each([
    ['application/jwk-set+json', 200],
    ['application/jwk-set+json, application/json;q=0.5', 200],
    ['application/json, application/jwk-set+json', 200],
    ['application/*', 200],
    ['*/*', 200],
    ['text/html, application/jwk-set+json;q=0', 406],
    ['text/html', 406],
    ['application/xml', 406],
  ])('Accept: %s makes %i', async (accept, status) => {
    const { ask } = await serve(keys);
    const response = await ask({ headers: { accept } });
    expect([response.status, response.headers.get('content-type')]).toEqual([status, 'application/json']);
  });

  it('as a key set nothing else is to be had', async () => {
    const { ask } = await serve(keys);
    expect((await ask({ method: 'POST', headers: { accept: 'application/jwk-set+json' } }, '/api-token-verify/')).status).toBe(406);
  });
});

describe('where', () => {
  it('there is only a secret, nothing is served: the next handler answers', async () => {
    for (const keys of [secretKey(randomUUID()), keyRing([secretKey(randomUUID(), { kid: 'a' }), secretKey(randomUUID(), { kid: 'b' })])]) {
      const { ask } = await serve(keys);
      expect([(await ask()).status, (await ask({}, '/api-token-verify/')).status]).toEqual([299, 405]);
      await listening?.close();
    }
  });

  it('paths.jwks says, it is, and nowhere else', async () => {
    const { ask, keysOf } = await serve(pairOf('ES256', 'one'), { paths: { jwks: '/keys/' } });
    expect((await keysOf(ask({}, '/keys/?x=1'))).map(({ kid }) => kid)).toEqual(['one']);
    expect([(await ask({}, '/keys')).status, (await ask()).status, (await ask({}, '/keys/one')).status]).toEqual([200, 299, 299]);
  });

  it.each(['/.well-known/jwks.json/', '/.well-known/JWKS.json', '/.well-known/', '/jwks.json', '//.well-known/jwks.json'])('it is not: %s', async (path) => {
    const { ask } = await serve(pairOf('ES256'));
    expect((await ask({}, path)).status).toBe(299);
  });
});

describe('jose, of its own', () => {
  it.each<AsymmetricAlgorithm>(['RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA'])('verifies tokens of %s by the URL and by the set', async (algorithm) => {
    const { auth, url } = await serve(keyRing([pairOf(algorithm, 'first'), pairOf('ES256', 'second')]));
    const token = await auth.issueToken(ada);
    const [head = '', claims = ''] = token.split('.');
    for (const find of [createRemoteJWKSet(new URL(url)), createLocalJWKSet((await (await fetch(url)).json()) as never)]) {
      const { payload, protectedHeader } = await jwtVerify(token, find, { algorithms: [algorithm] });
      expect([payload.username, protectedHeader]).toEqual(['ada', { typ: 'JWT', alg: algorithm, kid: 'first' }]);
      await expect(jwtVerify(`${head}.${claims}.${'A'.repeat(86)}`, find)).rejects.toMatchObject({ code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' });
    }
  });

  it('follows a rotation', async () => {
    let keys = [pairOf('ES256', 'old')];
    const ring = keyRing(() => keys);
    const { auth, url } = await serve(ring);
    const find = createRemoteJWKSet(new URL(url), { cooldownDuration: 0 });
    const before = await auth.issueToken(ada);
    await jwtVerify(before, find);
    keys = [pairOf('ES384', 'new'), ...keys];
    await ring.reload();
    for (const token of [before, await auth.issueToken(ada)]) expect((await jwtVerify(token, find)).payload.username).toBe('ada');
  });
});
