import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { AuthClientError } from '../../client/auth-client-error.js';
import type { AuthClientErrorCode } from '../../client/auth-client-error.js';
import { createServerClock } from '../../client/server-clock.js';
import { cookieTokens } from '../../client/storage/cookie.js';
import { memoryTokens } from '../../client/storage/memory.js';
import type { Call } from '../../client/transport.js';
import { claimsOf, ModelServer, tokenOf } from './model-server.js';
import { codeOf, openTab, SharedStorage, TIMEOUT_MS } from './tab.js';

const NOW = 1_700_000_000_000;
const HOUR_MS = 3_600_000;

beforeEach(() => void vi.useFakeTimers({ now: NOW }));
afterEach(() => vi.useRealTimers());

async function signedIn(options: Parameters<typeof openTab>[2] = {}, server = new ModelServer()) {
  const shared = new SharedStorage();
  const tab = openTab(server, shared.tab(), options);
  await tab.signIn();
  await vi.advanceTimersByTimeAsync(0);
  tab.states.length = 0;
  return { server, shared, tab, ...tab };
}

/** A server whose refreshes fail with a code. */
function refusing(code: AuthClientErrorCode, retryAfterSeconds?: number): { server: ModelServer; refuse: { on: boolean }; asked: number[] } {
  const server = new ModelServer();
  const refuse = { on: true };
  const asked: number[] = [];
  const call: Call = (operation, input, options) => {
    if (operation !== 'refresh') return server.call(operation, input, options);
    asked.push(Date.now() - NOW);
    return refuse.on ? Promise.reject(new AuthClientError(code, code, { retryAfterSeconds })) : server.call(operation, input, options);
  };
  return { server: Object.assign(Object.create(server) as ModelServer, { call }), refuse, asked };
}

describe('a token', () => {
  it('is refreshed a minute ahead by itself, and again and again', async () => {
    const { server, states } = await signedIn();
    await vi.advanceTimersByTimeAsync(239_000);
    expect(server.refreshes).toBe(0);
    await vi.advanceTimersByTimeAsync(2000);
    expect(server.refreshes).toBe(1);
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect(server.refreshes).toBe(16);
    expect(new Set(states)).toEqual(new Set(['signed-in']));
  });

  it('that lives a short time is refreshed after four fifths of it', async () => {
    const { server } = await signedIn({}, new ModelServer(10));
    await vi.advanceTimersByTimeAsync(7900);
    expect(server.refreshes).toBe(0);
    await vi.advanceTimersByTimeAsync(200);
    expect(server.refreshes).toBe(1);
  });

  it('that lives for years sets no timer that a browser would let off at once', async () => {
    const timers = vi.spyOn(globalThis, 'setTimeout');
    const { server } = await signedIn({}, new ModelServer(10 * 365 * 86_400));
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect([server.refreshes, vi.getTimerCount()]).toEqual([0, 1]);
    expect(Math.max(...timers.mock.calls.map(([, delay]) => delay ?? 0))).toBeLessThan(2 ** 31);
    timers.mockRestore();
  });

  it('is refreshed on a server only when a call needs it, and by no timer', async () => {
    const { server, protectedCall } = await signedIn({ background: false });
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect(server.refreshes).toBe(0);
    expect(await protectedCall()).toBe('done');
    expect(server.refreshes).toBe(1);
  });

  it('is refreshed once for fifty who ask at once', async () => {
    const { server, keeper, protectedCall } = await signedIn({ background: false });
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect(await Promise.all(Array.from({ length: 50 }, protectedCall))).toEqual(Array(50).fill('done'));
    expect(server.refreshes).toBe(1);
    await Promise.all(Array.from({ length: 50 }, () => keeper.refresh()));
    expect(server.refreshes).toBe(2);
  });

  it('that another tab has just fetched is used as it is, though nobody has told', async () => {
    const server = new ModelServer();
    const shared = new SharedStorage();
    const one = openTab(server, { ...shared.tab(), subscribe: () => () => undefined }, { background: false });
    await one.signIn();
    const late = openTab(server, shared.tab(), { background: false });
    await vi.advanceTimersByTimeAsync(200_000);
    await late.keeper.refresh();
    await vi.advanceTimersByTimeAsync(150_000);
    expect(await one.protectedCall()).toBe('done');
    expect([server.refreshes, one.keeper.current()?.token]).toEqual([1, late.keeper.current()?.token]);
  });

  it('that the server has refused for a call is replaced, and the call made again once', async () => {
    const { server, keeper } = await signedIn();
    const sent: unknown[] = [];
    const send = (): Promise<never> => {
      sent.push(keeper.headers().Authorization);
      return Promise.reject(new AuthClientError('TOKEN_EXPIRED', 'Signature has expired.'));
    };
    await expect(keeper.attempt(send, codeOf)).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
    expect([sent.length, new Set(sent).size, server.refreshes]).toEqual([2, 2, 1]);
  });

  it('of one user is not replaced by that of another for a call under way', async () => {
    const { keeper, signIn } = await signedIn();
    const sent: unknown[] = [];
    const send = async (): Promise<never> => {
      sent.push(claimsOf(keeper.headers().Authorization?.split(' ')[1]).username);
      await signIn('grace');
      throw new AuthClientError('TOKEN_REVOKED', 'Token has been revoked.');
    };
    await expect(keeper.attempt(send, codeOf)).rejects.toMatchObject({ code: 'TOKEN_REVOKED' });
    expect(sent).toEqual(['ada']);
  });
});

