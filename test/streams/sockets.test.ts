import { afterEach, describe, expect, it } from 'vitest';
import { memorySessions } from 'trpc-jwt-auth/stores/memory';

import { deferred } from '../deferred.js';
import { ada, bob } from '../parity/scene.js';
import type { Settings } from '../parity/scene.js';
import { bearing, ticketScene } from '../security/ticket-scene.js';
import type { RawSocket } from './raw-client.js';
import { readStream, streamClient } from './stream-client.js';
import type { StreamClient } from './stream-client.js';
import { startStreamServer } from './stream-server.js';
import type { StreamServer } from './stream-server.js';

type Stage = Awaited<ReturnType<typeof ticketScene>>;
type Way = (stage: Stage, token: string) => Promise<RawSocket>;

const cookie = { name: 'jwt-token', secure: false };
const ownOrigin = ({ server }: Stage): string => new URL(server.url).origin;

const ways: Record<string, Way> = {
  'a ticket': async ({ socket, ticketOf }, token) => socket({ ticket: await ticketOf(token) }),
  'Authorization as a message': ({ socket }, token) => socket(bearing(token)),
  'authorization in small letters': ({ socket }, token) => socket({ authorization: `jwt ${token}` }),
  'the Authorization header': ({ socket }, token) => socket(undefined, bearing(token)),
  'the cookie': (stage, token) => stage.socket(undefined, { Cookie: `jwt-token=${token}`, Origin: ownOrigin(stage) }),
};

const ends: [what: string, code: string, end: (stage: Stage) => unknown][] = [
  ['its session is revoked', 'TOKEN_REVOKED', ({ auth }) => auth.revokeUser(ada.id)],
  ['its user is disabled', 'ACCOUNT_DISABLED', ({ scene }) => (scene.users[0] = { ...ada, isActive: false })],
  ['its user is renamed', 'USER_NOT_FOUND', ({ scene }) => (scene.users[0] = { ...ada, username: 'lovelace' })],
  ['its name is another user by now', 'USER_NOT_FOUND', ({ scene }) => (scene.users[0] = { ...ada, id: 99 })],
  ['its token expires', 'TOKEN_EXPIRED', ({ scene }) => scene.clock.advance({ seconds: 301 })],
];

describe.each(Object.entries(ways))('a socket opened with %s', (_name, open) => {
  it.each(ends)('is let in for one call, and refused at the next when %s', async (_what, code, end) => {
    const stage = await ticketScene({ cookie });
    const socket = await open(stage, (await stage.login()).token);
    expect([await stage.whoami(socket), await stage.whoami(socket)]).toEqual(['ada', 'ada']);
    expect(await socket.subscribe().outcome).toBe('open');
    await end(stage);
    const published = stage.feed.events.length;
    expect(await stage.whoami(socket)).toBe(code);
    expect(await socket.call('mutation', 'publish', 'x')).toMatchObject({ code });
    expect(await socket.subscribe().outcome).toBe(code);
    expect(await socket.call('mutation', 'auth.ticket')).toMatchObject({ code });
    expect(stage.feed.events).toHaveLength(published);
    expect(await socket.subscribe('open').outcome).toBe('open');
    expect(stage.scene.reported).toEqual([]);
  });
});

describe('a subscription on a socket', () => {
  it('ends with its session, and the socket stays', async () => {
    const { auth, socket, newTicket, whoami, feed } = await ticketScene();
    const opened = await socket({ ticket: await newTicket() });
    const { outcome, ended, seen } = opened.subscribe();
    expect(await outcome).toBe('open');
    await auth.revokeUser(ada.id);
    expect(await ended).toBe('TOKEN_REVOKED');
    feed.publish('after');
    expect([seen, await whoami(opened)]).toEqual([['hello'], 'TOKEN_REVOKED']);
  });
});

