import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import express from 'express';
import { createJwtAuth } from 'trpc-jwt-auth';
import { cookieTokens, createRestAuthClient } from 'trpc-jwt-auth/client';
import type { RestAuthClientOptions } from 'trpc-jwt-auth/client';
import { fromDjangoSettings } from 'trpc-jwt-auth/django';
import { requireUser, restBridge } from 'trpc-jwt-auth/express';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { LOGIN, startApp } from './app-server.js';
import type { App } from './app-server.js';

describe('over the REST endpoints of this package', () => {
  let app: App;
  const clientOf = (options: RestAuthClientOptions = {}) => createRestAuthClient<{ since: string }>({ baseUrl: app.url, ...options });
  beforeEach(async () => {
    app = await startApp();
  });
  afterEach(() => app.close());

  it('a session begins, is refreshed, listed and ended', async () => {
    const client = clientOf({ baseUrl: `${app.url}/` });
    const { token, since } = await client.obtain(LOGIN);
    expect([typeof token, since]).toEqual(['string', '1815-12-10']);
    expect(client.getSnapshot()).toMatchObject({ status: 'signed-in', user: { user_id: 1, username: 'ada', since: '1815-12-10' } });
    expect(await client.me()).toMatchObject({ user_id: 1, username: 'ada', since: '1815-12-10' });
    app.pass(301);
    expect((await client.verify()).since).toBe('1815-12-10');
    expect(app.count('/api-token-refresh/')).toBe(1);
    const other = clientOf();
    await other.obtain(LOGIN);
    const sessions = await client.sessions.list();
    expect(sessions.map(({ current }) => current).sort()).toEqual([false, true]);
    const { id = '' } = sessions.find(({ current }) => !current) ?? {};
    expect(await client.sessions.revoke({ id })).toEqual({ revoked: 1 });
    await expect(other.me()).rejects.toMatchObject({ code: 'TOKEN_REVOKED' });
    expect(other.getSnapshot()).toEqual({ status: 'signed-out', reason: 'revoked' });
    expect(await client.logoutAll()).toEqual({ revoked: 1 });
    expect(client.getSnapshot()).toEqual({ status: 'signed-out', reason: 'signed-out' });
    await expect(client.sessions.list()).rejects.toMatchObject({ code: 'SIGNED_OUT' });
  });

  it('logging out ends the session on the server too, and says so where it could not', async () => {
    const client = clientOf();
    const { token = '' } = await client.obtain(LOGIN);
    await client.logout();
    await expect(app.auth.verifyToken(token)).rejects.toMatchObject({ code: 'TOKEN_REVOKED' });
    await client.obtain(LOGIN);
    app.broken.set('/api-token-logout/', 502);
    const told = client.logout();
    await expect(told).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(client.getSnapshot()).toEqual({ status: 'signed-out', reason: 'signed-out' });
  });

  it('errors have their codes, fields and times', async () => {
    const client = clientOf();
    const failure = (input: typeof LOGIN): Promise<unknown> => client.obtain(input).then(() => 'done', (error: unknown) => error);
    expect(await failure({ ...LOGIN, password: '' })).toMatchObject({ code: 'VALIDATION_FAILED', fieldErrors: { password: ['This field may not be blank.'] }, retryAfterSeconds: null });
    expect(await failure({ ...LOGIN, password: 'wrong' })).toMatchObject({ code: 'INVALID_CREDENTIALS', message: 'Unable to log in with provided credentials.', fieldErrors: null });
    await failure({ ...LOGIN, password: 'wrong' });
    await failure({ ...LOGIN, password: 'wrong' });
    const throttled = (await failure(LOGIN)) as { code: string; retryAfterSeconds: number };
    expect(throttled.code).toBe('THROTTLED');
    expect(throttled.retryAfterSeconds).toBeGreaterThan(800);
    app.broken.set('/api-token-auth/', 502);
    expect(await failure(LOGIN)).toMatchObject({ code: 'UNREACHABLE' });
    await app.close();
    expect(await failure(LOGIN)).toMatchObject({ code: 'UNREACHABLE' });
    app = await startApp();
  });

  it('with cookies, the server\'s clock is that of its answers', async () => {
    const aheadMs = 2 * 3_600_000;
    const fetch: typeof globalThis.fetch = () => {
      const now = Date.now() + aheadMs;
      return Promise.resolve(Response.json({ expires_at: Math.floor(now / 1000) + 300 }, { headers: { Date: new Date(now).toUTCString() } }));
    };
    const client = clientOf({ fetch, storage: cookieTokens() });
    await client.obtain(LOGIN);
    expect(client.remainingSeconds()).toBeGreaterThan(297);
    expect(client.remainingSeconds()).toBeLessThan(302);
  });

  it('with a token, the server\'s clock is that of the token, whatever a proxy says', async () => {
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const response = await globalThis.fetch(input, init);
      return new Response(response.body, { status: response.status, headers: { ...Object.fromEntries(response.headers), Date: new Date(Date.now() - 3_600_000).toUTCString() } });
    };
    const client = clientOf({ fetch });
    await client.obtain(LOGIN);
    await client.sessions.list();
    expect(client.remainingSeconds()).toBeGreaterThan(297);
    expect(client.remainingSeconds()).toBeLessThan(302);
  });

  it('a call that is given up rejects with that', async () => {
    const client = clientOf();
    await expect(client.obtain(LOGIN, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('over the endpoints of Django, which name no codes', () => {
  let ahead = 0;
  let disabled = false;
  let url = '';
  let close: () => Promise<unknown>;
  const requests: string[] = [];

  beforeEach(async () => {
    ahead = 0;
    disabled = false;
    requests.length = 0;
    const user = () => ({ id: 1, username: 'ada', isActive: !disabled });
    const auth = createJwtAuth({
      ...fromDjangoSettings({ SECRET_KEY: 'a-django-secret-key-of-fifty-characters-0123456789', JWT_AUTH: { JWT_ALLOW_REFRESH: true, JWT_EXPIRATION_DELTA: 300, JWT_REFRESH_EXPIRATION_DELTA: 3600 } }),
      users: { authenticate: ({ password }) => (password === 'engine' ? user() : null), findByUsername: user },
      clock: () => Date.now() + ahead,
    });
    const app = express();
    app.use((req, _res, next) => {
      requests.push(req.path);
      next();
    });
    const bridge = restBridge(auth);
    // Django has no logout.
    app.use((req, res, next) => (req.path.includes('logout') ? void res.status(404).send('<h1>Not Found</h1>') : bridge(req, res, next)));
    app.get('/mine', requireUser(auth, (req, res) => res.json(req.user.username)));
    const server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    close = () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    };
  });
  afterEach(() => close());

  /** Django's answers have neither our header nor, to a page of another origin, a readable Date. */
  const clientOf = () => createRestAuthClient({ baseUrl: url, fetch: nameless });
  const nameless: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    const headers = new Headers(response.headers);
    for (const name of ['Auth-Error-Code', 'Date']) headers.delete(name);
    return new Response(response.body, { status: response.status, headers });
  };

  it('a token is refreshed while it lives, and one that has expired signs out', async () => {
    const client = clientOf();
    await client.obtain(LOGIN);
    expect(client.remainingSeconds()).toBeGreaterThan(290);
    ahead = 200_000;
    await client.refresh();
    expect(client.getSnapshot()).toMatchObject({ status: 'signed-in', user: { user_id: 1, username: 'ada' } });
    expect(client.remainingSeconds()).toBeGreaterThan(290);
    ahead = 1_000_000;
    expect((await client.fetch(`${url}/mine`)).status).toBe(401);
    expect(client.getSnapshot()).toEqual({ status: 'signed-out', reason: 'expired' });
  });

  it('what is wrong is known by its message', async () => {
    const client = clientOf();
    const codeOf = (call: Promise<unknown>): Promise<unknown> => call.then(() => 'done', (error: unknown) => (error as { code?: unknown }).code);
    expect(await codeOf(client.obtain({ ...LOGIN, password: 'wrong' }))).toBe('INVALID_CREDENTIALS');
    expect(await codeOf(client.obtain({ username: '', password: '' }))).toBe('VALIDATION_FAILED');
    expect(await codeOf(client.verify({ token: 'rubbish' }))).toBe('TOKEN_REJECTED');
    await client.obtain(LOGIN);
    disabled = true;
    expect(await codeOf(client.me())).toBe('ACCOUNT_DISABLED');
    expect(client.getSnapshot()).toEqual({ status: 'signed-out', reason: 'disabled' });
    expect(await codeOf(client.obtain(LOGIN))).toBe('ACCOUNT_DISABLED');
  });

  it('logging out is forgetting', async () => {
    const client = clientOf();
    await client.obtain(LOGIN);
    await client.logout();
    expect(client.getSnapshot()).toEqual({ status: 'signed-out', reason: 'signed-out' });
    expect(requests.at(-1)).toBe('/api-token-logout/');
  });
});