describe('a refresh that is rejected', () => {
  it.each([
    ['TOKEN_REVOKED', 'revoked'],
    ['ACCOUNT_DISABLED', 'disabled'],
    ['TOKEN_EXPIRED', 'expired'],
    ['USER_NOT_FOUND', 'rejected'],
    ['TOKEN_UNDECODABLE', 'rejected'],
    ['TOKEN_REJECTED', 'rejected'],
    ['TOKEN_PAYLOAD_INVALID', 'rejected'],
    ['NOT_AUTHENTICATED', 'expired'],
    ['VALIDATION_FAILED', 'expired'],
  ] as const)('with %s signs out once, as %s', async (code, reason) => {
    const { server, asked } = refusing(code);
    const { keeper, states, shared, protectedCall } = await signedIn({}, server);
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect(states).toEqual([`signed-out: ${reason}`]);
    expect([shared.value, asked.length, vi.getTimerCount()]).toEqual([null, 1, 0]);
    await expect(keeper.refresh()).rejects.toMatchObject({ code: 'SIGNED_OUT' });
    expect(await protectedCall()).toBe('NOT_AUTHENTICATED');
    expect(asked.length).toBe(1);
  });

  it.each(['REFRESH_EXPIRED', 'REFRESH_NOT_ALLOWED'] as const)('with %s keeps the token until it expires, and asks no more meanwhile', async (code) => {
    const { server, asked } = refusing(code);
    const { keeper, states, protectedCall } = await signedIn({}, server);
    await vi.advanceTimersByTimeAsync(295_000);
    expect([asked.length, keeper.getSnapshot().status, await protectedCall()]).toEqual([1, 'signed-in', 'done']);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(states).toEqual(['signed-out: expired']);
  });

  it('for a token that is in use no more signs nobody out', async () => {
    const server = new ModelServer();
    let reject: (error: Error) => void = () => undefined;
    const call: Call = (operation, input, options) =>
      operation === 'refresh' ? new Promise((_resolve, rejected) => (reject = rejected)) : server.call(operation, input, options);
    const shared = new SharedStorage();
    const tab = openTab({ call }, shared.tab());
    await tab.signIn();
    const refreshed = tab.keeper.refresh();
    await vi.advanceTimersByTimeAsync(0);
    await tab.signIn();
    reject(new AuthClientError('TOKEN_REVOKED', 'Token has been revoked.'));
    await refreshed;
    expect([tab.keeper.getSnapshot().status, shared.value?.token]).toEqual(['signed-in', tab.keeper.current()?.token]);
    expect(tab.states.filter((state) => state.startsWith('signed-out: r'))).toEqual([]);
  });
});

