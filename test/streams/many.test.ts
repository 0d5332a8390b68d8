import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { JwtAuth } from 'trpc-jwt-auth';
import { memorySessions } from 'trpc-jwt-auth/stores/memory';

import { ada, Scene } from '../parity/scene.js';
import type { User } from '../parity/scene.js';
import { bearing } from '../security/ticket-scene.js';
import { rawSocket, rawStream } from './raw-client.js';
import { createFeed, streamApp } from './stream-app.js';
import { startStreamServer } from './stream-server.js';

const SUBSCRIBERS = 500;

// What process.getActiveResourcesInfo() tells of timers leaves out those that keep no process alive, as a guard's.
const timers = new Set<unknown>();
const { setTimeout: set, clearTimeout: clear } = globalThis;
beforeAll(() => {
  vi.stubGlobal('setTimeout', (call: () => void, ms?: number) => {
    const timer = set(() => {
      timers.delete(timer);
      call();
    }, ms);
    timers.add(timer);
    return timer;
  });
  vi.stubGlobal('clearTimeout', (timer: NodeJS.Timeout | undefined) => {
    timers.delete(timer);
    clear(timer);
  });
});
afterAll(() => void vi.unstubAllGlobals());

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

/** How many of node's resources of a kind there are. */
const active = (kind: string): number => process.getActiveResourcesInfo().filter((each) => each === kind).length;

interface Subscriber {
  readonly seen: readonly string[];
  readonly ended: Promise<string>;
  readonly leave: () => unknown;
}

async function stage() {
  const scene = new Scene();
  const feed = createFeed();
  const counts = { finds: 0 };
  const ahead = { seconds: 0 };
  const store = memorySessions();
  const made = scene.auth({
    clock: () => Date.now() + ahead.seconds * 1000,
    sessions: { store: { ...store, find: (id, now) => (counts.finds++, store.find(id, now)) } },
  });
  const watches = new Set<object>();
  const auth: JwtAuth<User> = {
    ...made,
    watchSession: (claims, told) => {
      const watch = {};
      watches.add(watch);
      const unwatch = made.watchSession(claims, told);
      return () => {
        watches.delete(watch);
        unwatch();
      };
    },
  };
  const server = await startStreamServer(auth, feed, streamApp(auth, feed));
  return { feed, counts, ahead, watches, auth, server };
}
type Stage = Awaited<ReturnType<typeof stage>>;

type Subscribe = (stage: Stage, token: string) => Promise<Subscriber>;
const wires: [name: string, subscribe: Subscribe][] = [
  [
    'streams',
    ({ server }, token) => {
      const { seen, ended, close } = rawStream(server.url, { headers: bearing(token) }, 'closely');
      return Promise.resolve({ seen, ended, leave: close });
    },
  ],
  [
    'sockets',
    async ({ server }, token) => {
      const socket = await rawSocket(server.socketUrl, { params: bearing(token) });
      const { seen, ended } = socket.subscribe('closely');
      return { seen, ended, leave: socket.close };
    },
  ],
];

/** All of them, once each listens. */
async function gather(on: Stage, subscribe: Subscribe, length = SUBSCRIBERS): Promise<Subscriber[]> {
  const all = await Promise.all(Array.from({ length }, async () => subscribe(on, await on.auth.issueToken(ada))));
  await expect.poll(() => on.feed.listeners(), { timeout: 10_000 }).toBe(length);
  await expect.poll(() => on.watches.size, { timeout: 10_000 }).toBe(length);
  return all;
}

async function codesOf(all: readonly Subscriber[]): Promise<string[]> {
  return [...new Set(await Promise.all(all.map(({ ended }) => ended)))];
}

const endings: [how: string, codes: string[], end: (stage: Stage, all: readonly Subscriber[]) => unknown][] = [
  ['their tokens expire', ['TOKEN_EXPIRED'], ({ ahead }) => (ahead.seconds = 400)],
  ['their sessions are revoked', ['TOKEN_REVOKED'], ({ auth }) => auth.revokeUser(ada.id)],
  ['their readers leave', ['cut'], (_stage, all) => Promise.all(all.map(({ leave }) => leave()))],
  ['the server is killed', ['cut'], ({ server }) => server.kill()],
];

describe.each(wires)(`${SUBSCRIBERS} %s`, (_name, subscribe) => {
  it.each(endings)('get each event once and in order, and leave nothing behind when %s', { timeout: 30_000 }, async (how, codes, end) => {
    const before = { timers: timers.size, sockets: active('TCPSocketWrap'), servers: active('TCPServerWrap') };
    const on = await stage();
    const { feed, counts, watches, server } = on;
    const all = await gather(on, subscribe);
    const published = Array.from({ length: 5 }, (_, index) => `event ${index + 1}`);
    published.forEach(feed.publish);
    await expect.poll(() => all.every(({ seen }) => seen.length === published.length), { timeout: 10_000 }).toBe(true);
    for (const { seen } of all) expect(seen).toEqual(published);

    const found = counts.finds;
    await end(on, all);
    expect(await codesOf(all)).toEqual(codes);
    await expect.poll(() => [feed.listeners(), watches.size], { timeout: 10_000 }).toEqual([0, 0]);
    // Who opens a stream is looked up once, and again every two seconds; whose session ended here, not at all.
    expect(found).toBeLessThanOrEqual(SUBSCRIBERS * 5);
    if (how !== 'their readers leave') expect(counts.finds - found).toBeLessThanOrEqual(SUBSCRIBERS);
    await Promise.all(all.map(({ leave }) => leave()));
    await expect.poll(() => server.sockets(), { timeout: 5000 }).toBe(0);
    if (how !== 'the server is killed') await server.kill();
    await expect.poll(() => [active('TCPSocketWrap'), active('TCPServerWrap')], { timeout: 5000 }).toEqual([before.sockets, before.servers]);
    expect(timers.size - before.timers).toBeLessThanOrEqual(0);
  });
});

describe('memory', () => {
  it('does not grow with the streams there have been', { timeout: 60_000 }, async () => {
    const on = await stage();
    const [[, subscribe]] = wires as [[string, Subscribe]];
    const round = async (): Promise<number> => {
      const all = await gather(on, subscribe, 200);
      await on.auth.revokeUser(ada.id);
      await codesOf(all);
      await expect.poll(() => on.feed.listeners(), { timeout: 10_000 }).toBe(0);
      collectGarbage();
      await new Promise((resolve) => setImmediate(resolve));
      collectGarbage();
      return process.memoryUsage().heapUsed / 1e6;
    };
    // What is loaded and remembered once counts for none.
    await round();
    const first = await round();
    await round();
    const last = await round();
    // Two hundred streams that stayed would be of 4 MB and more.
    expect(last - first).toBeLessThan(3);
    await on.server.kill();
  });
});
