import { createTRPCClient, httpBatchLink, httpBatchStreamLink, httpLink, TRPCClientError } from '@trpc/client';
import type { TRPCLink } from '@trpc/client';
import { observable } from '@trpc/server/observable';
import superjson from 'superjson';
import { createAuthClient, createAuthStreams, memoryTokens } from 'trpc-jwt-auth/client';
import type { TokenStorage } from 'trpc-jwt-auth/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { LOGIN, startApp } from './app-server.js';
import type { App, AppRouter } from './app-server.js';

const LINKS = { single: httpLink<AppRouter>, batch: httpBatchLink<AppRouter>, stream: httpBatchStreamLink<AppRouter> };

let app: App;
beforeEach(async () => {
  app = await startApp();
});
afterEach(() => app.close());

function clientOf({ url }: App, link: keyof typeof LINKS = 'batch', options: { storage?: TokenStorage; fetch?: typeof fetch } = {}) {
  const authClient = createAuthClient<AppRouter>()({ url: `${url}/trpc`, path: 'auth', transformer: superjson, timeoutMs: 1000, ...options });
  const trpc = createTRPCClient<AppRouter>({ links: [authClient.link(), LINKS[link]({ url: `${url}/trpc`, transformer: superjson, headers: authClient.headers, ...(options.fetch && { fetch: options.fetch as never }) })] });
  return { authClient, trpc };
}

async function failureOf(call: Promise<unknown>): Promise<TRPCClientError<AppRouter>> {
  const error: unknown = await call.then(() => expect.fail('was answered'), (thrown: unknown) => thrown);
  if (!(error instanceof TRPCClientError)) throw error;
  return error as TRPCClientError<AppRouter>;
}

describe.each(['single', 'batch', 'stream'] as const)('over a %s link', (link) => {
  it('fifty calls with a token that has expired come to one refresh', async () => {
    const { authClient, trpc } = clientOf(app, link);
    await authClient.obtain(LOGIN);
    app.pass(301);
    const calls = Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? trpc.today.query() : trpc.change.mutate({ to: 'x' })));
    expect(new Set(await Promise.all(calls))).toContain('x');
    expect(app.count('auth.refresh')).toBe(1);
  });

  it('each call of a batch is judged by itself', async () => {
    const { authClient, trpc } = clientOf(app, link);
    await authClient.obtain(LOGIN);
    app.pass(301);
    const [open, today, missing] = await Promise.allSettled([trpc.open.query(), trpc.today.query(), trpc.missing.query()]);
    expect([open, today]).toEqual([
      { status: 'fulfilled', value: 'open' },
      { status: 'fulfilled', value: new Date(0) },
    ]);
    expect((missing as PromiseRejectedResult).reason).toMatchObject({ message: 'There is no such thing.', data: { code: 'NOT_FOUND', authCode: null } });
    expect(app.count('auth.refresh')).toBe(1);
  });

  it('errors of the app\'s own pass as they are', async () => {
    const { authClient, trpc } = clientOf(app, link);
    await authClient.obtain(LOGIN);
    expect((await failureOf(trpc.change.mutate({ to: '' }))).data).toMatchObject({ code: 'BAD_REQUEST', authCode: null, fieldErrors: { to: ['Say what.'] } });
    expect((await failureOf(trpc.stubborn.query())).data).toMatchObject({ code: 'UNAUTHORIZED', authCode: null });
    expect([app.count('auth.refresh'), app.count('stubborn')]).toEqual([0, 1]);
  });

  it('authentication procedures go alone, and the state follows', async () => {
    const { authClient, trpc } = clientOf(app, link);
    const [{ token }] = await Promise.all([trpc.auth.obtain.mutate(LOGIN), trpc.open.query()]);
    expect(authClient.getSnapshot()).toMatchObject({ status: 'signed-in', user: { user_id: 1, username: 'ada', since: '1815-12-10' } });
    expect((await trpc.auth.verify.mutate({ token })).since).toBe('1815-12-10');
    app.pass(301);
    const [me, sessions] = await Promise.all([trpc.auth.me.query(), trpc.auth.sessions.list.query()]);
    expect([me.username, sessions.length, app.count('auth.refresh')]).toEqual(['ada', 1, 1]);
    await trpc.auth.logout.mutate();
    expect(authClient.getSnapshot()).toEqual({ status: 'signed-out', reason: 'signed-out' });
    expect(app.requests.filter((path) => path.includes(',') && path.includes('auth.'))).toEqual([]);
    expect((await failureOf(trpc.auth.obtain.mutate({ ...LOGIN, password: 'wrong' }))).data?.authCode).toBe('INVALID_CREDENTIALS');
    expect(app.count('auth.refresh')).toBe(1);
  });

  it('a token that is only asked about is not one\'s own, whatever is wrong with it', async () => {
    const { authClient, trpc } = clientOf(app, link);
    const { token } = await authClient.obtain(LOGIN);
    app.pass(301);
    await authClient.refresh();
    expect((await failureOf(trpc.auth.verify.mutate({ token }))).data?.authCode).toBe('TOKEN_EXPIRED');
    await expect(authClient.verify({ token })).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
    expect([app.count('auth.refresh'), app.count('auth.verify'), authClient.getSnapshot().status]).toEqual([1, 2, 'signed-in']);
  });

  it('a call of nobody is made without a token, and refused by the server', async () => {
    const { trpc } = clientOf(app, link);
    expect(await trpc.open.query()).toBe('open');
    expect((await failureOf(trpc.today.query())).data?.authCode).toBe('NOT_AUTHENTICATED');
    expect(app.count('auth.refresh')).toBe(0);
  });
});

