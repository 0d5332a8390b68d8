import { createAuthClient, createRestAuthClient } from 'trpc-jwt-auth/client';
import type { RestAuthClientOptions } from 'trpc-jwt-auth/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { LOGIN, startApp } from './app-server.js';
import type { App, AppRouter } from './app-server.js';

describe('whom the token is told', () => {
  afterEach(() => vi.unstubAllGlobals());

  /** A client that is signed in at https://api.example.com, with what its fetch then sends where. */
  async function signedIn(options: RestAuthClientOptions = {}, page?: string) {
    if (page !== undefined) vi.stubGlobal('location', { href: page });
    const token = ['{}', '{"exp":4000000000,"user_id":1}', 's'].map((part) => Buffer.from(part).toString('base64url')).join('.');
    const sent: Request[] = [];
    const fetch: typeof globalThis.fetch = (input, init) => {
      const request = new Request(input, init);
      sent.push(request);
      return Promise.resolve(Response.json({ token }));
    };
    const client = createRestAuthClient({ baseUrl: 'https://api.example.com', fetch, ...options });
    await client.obtain(LOGIN);
    sent.length = 0;
    return { client, sent, token };
  }

  it.each(['https://api.example.com/a', 'https://api.example.com:443/b?c', 'https://other.example/d', 'https://page.example/e'])('%s hears it', async (url) => {
    const { client, sent, token } = await signedIn({ trustedOrigins: ['https://other.example'] }, 'https://page.example/index.html');
    await client.fetch(url);
    expect(sent[0]?.headers.get('Authorization')).toBe(`JWT ${token}`);
  });

  it.each([
    'https://evil.example/',
    'https://api.example.com.evil.example/',
    'https://evil.example/https://api.example.com/',
    'https://api.example.com:8443/',
    'http://api.example.com/',
    'https://sub.api.example.com/',
    'data:text/plain,x',
  ])('%s does not', async (url) => {
    const { client, sent } = await signedIn({ csrfToken: () => 'csrf' }, 'https://page.example/index.html');
    await client.fetch(url);
    await client.fetch(new Request(url));
    expect(sent.map(({ headers }) => [headers.get('Authorization'), headers.get('X-CSRFToken')])).toEqual([
      [null, null],
      [null, null],
    ]);
  });

  it('a URL with a name and a password in it is no URL to fetch', async () => {
    const { client, sent } = await signedIn();
    await expect(client.fetch('https://api.example.com@evil.example/')).rejects.toThrow(TypeError);
    expect(sent).toEqual([]);
  });

  it('a header of the caller\'s own stays, and JSON is called that', async () => {
    const { client, sent } = await signedIn({ csrfToken: () => 'csrf', headerPrefix: 'Bearer' });
    await client.fetch('https://api.example.com/', { method: 'POST', body: '{}', headers: { Authorization: 'Basic x' } });
    await client.fetch('https://api.example.com/', { method: 'POST', body: 'text', headers: { 'Content-Type': 'text/plain' } });
    await client.fetch('https://api.example.com/', { method: 'POST', body: new URLSearchParams({ a: '1' }) });
    const name = (header: string): (string | null)[] => sent.map(({ headers }) => headers.get(header));
    expect(name('Content-Type')).toEqual(['application/json', 'text/plain', 'application/x-www-form-urlencoded;charset=UTF-8']);
    expect(name('Authorization').map((value) => value?.split(' ')[0])).toEqual(['Basic', 'Bearer', 'Bearer']);
    expect(name('X-CSRFToken')).toEqual(['csrf', 'csrf', 'csrf']);
  });

  it('nobody is told when nobody is signed in', async () => {
    const fetch = vi.fn<typeof globalThis.fetch>();
    const client = createRestAuthClient({ baseUrl: 'https://api.example.com', fetch });
    await expect(client.fetch('https://api.example.com/')).rejects.toMatchObject({ code: 'SIGNED_OUT', message: 'No authentication token available' });
    expect(fetch).not.toHaveBeenCalled();
  });
});

describe('a token that has expired on the way', () => {
  let app: App;
  beforeEach(async () => {
    app = await startApp();
  });
  afterEach(() => app.close());

  const BODIES: [string, () => RequestInit, string][] = [
    ['no body', () => ({}), ''],
    ['a string', () => ({ method: 'POST', body: '{"a":1}' }), '{"a":1}'],
    ['a form', () => ({ method: 'POST', body: new URLSearchParams({ a: '1' }) }), 'a=1'],
    ['bytes', () => ({ method: 'PUT', body: new TextEncoder().encode('bytes') }), 'bytes'],
    ['a Blob', () => ({ method: 'POST', body: new Blob(['blob']) }), 'blob'],
  ];

  it.each(BODIES)('is replaced, and the request made again once (%s)', async (_what, init, body) => {
    const client = createAuthClient<AppRouter>()({ url: `${app.url}/trpc`, path: 'auth', transformer: (await import('superjson')).default });
    await client.obtain(LOGIN);
    app.pass(301);
    const responses = await Promise.all([client.fetch(`${app.url}/mine`, init()), client.fetch(`${app.url}/mine`, init())]);
    const answers = await Promise.all(responses.map(async (response) => (await response.json()) as { body: unknown }));
    expect(answers.map((answer) => (typeof answer.body === 'string' ? answer.body : ''))).toEqual([body, body]);
    expect([app.count('auth.refresh'), app.count('/mine')]).toEqual([1, 4]);
  });

  it('is replaced for a Request too; one with a body is not made again', async () => {
    const client = createRestAuthClient({ baseUrl: app.url });
    await client.obtain(LOGIN);
    app.pass(301);
    expect((await client.fetch(new Request(`${app.url}/mine`))).status).toBe(200);
    app.pass(301);
    expect((await client.fetch(new Request(`${app.url}/mine`, { method: 'POST', body: 'x' }))).status).toBe(401);
    expect((await client.fetch(`${app.url}/mine`)).status).toBe(200);
  });

  it('leaves a stream unread a second time', async () => {
    const client = createRestAuthClient({ baseUrl: app.url });
    await client.obtain(LOGIN);
    app.pass(301);
    const body = new ReadableStream({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode('stream'));
        controller.close();
      },
    });
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
    expect((await client.fetch(`${app.url}/mine`, init)).status).toBe(401);
    expect(app.count('/mine')).toBe(1);
  });

  it('and a session that is over come to one answer, as the server gave it', async () => {
    const client = createRestAuthClient({ baseUrl: app.url });
    await client.obtain(LOGIN);
    await app.auth.revokeUser(1);
    const response = await client.fetch(`${app.url}/mine`);
    expect([response.status, await response.json()]).toEqual([401, { detail: 'Token has been revoked.' }]);
    expect(client.getSnapshot()).toEqual({ status: 'signed-out', reason: 'revoked' });
    expect(app.count('/mine')).toBe(1);
  });
});
