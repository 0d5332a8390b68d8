import { initTRPC } from '@trpc/server';
import express from 'express';
import { authErrorFormatter, createAuthRouter, createJwtAuth, keyPair, keyRing, secretKey } from 'trpc-jwt-auth';
import type { AuthContext, KeyRing, LoadedKeyRingOptions, SessionSettings } from 'trpc-jwt-auth';
import { restBridge } from 'trpc-jwt-auth/express';
import { memorySessions } from 'trpc-jwt-auth/stores/memory';
import { callerContext, testClock } from 'trpc-jwt-auth/testing';
import { afterAll, describe, expect, it } from 'vitest';

import { decodeSegment } from '../conformance/issued.js';
import { listen } from '../parity/listening.js';
import { newPair, strangerToken } from './issuer.js';
import { NOW } from './target.js';

const CLIENTS = 1000;
const OVER_HTTP = 100;
const MINUTE = 60_000;

// From a secret to a pair: the rotation that every app from Django has before it.
const OLD = secretKey('the-old-secret-0123456789-abcdefghijklmnop', { kid: 'old' });
const NEW = keyPair({ algorithm: 'ES256', kid: 'new', privateKey: newPair().privateKey.export({ format: 'jwk' }) });

interface User {
  readonly id: number;
  readonly username: string;
  readonly isActive: boolean;
}
const userNamed = (username: string): User => ({ id: Number(username.slice(1)), username, isActive: true });
const kidOf = (token: string): unknown => decodeSegment(token, 0)?.kid;
const JSON_TYPE = { 'Content-Type': 'application/json' };

/** One instance of an app: its keys come from `source`, which the test changes. */
function instance(source: () => readonly KeyRing[], { sessions, ...options }: LoadedKeyRingOptions & { sessions?: SessionSettings } = {}) {
  const state = { loads: 0 };
  const ring = keyRing(
    async () => {
      state.loads += 1;
      return source();
    },
    { clock: () => NOW * 1000, ...options },
  );
  const auth = createJwtAuth<User, object, 'username', undefined, SessionSettings | undefined>({
    keys: ring,
    users: { authenticate: ({ username }) => userNamed(username), findByUsername: (username) => userNamed(username) },
    clock: () => NOW * 1000,
    sessions,
  });
  const judge = async (token: string): Promise<string> => auth.verifyToken(token).then(() => 'accepted', (error: unknown) => (error as { code?: string }).code ?? String(error));
  return { auth, ring, state, judge };
}
type Instance = ReturnType<typeof instance>;

interface Tokens {
  readonly token: string;
  readonly refresh_token?: string;
}

/** Exchanges tokens for newer ones over a transport; rejects where that is refused. */
type Refresh = (held: Tokens) => Promise<Tokens>;

const presented = ({ token, refresh_token }: Tokens) => (refresh_token === undefined ? { token } : { refresh_token });

function overCaller({ auth }: Instance): Refresh {
  const t = initTRPC.context<AuthContext>().create({ errorFormatter: authErrorFormatter() });
  const callerFor = t.createCallerFactory(t.router({ auth: createAuthRouter(auth, t) }));
  return (held) => callerFor(callerContext(auth)).auth.refresh(presented(held) as { token: string });
}