it('in cookie mode, over a stream, cookies are set all the same', async () => {
  const cookieApp = await startApp({ name: 'jwt-token', tokenInBody: false });
  try {
    const cookies = new Map<string, string>();
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const headers = new Headers(init?.headers);
      headers.set('Cookie', [...cookies].map((each) => each.join('=')).join('; '));
      const response = await globalThis.fetch(input, { ...init, headers });
      for (const cookie of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
        if (value === '') cookies.delete(name);
        else cookies.set(name, value);
      }
      return response;
    };
    const { cookieTokens } = await import('trpc-jwt-auth/client');
    const { authClient, trpc } = clientOf(cookieApp, 'stream', { storage: cookieTokens(), fetch });
    await trpc.auth.obtain.mutate(LOGIN);
    expect([...cookies.keys()].sort()).toEqual(['jwt-token', 'jwt-token-refresh']);
    expect(authClient.getSnapshot()).toMatchObject({ status: 'signed-in', user: { username: 'ada' } });
    expect(await authClient.headers()).toEqual({});
    // The browser drops the access token's cookie when it has expired.
    cookies.delete('jwt-token');
    expect(await trpc.today.query()).toEqual(new Date(0));
    await authClient.logout();
    expect(cookies.size).toBe(0);
  } finally {
    await cookieApp.close();
  }
});

describe('while no token can be refreshed', () => {
  it.each([500, 503])('(%s) public calls are answered, the others fail with the reason, and nobody is signed out', async (status) => {
    const { authClient, trpc } = clientOf(app);
    await authClient.obtain(LOGIN);
    app.pass(301);
    app.broken.set('auth.refresh', status);
    const [open, today] = await Promise.allSettled([trpc.open.query(), trpc.today.query()]);
    expect(open).toEqual({ status: 'fulfilled', value: 'open' });
    expect((today as PromiseRejectedResult).reason).toBeInstanceOf(TRPCClientError);
    expect((today as PromiseRejectedResult).reason).toMatchObject({ data: undefined });
    expect(authClient.getSnapshot().status).toBe('signed-in');
    await failureOf(trpc.today.query());
    expect(app.count('auth.refresh')).toBe(1);
  });

  it('a server that finds every token expired is asked twice, and then believed', async () => {
    const { authClient } = clientOf(app);
    await authClient.obtain(LOGIN);
    let calls = 0;
    const refusing: TRPCLink<AppRouter> = () => () =>
      observable((observer) => {
        calls += 1;
        observer.error(TRPCClientError.from({ error: { message: 'Signature has expired.', code: -32001, data: { code: 'UNAUTHORIZED', authCode: 'TOKEN_EXPIRED' } } }));
      });
    const trpc = createTRPCClient<AppRouter>({ links: [authClient.link(), refusing] });
    expect((await failureOf(trpc.today.query())).data?.authCode).toBe('TOKEN_EXPIRED');
    expect([calls, app.count('auth.refresh')]).toEqual([2, 1]);
  });
});

