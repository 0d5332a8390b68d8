import { setTimeout as wait } from 'node:timers/promises';
import { performance } from 'node:perf_hooks';

import { describe, expect, it } from 'vitest';

import { answered, inParallel, login, logout, obtain, pairOf, refresh, seeProtected, sessionIn, short, verify } from './client.js';
import type { Answer, TokenPair } from './client.js';
import { say } from './figures.js';
import { createRandom } from './random.js';
import { openPostgres, openRedis, openScene } from './stores.js';

const LIVE = 60;
const REVOKED = 20;
const WORKERS = 24;
const PACE_MS = 5;
const TIMEOUT_MS = 1000;
/** What a busy machine may add to the limit. */
const MARGIN_MS = 1500;
const AWAY_MS = 3000;
const BACK_WITHIN_MS = 10_000;
const OUTAGES = ['killed', 'halted', 'killed', 'halted', 'killed'] as const;

interface Kept {
  pair: TokenPair;
  busy: boolean;
}

interface Seen {
  readonly what: string;
  readonly isRevoked: boolean;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly answer: Answer;
}

for (const store of [await openRedis('--appendfsync', 'always'), await openPostgres()]) {
  if (store === null) continue;
  describe(`two servers whose ${store.name} goes away`, () => {
    it('answer 503 in time, accept no ended session, and are back by themselves', async ({ task }) => {
      const random = createRandom();
      say(`${store.name}: seed ${random.seed}`);
      const { apps, truth, close } = await openScene(store, { timeoutMs: TIMEOUT_MS });
      const ports = [apps[0].port, apps[1].port] as const;
      const seen: Seen[] = [];
      let isRunning = true;
      try {
        const loginAs = (index: number): Promise<TokenPair> => login(ports[index % 2]!, `user${index}`);
        const live: Kept[] = await Promise.all(Array.from({ length: LIVE }, async (_, index) => ({ pair: await loginAs(index), busy: false })));
        const revoked = await Promise.all(Array.from({ length: REVOKED }, (_, index) => loginAs(LIVE + index)));
        for (const [index, { refresh_token }] of revoked.entries()) expect(short(await answered(logout(ports[(index >> 1) % 2]!, refresh_token)))).toBe('200');

        const see = async (what: string, isRevoked: boolean, ask: ReturnType<typeof refresh>): Promise<Answer> => {
          const startedAt = performance.now();
          const answer = await answered(ask);
          seen.push({ what, isRevoked, startedAt, endedAt: performance.now(), answer });
          return answer;
        };
        const useLive = async (port: number): Promise<void> => {
          const kept = random.pick(live);
          const chance = random.below(100);
          if (chance < 40) await see('protected', false, seeProtected(port, kept.pair.token));
          else if (chance < 60) await see('verify', false, verify(port, kept.pair.token));
          else if (!kept.busy) {
            kept.busy = true;
            const answer = await see('refresh', false, refresh(port, kept.pair.refresh_token));
            if (answer.status === 200) kept.pair = pairOf(answer);
            kept.busy = false;
          }
        };
        const useRevoked = async (port: number): Promise<void> => {
          const { token, refresh_token } = random.pick(revoked);
          const [what, ask] = random.pick([['protected', () => seeProtected(port, token)], ['verify', () => verify(port, token)], ['refresh', () => refresh(port, refresh_token)]] as const);
          await see(what, true, ask());
        };
        const load = inParallel(Array.from({ length: WORKERS }).keys(), WORKERS, async (worker) => {
          while (isRunning) {
            const port = ports[worker % 2]!;
            if (random.chance(0.05)) await see('login', false, obtain(port, `user${1000 + random.below(500)}`));
            else await (random.chance(0.3) ? useRevoked(port) : useLive(port));
            await wait(PACE_MS);
          }
        });
        // An error of the load is the suite's; until then nobody waits for it.
        load.catch(() => (isRunning = false));

        const backAfter = async (): Promise<number> => {
          const since = performance.now();
          for (const port of ports) {
            while (isRunning && (await answered(verify(port, live[0]!.pair.token))).status !== 200) {
              expect(performance.now() - since).toBeLessThan(BACK_WITHIN_MS);
              await wait(PACE_MS);
            }
          }
          return performance.now() - since;
        };
        const aways: { from: number; to: number }[] = [];
        const backs: number[] = [];
        for (const outage of OUTAGES) {
          await wait(500);
          if (outage === 'killed') await store.server.kill();
          else store.server.pause();
          const from = performance.now();
          await wait(AWAY_MS);
          aways.push({ from, to: performance.now() });
          if (outage === 'killed') await store.server.restart();
          else store.server.resume();
          backs.push(await backAfter());
          say(`${store.name}: ${outage}, back after ${Math.round(backs.at(-1)!)} ms`);
        }
        await wait(500);
        const served = performance.now();
        await wait(500);
        isRunning = false;
        await load;

        const refused = ['401 TOKEN_REVOKED', '503 STORE_UNAVAILABLE'];
        const whileAway = seen.filter(({ startedAt, endedAt }) => aways.some(({ from, to }) => startedAt >= from && endedAt <= to));
        const touched = seen.filter(({ startedAt, endedAt }) => aways.some(({ from, to }) => endedAt >= from && startedAt <= to));
        for (const { what, isRevoked, answer } of seen) expect(isRevoked ? refused : ['200', '503 STORE_UNAVAILABLE'], what).toContain(short(answer));
        for (const what of ['protected', 'verify', 'refresh', 'login']) {
          const answers = whileAway.filter((each) => each.what === what && !each.isRevoked).map(({ answer }) => short(answer));
          expect([what, ...new Set(answers)]).toEqual([what, '503 STORE_UNAVAILABLE']);
        }
        const slowestAwayMs = Math.max(...touched.map(({ answer }) => answer.ms));
        expect(slowestAwayMs).toBeLessThan(TIMEOUT_MS + MARGIN_MS);
        expect(new Set(seen.filter(({ startedAt, isRevoked }) => startedAt >= served && !isRevoked).map(({ answer }) => short(answer)))).toEqual(new Set(['200']));

        for (const [index, kept] of live.entries()) {
          const stored = (await truth.list(String(index), Date.now())).map(({ id, generation }) => [id, generation - sessionIn(kept.pair.token).gen]);
          expect([[[sessionIn(kept.pair.token).sid, 0]], [[sessionIn(kept.pair.token).sid, 1]]]).toContainEqual(stored);
          expect(short(await answered(refresh(ports[index % 2]!, kept.pair.refresh_token)))).toBe('200');
        }
        for (const { token, refresh_token } of revoked) {
          for (const port of ports) {
            expect(short(await answered(seeProtected(port, token)))).toBe('401 TOKEN_REVOKED');
            expect(short(await answered(refresh(port, refresh_token)))).toBe('401 TOKEN_REVOKED');
          }
        }
        expect(apps.map(({ crashes, complaints }) => ({ crashes, complaints }))).toEqual(apps.map(() => ({ crashes: 0, complaints: '' })));

        const refreshes = seen.filter(({ what, answer }) => what === 'refresh' && answer.status === 200).length;
        // What was given up may still be done by a store that goes on.
        const lostAnswers = seen.filter(({ answer }) => answer.status === 503 && answer.ms >= TIMEOUT_MS).length;
        const backAfterMs = Math.max(...backs);
        task.meta.figures = { name: `${store.name}: away`, sessions: LIVE + REVOKED, refreshes, kills: OUTAGES.length, lostAnswers, slowestAwayMs, backAfterMs };
        say(`${store.name}: ${seen.length} answers, ${whileAway.length} of them while it was away`);
      } catch (error) {
        for (const { crashes, complaints } of apps) say(`crashes: ${crashes} ${complaints}`);
        throw error;
      } finally {
        isRunning = false;
        store.server.resume();
        await close();
      }
    });
  });
}