describe('a refresh that fails for the moment', () => {
  it.each(['UNREACHABLE', 'SERVER_ERROR', 'STORE_UNAVAILABLE', 'CSRF_FAILED'] as const)('with %s keeps the session, and is tried again at growing intervals', async (code) => {
    const { server, refuse, asked } = refusing(code);
    const { keeper, states, protectedCall } = await signedIn({}, server);
    await vi.advanceTimersByTimeAsync(300_000);
    const pauses = asked.slice(1).map((at, index) => at - (asked[index] ?? 0));
    expect(asked.length).toBeLessThanOrEqual(9);
    pauses.forEach((pause, index) => {
      const longest = Math.min(30_000, 1000 * 2 ** index);
      expect(pause).toBeGreaterThanOrEqual(longest / 2);
      expect(pause).toBeLessThanOrEqual(longest + 1);
    });
    expect(keeper.getSnapshot().status).toBe('signed-in');
    // Calls do not ask more often than that.
    const before = asked.length;
    expect(await Promise.all([protectedCall(), protectedCall()])).toEqual([code, code]);
    expect(asked.length).toBeLessThanOrEqual(before + 1);

    refuse.on = false;
    await vi.advanceTimersByTimeAsync(31_000);
    expect(await protectedCall()).toBe('done');
    expect(states.filter((state) => state.startsWith('signed-out'))).toEqual([]);
  });

  it('sets no timer but for the next try, and begins with a short pause again after a success', async () => {
    const timers = vi.spyOn(globalThis, 'setTimeout');
    const { server, refuse, asked } = refusing('UNREACHABLE');
    await signedIn({}, server);
    await vi.advanceTimersByTimeAsync(300_000);
    expect(timers.mock.calls.length).toBeLessThan(40);
    timers.mockRestore();
    refuse.on = false;
    await vi.advanceTimersByTimeAsync(60_000);
    refuse.on = true;
    asked.length = 0;
    await vi.advanceTimersByTimeAsync(300_000);
    expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBeLessThanOrEqual(1001);
  });

  it('is not the same moment for everybody', async () => {
    const moments = new Set<number>();
    for (let page = 0; page < 10; page += 1) {
      vi.setSystemTime(NOW);
      const { server, asked } = refusing('UNREACHABLE');
      const { keeper } = await signedIn({}, server);
      await vi.advanceTimersByTimeAsync(242_000);
      moments.add(asked[1] ?? 0);
      keeper.dispose();
    }
    expect(moments.size).toBeGreaterThan(3);
  });

  it('waits as long as the server says', async () => {
    const { server, asked } = refusing('THROTTLED', 25);
    await signedIn({}, server);
    await vi.advanceTimersByTimeAsync(264_900);
    expect(asked).toEqual([240_000]);
    await vi.advanceTimersByTimeAsync(200);
    expect(asked).toEqual([240_000, 265_000]);
  });
});

