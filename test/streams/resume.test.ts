import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memorySessions } from 'trpc-jwt-auth/stores/memory';
import type { JwtAuth } from 'trpc-jwt-auth';

import { ada, Scene } from '../parity/scene.js';
import type { User } from '../parity/scene.js';
import { createFeed } from './stream-app.js';
import type { Feed } from './stream-app.js';
import { readStream, streamClient, WIRES } from './stream-client.js';
import type { StreamClient, Wire } from './stream-client.js';
import { startStreamServer } from './stream-server.js';
import type { StreamServer } from './stream-server.js';

const LOGIN = { username: 'ada', password: 'ada-pass' };

let scene: Scene;
let feed: Feed;
let auth: JwtAuth<User>;
let server: StreamServer;
let clients: StreamClient[];

async function start(expiresInSeconds: number): Promise<void> {
  scene = new Scene();
  feed = createFeed();
  auth = scene.auth({ clock: Date.now, token: { expiresInSeconds }, sessions: { store: memorySessions() } });
  server = await startStreamServer(auth, feed);
}

function client(wire: Wire): StreamClient {
  const made = streamClient(server, wire);
  clients.push(made);
  return made;
}

beforeEach(() => void (clients = []));
afterEach(async () => {
  await Promise.all(clients.map(({ close }) => close()));
  await server.kill();
});

/** Publishes one event after the other for as long as a condition holds; gives what was published. */
async function publishUntil(isOver: () => boolean): Promise<string[]> {
  const published: string[] = [];
  while (!isOver()) {
    const text = `event ${published.length + 1}`;
    published.push(text);
    feed.publish(text);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return published;
}

describe.each(WIRES)('over %s', (wire) => {
  /** A signed-in client that has read one event. */
  async function reader() {
    await start(300);
    const one = client(wire);
    await one.authClient.obtain(LOGIN);
    const reading = readStream(one);
    await expect.poll(() => feed.listeners()).toBe(1);
    feed.publish('before');
    await expect.poll(() => reading.seen).toEqual(['before']);
    return { one, reading };
  }

  it('a subscription outlives its token, without a gap or a duplicate', { timeout: 30_000 }, async () => {
    await start(2);
    const one = client(wire);
    await one.authClient.obtain(LOGIN);
    const reading = readStream(one);
    await expect.poll(() => feed.listeners(), { timeout: 5000 }).toBe(1);
    const begun = Date.now();
    const published = await publishUntil(() => Date.now() > begun + 7500);
    await expect.poll(() => reading.seen.length, { timeout: 5000 }).toBe(published.length);
    expect(reading.seen).toEqual(published);
    expect(reading.ended()).toBeUndefined();
    reading.stop();
    await expect.poll(() => feed.listeners()).toBe(0);
  });

  it('it ends with TOKEN_REVOKED when its session is ended, and is not begun again', async () => {
    const { one, reading } = await reader();
    await auth.revokeUser(ada.id);
    await expect.poll(() => reading.ended(), { timeout: 5000 }).toBe('TOKEN_REVOKED');
    expect(one.authClient.getSnapshot()).toMatchObject({ status: 'signed-out', reason: 'revoked' });
    feed.publish('after');
    await expect.poll(() => feed.listeners()).toBe(0);
    expect(reading.seen).toEqual(['before']);
  });

  it('it goes on behind the last event when the server has been away', { timeout: 30_000 }, async () => {
    const { reading } = await reader();
    await server.kill();
    await expect.poll(() => feed.listeners()).toBe(0);
    feed.publish('meanwhile');
    await server.restart();
    await expect.poll(() => reading.seen, { timeout: 15_000 }).toEqual(['before', 'meanwhile']);
    feed.publish('after');
    await expect.poll(() => reading.seen, { timeout: 5000 }).toEqual(['before', 'meanwhile', 'after']);
    expect(reading.ended()).toBeUndefined();
  });

  it('nothing is begun for who is not signed in, and what anybody may read is begun again as who signs in, and out', async () => {
    await start(300);
    const one = client(wire);
    const refused = readStream(one);
    const open = readStream(one, 'open');
    await expect.poll(() => refused.ended()).toBe('NOT_AUTHENTICATED');
    await expect.poll(() => open.seen).toEqual(['nobody']);
    await one.authClient.obtain(LOGIN);
    await expect.poll(() => open.seen, { timeout: 5000 }).toEqual(['nobody', 'ada']);
    await one.authClient.logout();
    await expect.poll(() => open.seen, { timeout: 5000 }).toEqual(['nobody', 'ada', 'nobody']);
    expect([refused.seen, open.ended()]).toEqual([[], undefined]);
  });

  it('no token stands in any URL, and no ticket stands there twice', async () => {
    await start(2);
    const one = client(wire);
    await one.authClient.obtain(LOGIN);
    const reading = readStream(one);
    await expect.poll(() => feed.listeners()).toBe(1);
    await expect.poll(() => server.urls.filter((url) => url.includes('auth.refresh')).length, { timeout: 8000 }).toBeGreaterThan(0);
    reading.stop();
    const opened = server.urls.filter((url) => url.includes('/events') || url.includes('connectionParams'));
    expect(opened.length).toBeGreaterThan(0);
    for (const url of server.urls) expect(decodeURIComponent(url)).not.toMatch(/eyJ|\.[A-Za-z0-9_-]{20,}/);
    const tickets = opened.map((url) => /"ticket":"([^"]+)"/.exec(decodeURIComponent(url))?.[1]);
    expect(new Set(tickets).size).toBe(wire === 'SSE with tickets' ? opened.length : 1);
  });
});
