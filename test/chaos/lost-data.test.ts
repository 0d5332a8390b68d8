import { copyFileSync } from 'node:fs';
import { join } from 'node:path';

import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';

import { answered, call, inParallel, login, logout, pairOf, refresh, seeProtected, short, verify } from './client.js';
import type { TokenPair } from './client.js';
import { judged } from './device.js';
import { say } from './figures.js';
import { openRedis, openScene } from './stores.js';

const EACH = 50;
const WORKERS = 16;
/** From this age on a session that the store does not have is taken for ended, not for one a replica has yet to hear of. */
const SETTLED_MS = 90_000;
const REFUSED = Array.from({ length: 4 }, () => '401 TOKEN_REVOKED');
const ALIVE = Array.from({ length: 4 }, () => '200');

// Without its log of writes Redis starts from its dump, as after a copy was put back.
const store = await openRedis('--appendonly', 'no');
if (store !== null) {
  describe('two servers whose Redis', () => {
    const { server } = store;
    const dump = join(server.dir, 'dump.rdb');
    const copy = join(server.dir, 'dump-of-before.rdb');

    const loginAll = async (ports: readonly number[], count: number, from: number): Promise<TokenPair[]> => {
      const pairs: TokenPair[] = [];
      await inParallel(Array.from({ length: count }).keys(), WORKERS, async (index) => void pairs.push(await login(ports[index % 2]!, `user${from + index}`)));
      return pairs;
    };
    const saveDump = async (): Promise<void> => {
      const redis = new Redis(server.url);
      await redis.save();
      await redis.quit();
      copyFileSync(dump, copy);
    };
    const putBack = async (ports: readonly number[], probe: TokenPair): Promise<void> => {
      await server.kill();
      copyFileSync(copy, dump);
      await server.restart();
      for (const port of ports) await expect.poll(async () => (await answered(verify(port, probe.token))).status, { timeout: 10_000 }).not.toBe(503);
    };

    it('was rolled back accept no token newer than it knows, and no session they saw end', async ({ task }) => {
      const { apps, close } = await openScene(store);
      const ports = [apps[0].port, apps[1].port] as const;
      const each = (pairs: readonly TokenPair[], work: (pair: TokenPair, index: number) => Promise<void>): Promise<void> =>
        inParallel(pairs.entries(), WORKERS, ([index, pair]) => work(pair, index));
      try {
        const rotated = await loginAll(ports, EACH, 0);
        const revoked = await loginAll(ports, EACH, EACH);
        const revokedAll = await loginAll(ports, EACH, 2 * EACH);
        const reused = await loginAll(ports, EACH, 3 * EACH);
        const untouched = await loginAll(ports, EACH, 4 * EACH);
        for (const app of apps) await app.setClock(SETTLED_MS);
        await saveDump();
        say(`Redis: ${5 * EACH} sessions in the copy`);

        const newest: TokenPair[] = [];
        await each(rotated, async ({ refresh_token }, index) => {
          const next = pairOf(await answered(refresh(ports[index % 2]!, refresh_token)));
          newest.push(index % 3 === 0 ? pairOf(await answered(refresh(ports[1 - (index % 2)]!, next.refresh_token))) : next);
        });
        const later = await loginAll(ports, EACH, 5 * EACH);
        await each(revoked, async ({ refresh_token }, index) => expect(short(await answered(logout(ports[index % 2]!, refresh_token)))).toBe('200'));
        await each(revokedAll, async ({ token }, index) => {
          const { body } = await answered(call(ports[index % 2]!, 'POST', '/api-token-logout-all/', { bearer: token }));
          expect(body).toEqual({ revoked: 1 });
        });
        // Replaced, its successor seen, and presented again when its grace is over.
        await each(reused, async ({ refresh_token }, index) => {
          const next = pairOf(await answered(refresh(ports[index % 2]!, refresh_token)));
          expect(short(await answered(seeProtected(ports[index % 2]!, next.token)))).toBe('200');
        });
        for (const app of apps) await app.setClock(SETTLED_MS + 11_000);
        await each(reused, async ({ refresh_token }, index) => expect(short(await answered(refresh(ports[index % 2]!, refresh_token)))).toBe('401 TOKEN_REVOKED'));
        const ended = [...revoked, ...revokedAll, ...reused];
        // Both servers see it, the one that did not end it too.
        await each(ended, async (pair) => expect(await judged({ newest: pair }, ports)).toEqual(REFUSED));

        await putBack(ports, untouched[0]!);
        say('Redis: the copy is back');
        const before = await Promise.all(apps.map((app) => app.events()));
        await each(newest, async (pair) => expect(await judged({ newest: pair }, ports)).toEqual(REFUSED));
        const after = await Promise.all(apps.map((app) => app.events()));
        // Each is found out for what it is, and ended: what it replaced is not good again.
        const found = after.map((events, index) => (events['reuse-detected:ahead'] ?? 0) - (before[index]?.['reuse-detected:ahead'] ?? 0));
        expect(found.reduce((sum, each) => sum + each)).toBeGreaterThanOrEqual(EACH);
        await each(ended, async (pair) => expect(await judged({ newest: pair }, ports)).toEqual(REFUSED));
        await each(later, async (pair) => expect(await judged({ newest: pair }, ports)).toEqual(REFUSED));
        await each(untouched, async (pair) => expect(await judged({ newest: pair }, ports)).toEqual(ALIVE));

        const redis = new Redis(server.url);
        await redis.flushall();
        await redis.quit();
        say('Redis: everything is gone');
        const all = [...newest, ...ended, ...later, ...untouched];
        await each(all, async (pair) => expect(await judged({ newest: pair }, ports)).toEqual(REFUSED));
        const fresh = await login(ports[0], 'user0');
        await putBack(ports, fresh);
        await each(all, async (pair) => expect(await judged({ newest: pair }, ports)).toEqual(REFUSED));
        expect(await judged({ newest: fresh }, ports)).toEqual(REFUSED);
        expect(await judged({ newest: await login(ports[1], 'user0') }, ports)).toEqual(ALIVE);
        expect(apps.map(({ crashes, complaints }) => ({ crashes, complaints }))).toEqual(apps.map(() => ({ crashes: 0, complaints: '' })));
        task.meta.figures = { name: 'Redis: rolled back, emptied', sessions: 6 * EACH + 2, refreshes: newest.length + reused.length, kills: 2, lostAnswers: 0 };
      } finally {
        await close();
      }
    });
  });
}