describe('an answer', () => {
  it('that never comes is given up, and the next try finds the session as it was', async () => {
    const signals: (AbortSignal | null | undefined)[] = [];
    const model = new ModelServer();
    const call: Call = (operation, input, options) => {
      signals.push(options.signal);
      return model.call(operation, input, options);
    };
    const { server, keeper, states, protectedCall } = await signedIn({ background: false, call }, model);
    server.mishaps.push('never');
    const failing = keeper.refresh().catch(codeOf);
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS);
    expect([await failing, signals.at(-1)?.aborted]).toEqual(['UNREACHABLE', true]);
    await vi.advanceTimersByTimeAsync(400_000);
    expect(await protectedCall()).toBe('done');
    expect([server.refreshes, server.reuses, states.includes('signed-out')]).toEqual([2, 0, false]);
  });

  it('that comes after it was given up changes nothing', async () => {
    const { server, keeper, shared } = await signedIn({ background: false });
    const before = shared.value;
    server.mishaps.push('late');
    const failing = keeper.refresh().catch(codeOf);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await failing).toBe('UNREACHABLE');
    expect(shared.value).toBe(before);
  });

  it('that is none of a token is no sign-out', async () => {
    const { server, keeper, shared } = await signedIn({ background: false });
    vi.spyOn(server, 'call').mockImplementation(() => Promise.resolve({ html: true }));
    const { call } = server;
    const tab = openTab({ call }, shared.tab(), { background: false });
    await expect(tab.keeper.refresh()).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect([tab.keeper.getSnapshot().status, keeper.getSnapshot().status]).toEqual(['signed-in', 'signed-in']);
  });

  it('to a refresh does not undo a sign-out, nor a sign-in, that came before it', async () => {
    const { server, keeper, shared, states, signIn } = await signedIn({ background: false, timeoutMs: 10_000 });
    server.mishaps.push('late', 'late');
    const first = keeper.refresh().catch(codeOf);
    await vi.advanceTimersByTimeAsync(0);
    await keeper.forget();
    await vi.advanceTimersByTimeAsync(4000);
    expect(await first).toBe('SIGNED_OUT');
    expect([shared.value, states]).toEqual([null, ['signed-out: signed-out']]);

    await signIn();
    const second = keeper.refresh().catch(codeOf);
    await vi.advanceTimersByTimeAsync(0);
    await signIn('grace');
    await vi.advanceTimersByTimeAsync(4000);
    await second;
    expect((shared.value?.user as { username: string }).username).toBe('grace');
    expect(keeper.getSnapshot()).toMatchObject({ status: 'signed-in', user: { username: 'grace' } });
  });

  it('to a refresh is not written over a sign-in that came while a slow storage was read', async () => {
    const server = new ModelServer();
    const shared = new SharedStorage();
    const tab = openTab(server, shared.tab(100), { background: false });
    const begun = tab.signIn();
    await vi.advanceTimersByTimeAsync(500);
    await begun;
    const refreshed = tab.keeper.refresh().catch(codeOf);
    // The storage is read before and after asking; the sign-in comes during the second reading.
    await vi.advanceTimersByTimeAsync(150);
    const again = tab.signIn('grace');
    await vi.advanceTimersByTimeAsync(2000);
    await Promise.all([refreshed, again]);
    expect((shared.value?.user as { username: string }).username).toBe('grace');
    expect(shared.value?.token).toBe(tab.keeper.current()?.token);
    expect(shared.written.map(({ user }) => (user as { username: string }).username)).toEqual(['ada', 'grace']);
  });

  it('keeps the user the same object where nothing has changed', async () => {
    const memory = openTab(new ModelServer(), memoryTokens(), { background: false });
    await memory.signIn();
    const userOf = (): unknown => (memory.keeper.getSnapshot() as { user?: unknown }).user;
    const before = userOf();
    await memory.keeper.refresh();
    expect(userOf()).toBe(before);
    expect(before).toEqual({ user_id: 'ada', username: 'ada' });
  });
});

