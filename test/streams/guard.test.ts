import { observable } from '@trpc/server/observable';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { jwksVerifier, protectedProcedure, RequestAuth, subscriptionGuard } from 'trpc-jwt-auth';
import type { AuthContext, JwtAuth } from 'trpc-jwt-auth';
import { memorySessions } from 'trpc-jwt-auth/stores/memory';

import { ada, NOW, Scene, tokenFor } from '../parity/scene.js';
import type { User } from '../parity/scene.js';
import { t } from '../parity/transports/trpc-router.js';
import { codeOf, createFeed, streamApp } from './stream-app.js';
import type { Feed } from './stream-app.js';

let scene: Scene;
let feed: Feed;
beforeEach(() => {
  vi.useFakeTimers({ now: NOW * 1000 });
  scene = new Scene();
  feed = createFeed();
});
afterEach(() => void vi.useRealTimers());

const clock = (): number => Date.now();

function contextOf(token: string): AuthContext {
  const request = { method: 'GET', header: (name: string) => (name === 'authorization' ? `JWT ${token}` : undefined), host: 'a', secure: false, peerAddress: undefined, answer: undefined };
  return { auth: new RequestAuth(request, { isSocket: false, ticket: undefined, authorization: undefined }) };
}

/** Reads a stream to its end; what it gave, and how it ended. */
function read(stream: AsyncIterable<unknown>): { readonly seen: unknown[]; readonly end: Promise<unknown> } {
  const seen: unknown[] = [];
  const end = (async () => {
    for await (const event of stream) seen.push(event);
    return 'done';
  })().catch((error: unknown) => error);
  return { seen, end };
}

async function open(auth: JwtAuth<User>, token: string, procedure: 'events' | 'closely' | 'open' = 'events', signal?: AbortSignal) {
  const caller = t.createCallerFactory(streamApp(auth, feed))(contextOf(token), signal === undefined ? {} : { signal });
  const reading = read((await caller[procedure]()) as AsyncIterable<unknown>);
  await vi.advanceTimersByTimeAsync(0);
  return reading;
}

