import { connect } from 'node:net';

import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import { RequestAuth } from 'trpc-jwt-auth';
import { requireUser, restBridge, standaloneContext } from 'trpc-jwt-auth/standalone';
import { afterEach, describe, expect, it } from 'vitest';

import { listen } from '../parity/listening.js';
import type { Listening } from '../parity/listening.js';
import { Scene, tokenFor } from '../parity/scene.js';
import { t } from '../parity/transports/trpc-router.js';

const SIGNED = { authorization: `JWT ${tokenFor()}` };
let listening: Listening | undefined;
afterEach(async () => {
  await listening?.close();
  listening = undefined;
});

async function serve(...args: Parameters<typeof listen>): Promise<string> {
  listening = await listen(...args);
  return listening.origin;
}

/** What a server says to bytes that no client of HTTP would send. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(text));
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString())).on('close', () => resolve(answer)).on('error', reject);
  });
}

describe('restBridge', () => {
  const login = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ username: 'ada', password: 'ada-pass' }) };

  it('leaves what is none of its paths to the next handler, whatever the method', async () => {
    const bridge = restBridge(new Scene().auth(), { paths: { obtain: '/login/' } });
    const origin = await serve((request, response) => bridge(request, response, () => response.writeHead(299).end()));
    for (const path of ['/', '/api-token-auth/', '/login/x', '/.well-known/jwks.json']) expect((await fetch(`${origin}${path}`, { method: 'POST' })).status).toBe(299);
    for (const path of ['/login/', '/login', '/login/?next=/x']) expect((await fetch(`${origin}${path}`, login)).status).toBe(200);
  });

  it('reads a body to its limit and no further', async () => {
    const bridge = restBridge(new Scene().auth());
    const origin = await serve((request, response) => bridge(request, response, () => response.end()));
    for (const body of ['x'.repeat(100 * 1024 + 1), new ReadableStream({ start: (stream) => (stream.enqueue(new Uint8Array(200_000)), stream.close()) })]) {
      const response = await fetch(`${origin}/api-token-auth/`, { method: 'POST', headers: { 'content-type': 'application/json' }, body, duplex: 'half' } as RequestInit);
      expect([response.status, response.headers.get('auth-error-code')]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    }
  });

  it('outlives a request that breaks off', async () => {
    const bridge = restBridge(new Scene().auth());
    const origin = await serve((request, response) => bridge(request, response, () => response.end()));
    await raw(listening?.port ?? 0, 'POST /api-token-auth/ HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"user');
    expect((await fetch(`${origin}/api-token-auth/`, login)).status).toBe(200);
  });

  it('sets Secure as its connection is, and compares origins with the header Host', async () => {
    const bridge = restBridge(new Scene().auth({ cookie: { name: 'jwt-token' } }));
    const origin = await serve((request, response) => bridge(request, response, () => response.end()));
    const plain = await fetch(`${origin}/api-token-auth/`, login);
    expect(plain.headers.getSetCookie()[0]).not.toMatch(/; Secure/);
    const foreign = await fetch(`${origin}/api-token-auth/`, { ...login, headers: { ...login.headers, origin: 'https://evil.example' } });
    expect([foreign.status, foreign.headers.get('auth-error-code'), foreign.headers.getSetCookie()]).toEqual([403, 'CSRF_FAILED', []]);
  });
});

describe('requireUser', () => {
  it('gives the handler who is calling, and answers all others', async () => {
    const origin = await serve(requireUser(new Scene().auth(), (_request, response, { user, claims }) => response.end(JSON.stringify([user.email, claims.user_id]))));
    expect(await (await fetch(origin, { headers: SIGNED })).json()).toEqual(['ada@example.com', 1]);
    const refused = await fetch(origin);
    expect([refused.status, refused.headers.get('www-authenticate'), await refused.json()]).toEqual([401, 'JWT realm="api"', { detail: 'Authentication credentials were not provided.' }]);
    expect((await fetch(origin, { headers: { ...SIGNED, accept: 'text/html' } })).status).toBe(406);
    const twice = await raw(listening?.port ?? 0, `GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: ${SIGNED.authorization}\r\nAuthorization: JWT other\r\n\r\n`);
    expect(twice).toMatch(/^HTTP\/1\.1 401 /);
  });

  it.each([
    ['throws', () => { throw new Error('of the handler'); }],
    ['rejects', () => Promise.reject(new Error('of the handler'))],
  ])('answers 500 for a handler that %s, reports why, and goes on', async (_how, handler) => {
    const reported: unknown[] = [];
    const origin = await serve(requireUser(new Scene().auth({ reportError: (error) => void reported.push(error) }), handler));
    for (let call = 0; call < 2; call += 1) {
      const response = await fetch(origin, { headers: SIGNED });
      expect([response.status, await response.json()]).toEqual([500, { detail: 'A server error occurred.' }]);
    }
    expect(reported).toEqual([new Error('of the handler'), new Error('of the handler')]);
  });
});

describe('standaloneContext', () => {
  it('adds what the app adds, and nothing can replace auth', async () => {
    const seen: object[] = [];
    const router = t.router({ look: t.procedure.query(({ ctx }) => seen.push(ctx)) });
    const createContext = standaloneContext(new Scene().auth(), ({ req }) => ({ auth: 'everybody', path: req.url?.split('?')[0] }));
    const origin = await serve(createHTTPHandler({ router, createContext }));
    expect((await fetch(`${origin}/look`)).status).toBe(200);
    expect(seen).toMatchObject([{ path: '/look' }]);
    expect((seen[0] as { auth: unknown }).auth).toBeInstanceOf(RequestAuth);
  });
});
