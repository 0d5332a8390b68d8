import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { claimsOf, ModelServer } from './model-server.js';
import type { Mishap } from './model-server.js';
import { openTab, SharedStorage } from './tab.js';

type Step = { do: 'pass'; seconds: number } | { do: 'call' | 'refresh'; tab: 0 | 1 } | { do: 'mishap'; what: Mishap } | { do: 'together' };

const tab = fc.constantFrom(0 as const, 1 as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), seconds: fc.constantFrom(0.01, 1, 5, 15, 60, 239, 241, 299, 301, 4000) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('call' as const, 'refresh' as const), tab }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('mishap' as const), what: fc.constantFrom<Mishap>('lost', 'late', 'never', 500, 503, 429) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('together' as const) }) },
);

/** Web Locks, as far as the client asks for them. */
function stubLocks(): void {
  let last: Promise<unknown> = Promise.resolve();
  const request = (_name: string, _options: object, work: () => Promise<unknown>): Promise<unknown> => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
  vi.stubGlobal('document', { hidden: false });
  vi.stubGlobal('addEventListener', () => undefined);
  vi.stubGlobal('removeEventListener', () => undefined);
  vi.stubGlobal('navigator', { locks: { request } });
}

const VARIANTS = [
  { locks: 'without locks', delayMs: undefined },
  { locks: 'with locks', delayMs: undefined },
  { locks: 'with locks', delayMs: 20 },
];

/** Lets a slow storage get on. */
async function settled<Result>(work: Promise<Result>): Promise<Result> {
  await vi.advanceTimersByTimeAsync(100);
  return work;
}

describe.each(VARIANTS)('two tabs of one browser, $locks, storage delayed by $delayMs ms', ({ locks, delayMs }) => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_700_000_000_000 });
    if (locks === 'with locks') stubLocks();
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('never lose their session, whatever happens to the answers and whenever', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        vi.setSystemTime(1_700_000_000_000);
        const server = new ModelServer();
        const shared = new SharedStorage();
        const tabs = [openTab(server, { ...shared.tab(delayMs), name: 'jwt_token' }), openTab(server, { ...shared.tab(delayMs), name: 'jwt_token' })] as const;
        await settled(tabs[0].signIn());
        for (const { states } of tabs) states.length = 0;
        const begun: Promise<unknown>[] = [];
        for (const each of steps) {
          if (each.do === 'pass') await vi.advanceTimersByTimeAsync(each.seconds * 1000);
          else if (each.do === 'mishap') server.mishaps.push(each.what);
          else if (each.do === 'together') begun.push(...tabs.map((one) => one.protectedCall()));
          else if (each.do === 'call') begun.push(tabs[each.tab].protectedCall());
          else begun.push(tabs[each.tab].keeper.refresh().catch(() => 'failed'));
        }
        server.mishaps.length = 0;
        // All that was begun comes to an end, and the longest pause is over.
        await vi.advanceTimersByTimeAsync(120_000);
        await Promise.all(begun);

        expect(server.reuses).toBe(0);
        expect(tabs.flatMap(({ states }) => states).filter((state) => state.startsWith('signed-out'))).toEqual([]);
        expect(await settled(Promise.all(tabs.map((one) => one.protectedCall())))).toEqual(['done', 'done']);
        // The storage never goes back to tokens that were replaced.
        const generations = shared.written.map(({ refreshToken }) => Number(claimsOf(refreshToken).gen));
        expect(generations).toEqual([...generations].sort((one, other) => one - other));
        for (const one of tabs) one.keeper.dispose();
        // What was under way when they were disposed of ends, and nothing begins.
        await vi.advanceTimersByTimeAsync(10_000);
        expect(vi.getTimerCount()).toBe(0);
      }),
      { numRuns: 400 },
    );
  });

  it('agree on whoever signed in or out last', { timeout: 60_000 }, async () => {
    const action = fc.record({ tab, do: fc.constantFrom('ada', 'grace', 'out', 'refresh', 'call', 'pass', 'late'), seconds: fc.constantFrom(0, 0.5, 4, 250) });
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 15 }), async (actions) => {
        vi.setSystemTime(1_700_000_000_000);
        const server = new ModelServer();
        const shared = new SharedStorage();
        const tabs = [openTab(server, { ...shared.tab(delayMs), name: 'jwt_token' }), openTab(server, { ...shared.tab(delayMs), name: 'jwt_token' })] as const;
        await settled(tabs[0].signIn());
        const begun: Promise<unknown>[] = [];
        let last = 'ada';
        for (const each of actions) {
          const one = tabs[each.tab];
          if (each.do === 'ada' || each.do === 'grace') await settled(one.signIn((last = each.do)));
          else if (each.do === 'out') {
            last = '';
            await settled(one.keeper.forget());
          } else if (each.do === 'refresh') begun.push(one.keeper.refresh().catch(() => 'failed'));
          else if (each.do === 'call') begun.push(one.protectedCall());
          else if (each.do === 'late') server.mishaps.push('late');
          else await vi.advanceTimersByTimeAsync(each.seconds * 1000);
        }
        await vi.advanceTimersByTimeAsync(60_000);
        await Promise.all(begun);
        const users = tabs.map(({ keeper }) => {
          const state = keeper.getSnapshot();
          return state.status === 'signed-in' ? (state.user as { username: string }).username : '';
        });
        expect(users).toEqual([last, last]);
        expect(shared.value === null ? '' : (shared.value.user as { username: string }).username).toBe(last);
        for (const one of tabs) one.keeper.dispose();
      }),
      { numRuns: 400 },
    );
  });
});
