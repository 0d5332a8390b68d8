import { describe, expect, it } from 'vitest';

import { answered, login, logout, pairOf, refresh, seeProtected, sessionIn, short } from './client.js';
import type { TokenPair } from './client.js';
import { say } from './figures.js';
import { openPostgres, openRedis, openScene, openSqlite } from './stores.js';

const ROUNDS = 5;
const PARALLEL = 200;
const OUT_OF_GRACE_MS = 11_000;

for (const store of [await openRedis(), await openPostgres(), await openSqlite()]) {
  if (store === null) continue;
  describe(`two servers over ${store.name}`, () => {
    it(`give one new generation to ${PARALLEL} refreshes of a token at once; the token again ends the family`, async ({ task }) => {
      const { apps, truth, close } = await openScene(store);
      try {
        const everywhere = async (ask: (port: number) => ReturnType<typeof refresh>): Promise<string[]> => Promise.all(apps.map(async ({ port }) => short(await answered(ask(port)))));
        for (let round = 1; round <= ROUNDS; round += 1) {
          const old = await login(apps[0].port, `user${round}`);
          const answers = await Promise.all(Array.from({ length: PARALLEL }, (_, index) => answered(refresh(apps[index % 2]!.port, old.refresh_token))));
          expect(new Set(answers.map(short))).toEqual(new Set(['200']));
          const pairs = answers.map(pairOf);
          expect(new Set(pairs.flatMap(({ token, refresh_token }) => [sessionIn(token).gen, sessionIn(refresh_token).gen]))).toEqual(new Set([2]));
          expect(await truth.list(String(round), Date.now())).toMatchObject([{ id: sessionIn(old.token).sid, generation: 2 }]);

          expect(short(await answered(seeProtected(apps[1].port, pairs[0]!.token)))).toBe('200');
          await apps[0].setClock(OUT_OF_GRACE_MS);
          expect(short(await answered(refresh(apps[0].port, old.refresh_token)))).toBe('401 TOKEN_REVOKED');
          await apps[0].setClock(0);
          for (const { token, refresh_token } of [old, ...pairs.slice(0, 5), pairs.at(-1)!]) {
            expect(await everywhere((port) => seeProtected(port, token))).toEqual(['401 TOKEN_REVOKED', '401 TOKEN_REVOKED']);
            expect(await everywhere((port) => refresh(port, refresh_token))).toEqual(['401 TOKEN_REVOKED', '401 TOKEN_REVOKED']);
          }
          expect(await truth.list(String(round), Date.now())).toEqual([]);
        }
        task.meta.figures = { name: `${store.name}: ${PARALLEL} at once`, sessions: ROUNDS, refreshes: ROUNDS * PARALLEL, kills: 0, lostAnswers: 0 };
        say(`${store.name}: ${ROUNDS} times ${PARALLEL} refreshes at once`);
      } finally {
        await close();
      }
    });

    it('leave nothing alive of a session whose refreshes race its logout', async () => {
      const { apps, truth, close } = await openScene(store);
      try {
        for (let round = 1; round <= ROUNDS; round += 1) {
          const old = await login(apps[1].port, `user${1000 + round}`);
          const handedOut: TokenPair[] = [old];
          const refreshMany = (): Promise<void>[] =>
            Array.from({ length: PARALLEL / 2 }, async (_, index) => {
              const answer = await answered(refresh(apps[index % 2]!.port, old.refresh_token));
              expect(['200', '401 TOKEN_REVOKED']).toContain(short(answer));
              if (answer.status === 200) handedOut.push(pairOf(answer));
            });
          const before = refreshMany();
          const leaving = answered(logout(apps[round % 2]!.port, old.refresh_token));
          await Promise.all([...before, ...refreshMany()]);
          expect(short(await leaving)).toBe('200');
          for (const { token, refresh_token } of [handedOut[0]!, handedOut.at(-1)!]) {
            for (const { port } of apps) {
              expect(short(await answered(seeProtected(port, token)))).toBe('401 TOKEN_REVOKED');
              expect(short(await answered(refresh(port, refresh_token)))).toBe('401 TOKEN_REVOKED');
            }
          }
          expect(await truth.list(String(1000 + round), Date.now())).toEqual([]);
        }
      } finally {
        await close();
      }
    });
  });
}