describe('a device whose clock', () => {
  it.each([6, -6])('is %s hours off refreshes at the same moments', async (hours) => {
    const server = new ModelServer();
    const device = (): number => Date.now() + hours * HOUR_MS;
    const tab = openTab(server, new SharedStorage().tab(), { clock: createServerClock(device) });
    await tab.signIn();
    expect(tab.keeper.remainingSeconds()).toBeCloseTo(300, 0);
    await vi.advanceTimersByTimeAsync(239_000);
    expect(server.refreshes).toBe(0);
    await vi.advanceTimersByTimeAsync(2000);
    expect(server.refreshes).toBe(1);
    expect(tab.keeper.remainingSeconds()).toBeGreaterThan(295);
  });

  it('is set back while the page runs goes on as before', async () => {
    let off = 0;
    const server = new ModelServer();
    const tab = openTab(server, new SharedStorage().tab(), { clock: createServerClock(() => Date.now() + off) });
    await tab.signIn();
    await vi.advanceTimersByTimeAsync(100_000);
    off = -6 * HOUR_MS;
    expect(tab.keeper.remainingSeconds()).toBeCloseTo(200, 0);
    await vi.advanceTimersByTimeAsync(141_000);
    expect(server.refreshes).toBe(1);
    expect(tab.keeper.remainingSeconds()).toBeGreaterThan(295);
  });

  it.each([6, -6])('is %s hours off is known to the next visit', async (hours) => {
    const server = new ModelServer();
    const shared = new SharedStorage();
    const device = (): number => Date.now() + hours * HOUR_MS;
    await openTab(server, shared.tab(), { background: false }).signIn();
    if (shared.value !== null) shared.value = { ...shared.value, clockOffsetMs: -hours * HOUR_MS };
    const second = openTab(server, shared.tab(), { clock: createServerClock(device) });
    await vi.advanceTimersByTimeAsync(100_000);
    expect(second.keeper.remainingSeconds()).toBeCloseTo(200, 0);
    expect(server.refreshes).toBe(0);
  });

  it('was set back while the page runs stays right when the storage is read again', async () => {
    let off = 0;
    const server = new ModelServer();
    const shared = new SharedStorage();
    const storage = shared.tab();
    let changed: () => void = () => undefined;
    const tab = openTab(server, { ...storage, subscribe: (listener) => ((changed = listener), () => undefined) }, { clock: createServerClock(() => Date.now() + off) });
    await tab.signIn();
    off = -6 * HOUR_MS;
    await vi.advanceTimersByTimeAsync(100_000);
    changed();
    expect(tab.keeper.remainingSeconds()).toBeCloseTo(200, 0);
  });

  it('is set forward costs one refresh', async () => {
    let off = 0;
    const server = new ModelServer();
    const tab = openTab(server, new SharedStorage().tab(), { clock: createServerClock(() => Date.now() + off) });
    await tab.signIn();
    off = 6 * HOUR_MS;
    expect(await tab.protectedCall()).toBe('done');
    expect(await tab.protectedCall()).toBe('done');
    await vi.advanceTimersByTimeAsync(100_000);
    expect(server.refreshes).toBe(1);
    expect(tab.keeper.remainingSeconds()).toBeCloseTo(200, 0);
  });

  it('is ahead, and a server that does not show its time, make no flood of refreshes', async () => {
    let refreshes = 0;
    const expiry = (): number => Math.floor(Date.now() / 1000) + 300 - 6 * 3600;
    const call: Call = (operation) => {
      if (operation === 'refresh') refreshes += 1;
      return Promise.resolve({ user_id: 1, username: 'ada', expires_at: expiry() });
    };
    const tab = openTab({ call }, { ...memoryTokens(), identify: cookieTokens().identify ?? (() => Promise.resolve(null)) });
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect(tab.keeper.getSnapshot().status).toBe('signed-in');
    expect(refreshes).toBeGreaterThan(10);
    expect(refreshes).toBeLessThan(20);
  });
});

describe('a token of Django', () => {
  it('has no iat: its life is learned from orig_iat, and kept for the refreshes', async () => {
    const begun = Math.floor(NOW / 1000) + 7200;
    const issued: number[] = [];
    const call: Call = (operation) => {
      const now = Math.floor(Date.now() / 1000) + 7200;
      if (operation === 'refresh') issued.push(now - begun);
      return Promise.resolve({ token: tokenOf({ user_id: 1, username: 'ada', email: '', exp: now + 3600, orig_iat: begun }) });
    };
    const tab = openTab({ call }, new SharedStorage().tab());
    await tab.signIn();
    expect(tab.keeper.remainingSeconds()).toBeCloseTo(3600, 0);
    await vi.advanceTimersByTimeAsync(3 * HOUR_MS);
    expect(issued).toEqual([3540, 7080, 10_620]);
    expect(tab.keeper.getSnapshot()).toMatchObject({ user: { user_id: 1, username: 'ada' } });
  });
});

