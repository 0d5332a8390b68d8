import { describe, expect, it } from 'vitest';

import { startApp } from './app-process.js';
import { answered, call, login, logout, pairOf, refresh, seeProtected, short, verify } from './client.js';
import { say } from './figures.js';
import { openPostgres, openRedis } from './stores.js';

const AN_HOUR_MS = 3_600_000;
/** Enough for what another server does in the background to be seen. */
const LOOKS = 100;
/** By a clock an hour back nothing of a second's length ends within the test. */
const SOON = { timeout: 15_000, interval: 100 };

for (const store of [await openRedis(), await openPostgres()]) {
  if (store === null) continue;
  describe(`a server whose clock was set back an hour, over ${store.name}`, () => {
    it('accepts nothing that has ended by the clock of the store', async ({ task }) => {
      const [address, other] = store.addresses;
      const lifetimes = { graceSeconds: 1 };
      const [right, briefToken, briefSession, behind] = await Promise.all([
        startApp({ store: address, ...lifetimes }),
        startApp({ store: address, ...lifetimes, accessSeconds: 2 }),
        startApp({ store: address, ...lifetimes, idleSeconds: 3 }),
        startApp({ store: other, ...lifetimes, clockOffsetMs: -AN_HOUR_MS }),
      ]);
      try {
        const asked = async (ask: ReturnType<typeof refresh>): Promise<string> => short(await answered(ask));

        const loggedOut = await login(right.port, 'user1');
        expect(await asked(seeProtected(behind.port, loggedOut.token))).toBe('200');
        expect(await asked(logout(right.port, loggedOut.refresh_token))).toBe('200');
        expect(await asked(seeProtected(behind.port, loggedOut.token))).toBe('401 TOKEN_REVOKED');
        expect(await asked(refresh(behind.port, loggedOut.refresh_token))).toBe('401 TOKEN_REVOKED');

        const idle = await login(briefSession.port, 'user2');
        expect(await asked(seeProtected(behind.port, idle.token))).toBe('200');
        const expiring = await login(briefToken.port, 'user3');
        expect(await asked(verify(behind.port, expiring.token))).toBe('200');
        const replaced = await login(right.port, 'user4');
        const successor = pairOf(await answered(refresh(right.port, replaced.refresh_token)));
        expect(await asked(seeProtected(behind.port, successor.token))).toBe('200');

        await expect.poll(() => asked(seeProtected(behind.port, idle.token)), SOON).toBe('401 TOKEN_REVOKED');
        expect(await asked(refresh(behind.port, idle.refresh_token))).toBe('401 TOKEN_REVOKED');
        expect((await answered(call(behind.port, 'GET', '/api-token-sessions/', { bearer: idle.token }))).status).toBe(401);

        await expect.poll(() => asked(verify(behind.port, expiring.token)), SOON).toBe('401 TOKEN_EXPIRED');
        expect(await asked(seeProtected(behind.port, expiring.token))).toBe('401 TOKEN_EXPIRED');
        // Its session goes on: that clock ends nothing early either.
        expect(await asked(refresh(behind.port, expiring.refresh_token))).toBe('200');

        await expect.poll(() => asked(refresh(behind.port, replaced.refresh_token)), SOON).toBe('401 TOKEN_REVOKED');
        expect(await asked(refresh(behind.port, successor.refresh_token))).toBe('401 TOKEN_REVOKED');
        expect(await asked(seeProtected(right.port, successor.token))).toBe('401 TOKEN_REVOKED');
        expect([right, briefToken, briefSession, behind].map(({ crashes }) => crashes)).toEqual([0, 0, 0, 0]);

        task.meta.figures = { name: `${store.name}: a clock an hour back`, sessions: 4, refreshes: 2, kills: 0, lostAnswers: 0 };
        say(`${store.name}: the clock that is an hour back revives nothing`);
      } finally {
        await Promise.all([right, briefToken, briefSession, behind].map((app) => app.stop()));
      }
    });
  });

  describe(`a server whose clock is an hour ahead, over ${store.name}`, () => {
    it("ends nobody's session at the other server", async () => {
      const [address, other] = store.addresses;
      const [right, ahead] = await Promise.all([startApp({ store: address, idleSeconds: 1800 }), startApp({ store: other, clockOffsetMs: AN_HOUR_MS })]);
      try {
        const live = await login(right.port, 'user1');
        // A login sweeps up what has expired, behind its answer.
        await login(ahead.port, 'user2');
        for (let look = 1; look <= LOOKS; look += 1) expect(short(await answered(seeProtected(right.port, live.token)))).toBe('200');
        expect(short(await answered(refresh(right.port, live.refresh_token)))).toBe('200');
      } finally {
        await Promise.all([right.stop(), ahead.stop()]);
      }
    });
  });
}