describe('a subscription of protectedProcedure', () => {
  it('gives events until its token has expired, and ends with TOKEN_EXPIRED then', async () => {
    const { seen, end } = await open(scene.auth({ clock }), tokenFor());
    feed.publish('one');
    await vi.advanceTimersByTimeAsync(299_000);
    feed.publish('two');
    await vi.advanceTimersByTimeAsync(0);
    expect(seen).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(2000);
    expect(codeOf(await end)).toBe('TOKEN_EXPIRED');
    feed.publish('three');
    await vi.advanceTimersByTimeAsync(0);
    expect(seen).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('goes on for leewaySeconds, as calls do', async () => {
    const { end } = await open(scene.auth({ clock, token: { leewaySeconds: 60 } }), tokenFor());
    let ended = false;
    void end.then(() => (ended = true));
    await vi.advanceTimersByTimeAsync(359_000);
    expect(ended).toBe(false);
    await vi.advanceTimersByTimeAsync(3000);
    expect(codeOf(await end)).toBe('TOKEN_EXPIRED');
  });

  it('ends at once when its session is ended in this process, by whatever means', async () => {
    const auth = scene.auth({ clock, sessions: { store: memorySessions() } });
    const streams = await Promise.all(['events', 'closely', 'open'].map(async (procedure) => open(auth, await auth.issueToken(ada), procedure as 'events')));
    await auth.revokeUser(ada.id);
    await vi.advanceTimersByTimeAsync(10);
    for (const { end } of streams) expect(codeOf(await end)).toBe('TOKEN_REVOKED');
    expect(feed.listeners()).toBe(3);
    // Each waits for an event that its signal would have ended; the next one frees it.
    feed.publish('late');
    await vi.advanceTimersByTimeAsync(0);
    expect(feed.listeners()).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("leaves another session's streams alone", async () => {
    const auth = scene.auth({ clock, sessions: { store: memorySessions() } });
    const [mine, other] = [await auth.issueToken(ada), await auth.issueToken(ada)];
    const { claims } = await auth.verifyToken(mine);
    const [kept, ended] = [await open(auth, mine), await open(auth, other)];
    await auth.revokeUser(ada.id, { exceptSessionId: String(claims.sid) });
    await vi.advanceTimersByTimeAsync(10);
    expect(codeOf(await ended.end)).toBe('TOKEN_REVOKED');
    feed.publish('one');
    await vi.advanceTimersByTimeAsync(0);
    expect(kept.seen).toHaveLength(1);
  });

  it('ends within 30 seconds when its session is ended by another process', async () => {
    const store = memorySessions();
    const [auth, other] = [scene.auth({ clock, sessions: { store } }), scene.auth({ clock, sessions: { store } })];
    const { end } = await open(auth, await auth.issueToken(ada));
    await other.revokeUser(ada.id);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(codeOf(await end)).toBe('TOKEN_REVOKED');
  });

  it('ends within recheckSeconds of subscriptionGuard', async () => {
    const store = memorySessions();
    const [auth, other] = [scene.auth({ clock, sessions: { store } }), scene.auth({ clock, sessions: { store } })];
    const { end } = await open(auth, await auth.issueToken(ada), 'closely');
    await other.revokeUser(ada.id);
    await vi.advanceTimersByTimeAsync(2000);
    expect(codeOf(await end)).toBe('TOKEN_REVOKED');
  });

  it('ends when its user is disabled, or gone', async () => {
    const auth = scene.auth({ clock });
    const [first] = scene.users;
    const disabled = await open(auth, tokenFor());
    scene.users[0] = { ...ada, ...first, isActive: false };
    await vi.advanceTimersByTimeAsync(30_000);
    expect(codeOf(await disabled.end)).toBe('ACCOUNT_DISABLED');
    scene.users[0] = { ...ada };
    const gone = await open(auth, tokenFor());
    scene.users.shift();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(codeOf(await gone.end)).toBe('USER_NOT_FOUND');
  });

  it('ends when its store fails: nothing is assumed of a session that cannot be read', async () => {
    const store = memorySessions();
    const auth = scene.auth({ clock, sessions: { store: { ...store, find: (id, now) => (Date.now() > (NOW + 10) * 1000 ? Promise.reject(new Error('away')) : store.find(id, now)) } } });
    const { end } = await open(auth, await auth.issueToken(ada));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(codeOf(await end)).toBe('STORE_UNAVAILABLE');
  });

  it('leaves no timer, listener or watch behind when its client goes', async () => {
    const auth = scene.auth({ clock, sessions: { store: memorySessions() } });
    const gone = new AbortController();
    const { end } = await open(auth, await auth.issueToken(ada), 'events', gone.signal);
    expect([vi.getTimerCount(), feed.listeners()]).toEqual([1, 1]);
    gone.abort();
    await end;
    expect([vi.getTimerCount(), feed.listeners()]).toEqual([0, 0]);
  });

  it("tells the signal of a stream that tRPC serves, and not one of the app's own calls, which may be shared", async () => {
    const auth = scene.auth({ clock });
    for (const [served, told] of [[true, 1], [false, 0]] as const) {
      let aborts = 0;
      const { signal } = new AbortController();
      signal.addEventListener('abort', () => (aborts += 1));
      const context = contextOf(tokenFor({ claims: { exp: Math.floor(Date.now() / 1000) + 300 } }));
      const { end } = read(await t.createCallerFactory(streamApp(auth, feed))(served ? context : { auth: new RequestAuth(context.auth.request) }, { signal }).events());
      await vi.advanceTimersByTimeAsync(303_000);
      expect([codeOf(await end), aborts]).toEqual(['TOKEN_EXPIRED', told]);
    }
  });

  it('watches nothing that nobody reads', async () => {
    const auth = scene.auth({ clock });
    await t.createCallerFactory(streamApp(auth, feed))(contextOf(tokenFor())).events();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('guards an observable as it does an iterable', async () => {
    const auth = scene.auth({ clock });
    let torn = 0;
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- until tRPC 12
    const router = t.router({ ticks: protectedProcedure(auth, t).subscription(() => observable<number>((observer) => (observer.next(1), () => (torn += 1)))) });
    const { seen, end } = read((await t.createCallerFactory(router)(contextOf(tokenFor())).ticks()) as unknown as AsyncIterable<unknown>);
    await vi.advanceTimersByTimeAsync(302_000);
    expect([seen, codeOf(await end), torn]).toEqual([[1], 'TOKEN_EXPIRED', 1]);
  });

  it('is let go of at once when it has ended, though its procedure waits for an event that never comes', async () => {
    const stream = (await t.createCallerFactory(streamApp(scene.auth({ clock }), feed))(contextOf(tokenFor())).events()) as AsyncIterable<unknown>;
    const iterator = stream[Symbol.asyncIterator]();
    const end = iterator.next().catch(codeOf);
    await vi.advanceTimersByTimeAsync(302_000);
    expect(await end).toBe('TOKEN_EXPIRED');
    expect(await iterator.return?.()).toEqual({ done: true, value: undefined });
  });

  it('ends the process with no failure that its reader, who is slow, has not heard of yet', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const stream = (await t.createCallerFactory(streamApp(scene.auth({ clock }), feed))(contextOf(tokenFor())).events()) as AsyncIterable<unknown>;
    // As tRPC's pings do: asked for, and listened to when the event before has been read.
    const ahead = stream[Symbol.asyncIterator]().next();
    await vi.advanceTimersByTimeAsync(302_000);
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
    expect(codeOf(await ahead.catch((error: unknown) => error))).toBe('TOKEN_EXPIRED');
  });

  it('passes on what the procedure itself throws', async () => {
    const auth = scene.auth({ clock });
    const router = t.router({
      failing: protectedProcedure(auth, t).subscription(async function* () {
        yield 1;
        throw new Error('of the app');
      }),
    });
    const { seen, end } = read(await t.createCallerFactory(router)(contextOf(tokenFor())).failing());
    await vi.advanceTimersByTimeAsync(0);
    expect([seen, String(await end), vi.getTimerCount()]).toEqual([[1], 'Error: of the app', 0]);
  });
});

describe('subscriptionGuard', () => {
  it('refuses an interval that is none', () => {
    for (const recheckSeconds of [0, -1, Number.NaN, 'often' as unknown as number]) {
      expect(() => subscriptionGuard(scene.auth(), { recheckSeconds })).toThrow('subscriptionGuard: recheckSeconds');
    }
  });

  it('ends by expiry for a service that sees no sessions', async () => {
    const verifier = jwksVerifier({ url: 'https://auth.example.com/jwks', clock, fetch: () => Promise.reject(new Error('not asked')) });
    const known = { ...verifier, verifyToken: scene.auth({ clock }).verifyToken };
    const router = t.router({ events: t.procedure.use(subscriptionGuard(known)).subscription(({ signal }) => (async function* () { yield await new Promise((_resolve, reject) => signal?.addEventListener('abort', reject)); })()) });
    const { end } = read(await t.createCallerFactory(router)(contextOf(tokenFor())).events());
    await vi.advanceTimersByTimeAsync(302_000);
    expect(codeOf(await end)).toBe('TOKEN_EXPIRED');
  });
});