async function overREST({ auth }: Instance): Promise<Refresh> {
  const { origin, close } = await listen(express().use(restBridge(auth)));
  afterAll(close);
  return async (held) => {
    const response = await fetch(`${origin}/api-token-refresh/`, { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(presented(held)) });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${response.status} ${text}`);
    return JSON.parse(text) as Tokens;
  };
}

interface Client {
  held: Tokens;
  readonly refresh: () => Promise<void>;
}

/** A thousand clients who have just signed in, most over tRPC, the rest over HTTP. */
async function signedIn(served: Instance): Promise<Client[]> {
  const [caller, rest] = [overCaller(served), await overREST(served)];
  const clients: Client[] = [];
  // One after the other: a thousand at once from one network are refused as guessing.
  for (let index = 0; index < CLIENTS; index += 1) {
    const { token, refresh } = await served.auth.serializers.obtain.validate({ username: `u${index}`, password: 'x' });
    const exchange = index < OVER_HTTP ? rest : caller;
    const client: Client = {
      held: { token, ...(refresh !== undefined && { refresh_token: refresh.token }) },
      refresh: async () => {
        client.held = await exchange(client.held);
      },
    };
    clients.push(client);
  }
  return clients;
}

describe.each([
  ['stateless', undefined],
  ['with sessions', { store: memorySessions() }],
])('keys rotated under load, %s', (_how, sessions) => {
  it('old, new and old, new: nobody is refused who goes on refreshing, and at the end nothing of the old key is good', { timeout: MINUTE }, async () => {
    let keys: readonly KeyRing[] = [OLD];
    const served = instance(() => keys, sessions && { sessions });
    const clients = await signedIn(served);
    const before = clients.map(({ held }) => held);
    // Those who never refresh: half of their tokens have been verified, and are remembered.
    const stragglers = await Promise.all(Array.from({ length: 200 }, (_, index) => served.auth.issueToken(userNamed(`u${CLIENTS + index}`))));
    await Promise.all(stragglers.slice(0, 100).map(served.judge));

    const seen = { old: 0, new: 0 };
    let rotated: Promise<void> | undefined;
    const note = ({ held: { token } }: Client): void => {
      seen[kidOf(token) === 'new' ? 'new' : 'old'] += 1;
      // In the midst of it, and whoever is refreshing then is not waited for.
      if (seen.old !== 2 * CLIENTS) return;
      keys = [NEW, OLD];
      rotated ??= served.ring.reload();
    };
    const refreshings = clients.map(async (client) => {
      for (let round = 0; round < 3 || (round < 30 && kidOf(client.held.token) !== 'new'); round += 1) {
        await client.refresh();
        note(client);
      }
    });
    expect((await Promise.allSettled(refreshings)).filter(({ status }) => status === 'rejected')).toEqual([]);
    await rotated;
    expect(seen.old).toBeGreaterThanOrEqual(2 * CLIENTS);
    expect(seen.new).toBeGreaterThanOrEqual(CLIENTS);
    expect(new Set(await Promise.all(stragglers.map(served.judge)))).toEqual(new Set(['accepted']));

    keys = [NEW];
    let gone = false;
    const late: string[] = [];
    const goingOn = clients.map(async (client) => {
      for (let round = 0; round < 3; round += 1) await client.refresh();
    });
    // All the while, old tokens are tried; from the moment that reload() is done, none is good.
    const trying = stragglers.slice(100).map(async (token) => {
      for (let round = 0; round < 10 || !gone; round += 1) {
        const wasGone = gone;
        const code = await served.judge(token);
        if (wasGone) late.push(code);
        await new Promise(setImmediate);
      }
    });
    await served.ring.reload();
    gone = true;
    const [cached, firstSeen] = [stragglers.slice(0, 100), before.slice(0, 100).map(({ token }) => token)];
    expect(new Set(await Promise.all([...cached, ...firstSeen].map(served.judge)))).toEqual(new Set(['TOKEN_REJECTED']));
    expect((await Promise.allSettled(goingOn)).filter(({ status }) => status === 'rejected')).toEqual([]);
    await Promise.all(trying);
    expect(late.filter((code) => code !== 'TOKEN_REJECTED')).toEqual([]);
    // Whoever had not refreshed must sign in again, however he asks; and whoever had is in.
    const refusals = await Promise.allSettled(before.map(overCaller(served)));
    expect(refusals.filter(({ status }) => status === 'fulfilled')).toEqual([]);
    expect(new Set(await Promise.all(clients.map(({ held: { token } }) => served.judge(token))))).toEqual(new Set(['accepted']));
  });
});

describe('two instances, whose reloads come at different times', () => {
  it('what the one that rotated first signs, the other verifies, however many come at once', async () => {
    let keys: readonly KeyRing[] = [OLD];
    const [first, second] = [instance(() => keys), instance(() => keys)];
    const before = await Promise.all([first, second].map(({ auth }) => auth.issueToken(userNamed('u1'))));
    for (const each of [first, second]) for (const token of before) expect(await each.judge(token)).toBe('accepted');

    keys = [NEW, OLD];
    await first.ring.reload();
    const tokens = await Promise.all(Array.from({ length: CLIENTS }, (_, index) => first.auth.issueToken(userNamed(`u${index}`))));
    expect(new Set(tokens.map(kidOf))).toEqual(new Set(['new']));
    expect(new Set(await Promise.all([...tokens, ...before].map(second.judge)))).toEqual(new Set(['accepted']));
    // The keys at its start, and one look for the new one.
    expect(second.state.loads).toBe(2);
    expect(kidOf(await second.auth.issueToken(userNamed('u1')))).toBe('new');
  });

  it('a client goes from one to the other in the midst of it', async () => {
    let keys: readonly KeyRing[] = [OLD];
    const sessions = { store: memorySessions() };
    const instances = [instance(() => keys, { sessions }), instance(() => keys, { sessions })] as const;
    const [here, there] = instances.map(overCaller) as [Refresh, Refresh];
    const { token, refresh } = await instances[0].auth.serializers.obtain.validate({ username: 'u1', password: 'x' });
    let held: Tokens = { token, refresh_token: refresh?.token ?? '' };
    const kids: unknown[] = [];
    const go = async (exchange: Refresh): Promise<void> => {
      held = await exchange(held);
      kids.push(kidOf(held.token), kidOf(held.refresh_token ?? ''));
    };
    await go(there);
    keys = [NEW, OLD];
    await instances[0].ring.reload();
    for (const exchange of [here, there, here]) await go(exchange);
    expect(kids).toEqual(['old', 'old', 'new', 'new', 'new', 'new', 'new', 'new']);
  });

  it('what the one that is behind signs, the other verifies until the old key is out', async () => {
    let keys: readonly KeyRing[] = [OLD];
    const [first, second] = [instance(() => keys), instance(() => keys)];
    await second.ring.reload();
    keys = [NEW, OLD];
    await first.ring.reload();
    const behind = await second.auth.issueToken(userNamed('u1'));
    expect([kidOf(behind), await first.judge(behind)]).toEqual(['old', 'accepted']);
    keys = [NEW];
    await first.ring.reload();
    // Each instance by its own keys: until it has reloaded, the second does not know.
    expect([await first.judge(behind), await second.judge(behind)]).toEqual(['TOKEN_REJECTED', 'accepted']);
    await second.ring.reload();
    expect(await second.judge(behind)).toBe('TOKEN_REJECTED');
  });

  it('forged names keep the other from looking no longer than a cooldown', async () => {
    let keys: readonly KeyRing[] = [OLD];
    const clock = testClock(new Date(NOW * 1000));
    const [first, second] = [instance(() => keys), instance(() => keys, { clock, cooldownSeconds: 30 })];
    expect(await second.judge(strangerToken('forged'))).toBe('TOKEN_REJECTED');
    keys = [NEW, OLD];
    await first.ring.reload();
    const token = await first.auth.issueToken(userNamed('u1'));
    expect(await second.judge(token)).toBe('TOKEN_REJECTED');
    clock.advance({ seconds: 30 });
    expect(await second.judge(token)).toBe('accepted');
    expect(second.state.loads).toBe(3);
  });
});
