import { memoryThrottle } from 'trpc-jwt-auth/stores/memory';
import type { AuthEvent, Limiter, ThrottleStore } from 'trpc-jwt-auth';
import { AuthError } from 'trpc-jwt-auth';
import { describe, expect, it } from 'vitest';

import { attackable, codeOf, PASSWORD } from './target.js';
import type { Answer, Settings, Target } from './target.js';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const PARALLEL = 40;

const guess = (target: Target, username: string, from?: string, password = 'wrong'): Promise<Answer> =>
  target.send('POST', '/api-token-auth/', { ...JSON_TYPE, ...(from !== undefined && { 'X-Forwarded-For': from }) }, JSON.stringify({ username, password }));

/** Many logins in one HTTP request. */
function guessInBatch(target: Target, usernames: readonly string[], from: string): Promise<Answer> {
  const path = `/trpc/${usernames.map(() => 'auth.obtain').join(',')}?batch=1`;
  const body = Object.fromEntries(usernames.map((username, index) => [index, { json: { username, password: 'wrong' } }]));
  return target.send('POST', path, { ...JSON_TYPE, 'X-Forwarded-For': from }, JSON.stringify(body));
}

async function inParallel<Item>(items: readonly Item[], work: (item: Item, index: number) => Promise<unknown>): Promise<void> {
  const queue = [...items.entries()];
  await Promise.all(Array.from({ length: PARALLEL }, async () => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) await work(next[1], next[0]);
  }));
}

const times = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const behindProxy: Settings = { trustedProxies: 1 };
const hex = (index: number): string => index.toString(16);

describe('a flood of 10 000 guesses at one account', () => {
  it('gets not one more than allowed, and keeps nobody out of where he is known', { timeout: 120_000 }, async () => {
    const target = await attackable({ ...behindProxy, throttle: { attempts: 10, attemptsPerAccount: 60, attemptsPerNetwork: 100 } });
    expect((await guess(target, 'ada', '192.0.2.77', PASSWORD)).status).toBe(200);
    target.logins.length = 0;

    const spellings = ['ada', 'ADA', ' ada ', 'ａｄａ', 'Ada\t', 'aDA'];
    await inParallel(times(40), () => guessInBatch(target, times(100).map((index) => spellings[index % spellings.length] ?? ''), '198.51.100.1'));
    expect(target.logins.length).toBe(10);

    await inParallel(times(2000), (index) => guess(target, 'ada', `10.${index % 256}.${index >> 8}.1, 198.51.100.1`));
    await inParallel(times(500), (index) => guess(target, 'ada', `::ffff:198.51.100.1`.replace('ffff', index % 2 === 0 ? 'ffff' : 'FFFF')));
    expect(target.logins.length).toBe(10);

    await inParallel(times(1500), (index) => guess(target, 'ada', `2001:db8:1:2:${hex(index)}:${hex(index * 7)}::${hex(index)}`));
    expect(target.logins.length).toBe(20);

    await inParallel(times(2000), (index) => guess(target, 'ada', `2001:db8:${hex(index)}:1::1`));
    expect(target.logins.length).toBe(60);

    expect((await guess(target, 'ada', '192.0.2.77', PASSWORD)).status).toBe(200);
    expect((await guess(target, 'eve', '203.0.113.9', PASSWORD)).status).toBe(200);
    expect(target.reported).toEqual([]);
  });
});

describe('guesses at many accounts from one place', () => {
  it('are limited together, and leave the accounts that are known there alone', async () => {
    const target = await attackable({ throttle: { attemptsPerNetwork: 20 } });
    await guess(target, 'ada', undefined, PASSWORD);
    target.logins.length = 0;
    await inParallel(times(300), (index) => guess(target, `somebody${index}`));
    expect(target.logins.length).toBe(20);
    expect(codeOf(await guess(target, 'eve', undefined, PASSWORD))).toBe('THROTTLED');
    expect((await guess(target, 'ada', undefined, PASSWORD)).status).toBe(200);
  });
});