describe('a cookie on the request of a socket', () => {
  async function tried(headers: (stage: Stage) => Record<string, string>) {
    const stage = await ticketScene({ cookie: { ...cookie, trustedOrigins: ['https://trusted.example'] } });
    const socket = await stage.socket(undefined, { Cookie: `jwt-token=${(await stage.login()).token}`, ...headers(stage) });
    const change = await socket.call('mutation', 'publish', 'x');
    return [await stage.whoami(socket), 'code' in change ? change.code : 'done', await socket.subscribe().outcome, stage.feed.events.length];
  }
  const letIn = ['ada', 'done', 'open', 2];
  const refused = ['CSRF_FAILED', 'CSRF_FAILED', 'CSRF_FAILED', 1];

  it.each<[string, (stage: Stage) => Record<string, string>]>([
    ['of a page of the app', (stage) => ({ Origin: ownOrigin(stage) })],
    ['of such a page whose TLS ends before us', (stage) => ({ Origin: ownOrigin(stage).replace('http:', 'https:') })],
    ['of a trusted origin', () => ({ Origin: 'https://trusted.example' })],
    ['of no browser', () => ({})],
    ['of the same origin, as the browser says', () => ({ 'Sec-Fetch-Site': 'same-origin' })],
  ])('%s is taken', async (_name, headers) => {
    expect(await tried(headers)).toEqual(letIn);
  });

  it.each<[string, (stage: Stage) => Record<string, string>]>([
    ['of another origin', () => ({ Origin: 'https://evil.example' })],
    ['of a sandbox', () => ({ Origin: 'null' })],
    ['of an empty origin', () => ({ Origin: '' })],
    ['of a file', () => ({ Origin: 'file://' })],
    ['of another port', () => ({ Origin: 'http://127.0.0.1:1' })],
    ['of the host without its port', () => ({ Origin: 'http://127.0.0.1' })],
    ['of a host that begins like ours', (stage) => ({ Origin: `${ownOrigin(stage)}.evil.example` })],
    ['of a host that ends like ours', (stage) => ({ Origin: ownOrigin(stage).replace('//', '//evil-') })],
    ['of a host with ours before an @', (stage) => ({ Origin: `${ownOrigin(stage)}@evil.example` })],
    ['of a subdomain of a trusted origin', () => ({ Origin: 'https://a.trusted.example' })],
    ['of a trusted origin without TLS', () => ({ Origin: 'http://trusted.example' })],
    ['of another site, as the browser says', (stage) => ({ Origin: ownOrigin(stage), 'Sec-Fetch-Site': 'cross-site' })],
    ['of a sibling site, as the browser says', (stage) => ({ Origin: ownOrigin(stage), 'Sec-Fetch-Site': 'same-site' })],
  ])('%s is refused, for queries, mutations and subscriptions', async (_name, headers) => {
    expect(await tried(headers)).toEqual(refused);
  });
});