describe('cookies that no script can read', () => {
  function cookieServer(access: boolean, refresh: boolean) {
    const has = { access, refresh };
    const asked: string[] = [];
    const call: Call = (operation) => {
      asked.push(operation);
      const isIn = operation === 'refresh' ? has.refresh : has.access;
      if (!isIn) return Promise.reject(new AuthClientError(operation === 'refresh' ? 'VALIDATION_FAILED' : 'NOT_AUTHENTICATED', 'no'));
      has.access = true;
      const expires_at = Math.floor(Date.now() / 1000) + 300;
      return Promise.resolve(operation === 'me' ? { user_id: 1, username: 'ada', expires_at, plan: 'free' } : { expires_at, plan: 'free' });
    };
    return { call, asked, has };
  }
  const storage = () => ({ ...memoryTokens(), identify: cookieTokens().identify ?? (() => Promise.resolve(null)) });

  it.each([
    [true, true, ['me'], 'signed-in'],
    [false, true, ['me', 'refresh', 'me'], 'signed-in'],
    [false, false, ['me', 'refresh'], 'signed-out: none'],
  ])('are asked about when the page opens (access %s, refresh %s)', async (access, refresh, asked, state) => {
    const server = cookieServer(access, refresh);
    const tab = openTab(server, storage());
    expect(tab.keeper.getSnapshot().status).toBe('loading');
    await vi.advanceTimersByTimeAsync(0);
    expect([server.asked, tab.states]).toEqual([asked, [state]]);
    if (state === 'signed-in') expect(tab.keeper.getSnapshot()).toMatchObject({ user: { user_id: 1, username: 'ada', plan: 'free' } });
  });

  it('are asked about again while the server is away, and calls wait for the first answer', async () => {
    const server = cookieServer(true, true);
    let away = true;
    const call: Call = (...args) => (away ? Promise.reject(new AuthClientError('UNREACHABLE', 'away')) : server.call(...args));
    const tab = openTab({ call }, storage());
    await vi.advanceTimersByTimeAsync(5000);
    expect(tab.keeper.getSnapshot().status).toBe('loading');
    away = false;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(tab.keeper.getSnapshot().status).toBe('signed-in');
  });

  it('are another\'s when somebody signs in before the answer', async () => {
    const shared = new SharedStorage();
    let answer: (body: object) => void = () => undefined;
    let first = true;
    const expires_at = Math.floor(NOW / 1000) + 300;
    const call: Call = (operation) => {
      const isFirst = first;
      first = false;
      if (operation === 'me' && isFirst) return new Promise((resolve) => (answer = resolve));
      return Promise.resolve({ user_id: 2, username: 'grace', expires_at });
    };
    const tab = openTab({ call }, { ...shared.tab(), identify: cookieTokens().identify ?? (() => Promise.resolve(null)) });
    await tab.keeper.adopt({ expires_at });
    answer({ user_id: 1, username: 'ada', expires_at });
    await vi.advanceTimersByTimeAsync(10);
    expect(tab.keeper.getSnapshot()).toMatchObject({ user: { username: 'grace' } });
    expect(shared.written.map(({ user }) => (user as { username: string }).username)).toEqual(['grace']);
  });

  it('that are gone sign out as expired', async () => {
    const server = cookieServer(true, true);
    const tab = openTab(server, storage());
    await vi.advanceTimersByTimeAsync(0);
    server.has.access = server.has.refresh = false;
    expect(await tab.protectedCall()).toBe('NOT_AUTHENTICATED');
    await vi.advanceTimersByTimeAsync(0);
    expect(tab.states).toEqual(['signed-in', 'signed-out: expired']);
  });
});

it('a call that comes before a slow storage has been read waits for it', async () => {
  const server = new ModelServer();
  const shared = new SharedStorage();
  await openTab(server, shared.tab(), { background: false }).signIn();
  const tab = openTab(server, shared.tab(100), { background: false });
  expect(tab.keeper.getSnapshot()).toEqual({ status: 'loading' });
  const called = tab.protectedCall();
  await vi.advanceTimersByTimeAsync(100);
  expect(await called).toBe('done');
});

it('a keeper that is disposed of leaves nothing behind', async () => {
  const { server, keeper, states, shared } = await signedIn();
  const other = openTab(server, shared.tab(), { background: false });
  keeper.dispose();
  expect(vi.getTimerCount()).toBe(0);
  await other.keeper.forget();
  await vi.advanceTimersByTimeAsync(HOUR_MS);
  // It has heard of nothing.
  expect([server.refreshes, states, keeper.getSnapshot().status]).toEqual([0, [], 'signed-in']);
});