describe('a guess', () => {
  it('is counted before the password is checked: 200 at once are not more than 200 in turn', async () => {
    let under = 0;
    let most = 0;
    const target = await attackable({
      users: {
        authenticate: async () => {
          under += 1;
          most = Math.max(most, under);
          await new Promise((resolve) => setImmediate(resolve));
          return null;
        },
        findByUsername: () => null,
      },
    });
    const answers = await Promise.all(times(200).map(() => guess(target, 'ada')));
    expect(under).toBe(10);
    expect(most).toBeLessThanOrEqual(10);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(190);
  });

  it('that the app refuses in its own words is one like any other', async () => {
    const target = await attackable({
      users: {
        authenticate: () => {
          throw new AuthError('INVALID_CREDENTIALS');
        },
        findByUsername: () => null,
      },
    });
    const codes = [];
    for (let each = 0; each < 11; each += 1) codes.push(codeOf(await guess(target, 'ada')));
    expect(codes).toEqual([...times(10).map(() => 'INVALID_CREDENTIALS'), 'THROTTLED']);
  });

  it('is none where the password was right, a thousand times over', { timeout: 60_000 }, async () => {
    const target = await attackable();
    const answers: number[] = [];
    await inParallel(times(1000), async () => void answers.push((await guess(target, 'ada', undefined, PASSWORD)).status));
    expect(answers.every((status) => status === 200)).toBe(true);
  });

  it('refused by one limit is given back to the others', async () => {
    const counts = new Map<string, number>();
    const inner = memoryThrottle();
    const store: ThrottleStore = {
      limiter: (limit) => {
        const limiter = inner.limiter(limit);
        const add = (by: number): void => void counts.set(limit.name, (counts.get(limit.name) ?? 0) + by);
        const counted: Limiter = {
          ...limiter,
          consume: async (key) => {
            const attempt = await limiter.consume(key);
            if (attempt.allowed) add(1);
            return attempt;
          },
          giveBack: async (key) => {
            add(-1);
            await limiter.giveBack(key);
          },
        };
        return counted;
      },
    };
    const target = await attackable({ ...behindProxy, throttle: { store, attemptsPerAccount: 3 } });
    for (let each = 0; each < 20; each += 1) await guess(target, 'ada', `203.0.113.${each}`);
    expect(target.logins).toHaveLength(3);
    expect(Object.fromEntries(counts)).toEqual({ 'login-pair': 3, 'login-account': 3, 'login-network': 3 });
  });
});

describe('what a throttled client is told', () => {
  it('over REST and tRPC: when to come back', async () => {
    const events: AuthEvent[] = [];
    const target = await attackable({ throttle: { attempts: 1, windowSeconds: 60 }, onEvent: (event) => void events.push(event) });
    await guess(target, 'ada');
    const rest = await guess(target, 'ada', undefined, PASSWORD);
    expect([rest.status, rest.headers['retry-after'], rest.body]).toEqual([429, '60', '{"detail":"Request was throttled. Expected available in 60 seconds."}']);
    const trpc = await target.send('POST', '/trpc/auth.obtain', JSON_TYPE, JSON.stringify({ json: { username: 'ada', password: PASSWORD } }));
    expect([trpc.status, trpc.headers['retry-after']]).toEqual([429, '60']);
    expect(JSON.parse(trpc.body)).toMatchObject({ error: { json: { message: 'Request was throttled. Expected available in 60 seconds.', data: { authCode: 'THROTTLED', retryAfterSeconds: 60, fieldErrors: null } } } });
    expect(JSON.stringify(events)).not.toMatch(/ada|wrong|battery/);
  });
});

describe('the client’s address', () => {
  it('is not taken from the client’s own header, which is said once', async () => {
    const target = await attackable();
    await inParallel(times(100), (index) => guess(target, 'ada', `203.0.113.${index}`));
    expect(target.logins).toHaveLength(10);
    expect(target.reported).toHaveLength(1);
    expect(String(target.reported[0])).toContain('trustedProxies is 0');
  });
});

describe('a store of limits that fails', () => {
  const failing = (verb: keyof Limiter, fails: () => Promise<never>): ThrottleStore => ({ limiter: (limit) => ({ ...memoryThrottle().limiter(limit), [verb]: fails }) });

  it.each(['consume', 'has', 'giveBack', 'mark'] as const)('in %s lets nobody in, with the right password either', async (verb) => {
    const target = await attackable({ throttle: { store: failing(verb, () => Promise.reject(new Error('away'))) } });
    const answer = await guess(target, 'ada', undefined, PASSWORD);
    expect([answer.status, codeOf(answer), answer.body]).toEqual([503, 'STORE_UNAVAILABLE', '{"detail":"Authentication is temporarily unavailable."}']);
  });

  it.each(['consume', 'mark'] as const)('in %s that never answers is not waited for', async (verb) => {
    const target = await attackable({ throttle: { store: failing(verb, () => new Promise(() => undefined)), timeoutMs: 20 } });
    expect((await guess(target, 'ada', undefined, PASSWORD)).status).toBe(503);
  });

  it('leaves tokens alone', async () => {
    const target = await attackable({ throttle: { store: failing('consume', () => Promise.reject(new Error('away'))) } });
    expect((await target.send('GET', '/protected', { Authorization: `JWT ${await target.issue()}` })).status).toBe(200);
  });
});