describe('our client on a socket', () => {
  const clients: StreamClient[] = [];
  afterEach(() => Promise.all(clients.splice(0).map(({ close }) => close())));

  /** An app whose clock a test moves on, without the client's knowledge. */
  async function stageOf(changes: Settings = {}) {
    const ahead = { seconds: 0 };
    const stage = await ticketScene({ clock: () => Date.now() + ahead.seconds * 1000, ...changes });
    const client = (server: Pick<StreamServer, 'url' | 'socketUrl'> = stage.server): StreamClient => {
      const made = streamClient(server, 'WebSocket');
      clients.push(made);
      return made;
    };
    return { ...stage, ahead, client, done: () => stage.feed.events.slice(1).map(({ text }) => text) };
  }
  const as = (username: string) => ({ username, password: `${username}-pass` });
  const codeOf = (error: unknown): string => {
    const { data, message } = error as { data?: { authCode?: string }; message: string };
    return data?.authCode ?? message;
  };
  const whoamiOf = ({ trpc }: StreamClient): Promise<string> => trpc.whoami.query().catch(codeOf);
  const oneSocket = ({ server }: Pick<Stage, 'server'>) => expect.poll(() => server.sockets(), { timeout: 5000 }).toBe(1);

  it('makes a call again on a newer socket where its token has expired there, and it is done once', async () => {
    const stage = await stageOf();
    const one = stage.client();
    await one.authClient.obtain(as('ada'));
    expect(await whoamiOf(one)).toBe('ada');
    stage.ahead.seconds = 400;
    await one.trpc.publish.mutate('x');
    expect(stage.done()).toEqual(['ada: x']);
    await oneSocket(stage);
    stage.ahead.seconds = 800;
    const texts = Array.from({ length: 20 }, (_, index) => `x ${index}`);
    await Promise.all(texts.map((text) => one.trpc.publish.mutate(text)));
    expect(stage.done().slice(1).sort()).toEqual(texts.map((text) => `ada: ${text}`).sort());
    expect(stage.server.urls.filter((url) => url.includes('auth.refresh'))).toHaveLength(2);
    await oneSocket(stage);
    await one.close();
    await expect.poll(() => stage.server.sockets()).toBe(0);
    await expect.poll(() => stage.server.connections()).toBeLessThanOrEqual(1);
  });

  it('gets the answer to a call that is under way while the socket is replaced', async () => {
    const stage = await stageOf();
    const one = stage.client();
    await one.authClient.obtain(as('ada'));
    const answer = one.trpc.awaited.query();
    await expect.poll(() => stage.feed.listeners()).toBe(1);
    await one.authClient.refresh();
    await expect.poll(() => stage.server.sockets(), { timeout: 5000 }).toBe(2);
    expect(await whoamiOf(one)).toBe('ada');
    stage.feed.publish('at last');
    expect(await answer).toBe('at last');
    await oneSocket(stage);
  });

  it('does nothing in the name of who was signed in before, nor before of who is now', { timeout: 30_000 }, async () => {
    const stage = await stageOf({ sessions: undefined });
    const one = stage.client();
    await one.authClient.obtain(as('ada'));
    const who = (): string => {
      const state = one.authClient.getSnapshot();
      return state.status === 'signed-in' ? (state.user as { username: string }).username : 'nobody';
    };
    const callers = [who()];
    one.authClient.subscribe(() => callers.push(who()));
    const calls: Promise<{ asked: string; answered: string; during: string[] }>[] = [];
    const running = { now: true };
    const loop = (async () => {
      while (running.now) {
        const asked = who();
        const since = callers.length - 1;
        calls.push(whoamiOf(one).then((answered) => ({ asked, answered, during: callers.slice(since) })));
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    for (const username of ['bob', 'ada', 'bob']) {
      await one.authClient.logout();
      expect(await whoamiOf(one)).toBe('NOT_AUTHENTICATED');
      await one.authClient.obtain(as(username));
      expect(await whoamiOf(one)).toBe(username);
    }
    running.now = false;
    await loop;
    const answers = await Promise.all(calls);
    expect(callers).toEqual(['ada', 'nobody', 'bob', 'nobody', 'ada', 'nobody', 'bob']);
    for (const name of ['ada', 'bob']) expect(answers.filter(({ asked, answered }) => asked === name && answered === name).length).toBeGreaterThan(0);
    const answeredAs = { ada: 'bob', bob: 'ada' };
    expect(answers.filter(({ asked, answered }) => answeredAs[asked as 'ada'] === answered)).toEqual([]);
    // What nobody began, and what is not sent before somebody signs in, is his.
    expect(answers.filter(({ asked, answered, during }) => asked === 'nobody' && /^(ada|bob)$/.test(answered) && !during.includes(answered))).toEqual([]);
    await oneSocket(stage);
  });

  it('without signing out in between, either', async () => {
    const stage = await stageOf({ sessions: undefined });
    const one = stage.client();
    await one.authClient.obtain(as('ada'));
    const reading = readStream(one, 'open');
    await expect.poll(() => reading.seen[0]).toBe('ada');
    for (const username of ['bob', 'ada', 'bob', 'ada']) {
      await one.authClient.obtain(as(username));
      expect(await whoamiOf(one)).toBe(username);
      await expect.poll(() => reading.seen.at(-1), { timeout: 5000 }).toBe(username);
    }
    reading.stop();
    await oneSocket(stage);
  });

  it('leaves undone what one person began and could not do before another signed in: no socket was to be had', async () => {
    const stage = await stageOf();
    const sockets = await startStreamServer(stage.auth, stage.feed);
    const one = stage.client({ url: stage.server.url, socketUrl: sockets.socketUrl });
    await one.authClient.obtain(as('ada'));
    expect(await whoamiOf(one)).toBe('ada');
    expect(one.isConnected()).toBe(true);
    await sockets.kill();
    await expect.poll(one.isConnected).toBe(false);
    const refused = one.trpc.publish.mutate('of ada').catch(codeOf);
    await one.authClient.logout();
    await one.authClient.obtain(as('bob'));
    await sockets.restart();
    await one.trpc.publish.mutate('of bob');
    expect(await refused).toBe('No authentication token available');
    expect(stage.done()).toEqual(['bob: of bob']);
    await one.close();
    await sockets.kill();
  });

  it('makes what nobody began, and had no socket for, as who has signed in by then', async () => {
    const stage = await stageOf();
    const sockets = await startStreamServer(stage.auth, stage.feed);
    await sockets.kill();
    const one = stage.client({ url: stage.server.url, socketUrl: sockets.socketUrl });
    const answer = whoamiOf(one);
    await one.authClient.obtain(as('bob'));
    await sockets.restart();
    expect(await answer).toBe('bob');
    await one.close();
    await sockets.kill();
  });

  it.each(['the socket wants a newer token', 'it waits for a newer token'])('or %s', async (how) => {
    const gate = { ...deferred<void>(), isShut: false };
    const store = memorySessions();
    const stage = await stageOf({ sessions: { store: { ...store, rotate: async (...args) => (gate.isShut && (await gate.promise), store.rotate(...args)) } }, ...(how.startsWith('it') && { token: { expiresInSeconds: 2 } }) });
    const one = stage.client();
    await one.authClient.obtain(as('ada'));
    expect(await whoamiOf(one)).toBe('ada');
    gate.isShut = true;
    if (how.startsWith('it')) await expect.poll(() => one.authClient.remainingSeconds(), { timeout: 5000 }).toBe(0);
    else stage.ahead.seconds = 400;
    const refused = one.trpc.publish.mutate('of ada').catch(codeOf);
    await expect.poll(() => stage.server.urls.filter((url) => url.includes('auth.refresh')).length, { timeout: 5000 }).toBe(1);
    await one.authClient.logout();
    await one.authClient.obtain(as('bob'));
    gate.resolve();
    expect(await whoamiOf(one)).toBe('bob');
    expect(await refused).toMatch(/^(TOKEN_EXPIRED|No authentication token available)$/);
    expect(stage.done()).toEqual([]);
  });

  it('begins as nobody, and goes on as who signs in', async () => {
    const stage = await stageOf();
    const one = stage.client();
    expect(await whoamiOf(one)).toBe('NOT_AUTHENTICATED');
    await one.authClient.obtain(as('bob'));
    expect(await whoamiOf(one)).toBe(bob.username);
    await one.authClient.logout();
    expect(await whoamiOf(one)).toBe('NOT_AUTHENTICATED');
    await oneSocket(stage);
    await one.close();
    await expect.poll(() => stage.server.sockets()).toBe(0);
  });
});