describe('a call that is given up', () => {
  it('during a refresh fails at once, and is never made', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const slow: typeof fetch = async (input, init) => {
      if (typeof input === 'string' && input.includes('refresh')) await held;
      return fetch(input, init);
    };
    const { authClient: other, trpc: waiting } = clientOf(app, 'single', { fetch: slow });
    await other.obtain(LOGIN);
    app.pass(301);
    const controller = new AbortController();
    const call = failureOf(waiting.today.query(undefined, { signal: controller.signal }));
    while (app.count('today') === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 20));
    controller.abort();
    expect((await call).cause?.name).toBe('AbortError');
    release();
    await other.refresh();
    expect(app.count('today')).toBe(1);
    expect(await waiting.today.query()).toEqual(new Date(0));
  });

  it('before it begins is not begun', async () => {
    const { authClient, trpc } = clientOf(app);
    await authClient.obtain(LOGIN);
    expect((await failureOf(trpc.today.query(undefined, { signal: AbortSignal.abort() }))).cause?.name).toBe('AbortError');
    expect(app.count('today')).toBe(0);
    await expect(authClient.me({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
    expect((await failureOf(trpc.auth.me.query(undefined, { signal: AbortSignal.abort() }))).cause?.name).toBe('AbortError');
  });
});

describe('a subscription', () => {
  function subscriptionTo(events: (attempt: number, emit: { data: (value: string) => void; fail: () => void }) => void) {
    const { authClient } = clientOf(app);
    let attempts = 0;
    let open = 0;
    const last: TRPCLink<AppRouter> = () => () =>
      observable((observer) => {
        attempts += 1;
        open += 1;
        events(attempts, {
          data: (data) => observer.next({ result: { type: 'data', data } }),
          fail: () => observer.error(TRPCClientError.from({ error: { message: 'Signature has expired.', code: -32001, data: { authCode: 'TOKEN_EXPIRED' } } })),
        });
        return () => void (open -= 1);
      });
    const received: unknown[] = [];
    const subscribe = () =>
      observable((observer) => authClient.link()({})({ op: { id: 1, type: 'subscription', path: 'live', input: undefined, context: {}, signal: null }, next: last({}) as never }).subscribe(observer)).subscribe({
        next: (envelope) => received.push((envelope as { result: { data: unknown } }).result.data),
        error: (error) => received.push((error as TRPCClientError<AppRouter>).message),
      });
    return { authClient, subscribe, received, attempts: () => attempts, open: () => open };
  }

  it('whose token had expired begins again with a newer one', async () => {
    const { authClient, subscribe, received, attempts } = subscriptionTo((attempt, { data, fail }) => (attempt === 1 ? fail() : data('news')));
    await authClient.obtain(LOGIN);
    subscribe();
    await expect.poll(() => received).toEqual(['news']);
    expect([attempts(), app.count('auth.refresh')]).toEqual([2, 1]);
  });

  it('that has given something is not begun again, for it would give it twice', async () => {
    const { authClient, subscribe, received, attempts } = subscriptionTo((_attempt, { data, fail }) => {
      data('news');
      fail();
    });
    await authClient.obtain(LOGIN);
    subscribe();
    await expect.poll(() => received).toEqual(['news', 'Signature has expired.']);
    expect(attempts()).toBe(1);
  });

  it('that is ended leaves nothing open', async () => {
    const { authClient, subscribe, attempts, open } = subscriptionTo((_attempt, { data }) => data('news'));
    await authClient.obtain(LOGIN);
    const one = subscribe();
    await expect.poll(attempts).toBe(1);
    one.unsubscribe();
    const other = subscribe();
    other.unsubscribe();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([attempts(), open()]).toEqual([1, 0]);
  });
});

it('headers and event sources get a token that is good, connections a ticket', async () => {
  const storage = memoryTokens();
  const { authClient } = clientOf(app, 'batch', { storage });
  const streams = createAuthStreams(authClient);
  expect([await authClient.headers(), await streams.connectionParams()]).toEqual([{}, {}]);
  const { token } = await authClient.obtain(LOGIN);
  expect(await authClient.headers()).toEqual({ Authorization: `JWT ${token}` });
  expect(await streams.connectionParams()).toEqual({ ticket: expect.stringMatching(/^[\w-]{43}$/) as unknown });
  const { headers, fetch, withCredentials } = await streams.eventSourceOptions();
  expect([headers, withCredentials]).toEqual([{ Authorization: `JWT ${token}` }, false]);
  app.pass(301);
  expect((await fetch(`${app.url}/mine`)).status).toBe(200);
  expect(app.count('auth.refresh')).toBe(1);
});
