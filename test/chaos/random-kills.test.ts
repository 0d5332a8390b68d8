import { setTimeout as wait } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { inParallel, sessionIn } from './client.js';
import { createDevice, judged } from './device.js';
import type { Device, Outcome } from './device.js';
import { say } from './figures.js';
import { createRandom } from './random.js';
import { openPostgres, openRedis, openScene, openSqlite } from './stores.js';

const SESSIONS = 10_000;
const USERS = 500;
const WORKERS = 24;
const KILLS = 12;
const MOST_MS = 90_000;
const UNREACHABLE_WAIT_MS = 20;
/** So soon that a request is caught anywhere: before it is read, while it is in the store, after it was answered. */
const HANG_UP_WITHIN_MS = 12;

for (const store of [await openRedis(), await openPostgres(), await openSqlite()]) {
  if (store === null) continue;
  describe(`${SESSIONS} sessions over ${store.name}, with servers killed and answers lost`, () => {
    it('are neither lost nor doubled, and none comes back', { timeout: 2 * MOST_MS }, async ({ task }) => {
      const random = createRandom();
      say(`${store.name}: seed ${random.seed}`);
      const { apps, truth, close } = await openScene(store, { timeoutMs: 5000 });
      const ports = [apps[0].port, apps[1].port] as const;
      const count = { refreshes: 0, lost: 0, unavailable: 0 };
      try {
        const devices: Device[] = [];
        await inParallel(Array.from({ length: SESSIONS }).keys(), WORKERS, async (index) => {
          devices.push(await createDevice(ports[index % 2]!, `user${index % USERS}`));
        });
        say(`${store.name}: ${devices.length} sessions`);

        const end = Date.now() + MOST_MS;
        const act = async (device: Device): Promise<void> => {
          const chance = random.below(100);
          let port = random.pick(ports);
          while (Date.now() < end) {
            const outcomes = chance < 4 ? [await device.logout(port)] : chance < 14 ? [await device.look(port)] : await refreshSomehow(device, port);
            for (const outcome of outcomes) {
              if (outcome === 'lost') count.lost += 1;
              if (outcome === 'unavailable') count.unavailable += 1;
              if (outcome === 'answered' && chance >= 14) count.refreshes += 1;
            }
            if (outcomes.some((outcome) => outcome !== 'unreachable')) return;
            // As a load balancer does.
            port = port === ports[0] ? ports[1] : ports[0];
            await wait(UNREACHABLE_WAIT_MS);
          }
        };
        const refreshSomehow = async (device: Device, port: number): Promise<readonly Outcome[]> => {
          if (random.chance(0.1)) return device.refreshAtBoth(ports);
          if (random.chance(0.1)) return [await device.refresh(port, { hangUpAfterMs: random.below(HANG_UP_WITHIN_MS) })];
          return [await device.refresh(port, random.chance(0.1) ? 'unread' : undefined)];
        };

        let killing = true;
        const killAtRandom = async (): Promise<void> => {
          try {
            for (let kill = 1; kill <= KILLS && Date.now() < end; kill += 1) {
              await wait(200 + random.below(800));
              // Now and then both are away at once.
              const killed = random.chance(0.2) ? apps : [random.pick(apps)];
              await Promise.all(killed.map((app) => app.kill()));
              await Promise.all(killed.map((app) => app.start()));
            }
          } finally {
            killing = false;
          }
        };
        // Every session has its turn; then it goes on at random until the last kill.
        const turns = function* (): Generator<Device> {
          yield* devices;
          while (killing) yield random.pick(devices);
        };
        const busy = new Set<Device>();
        const useAtRandom = inParallel(turns(), WORKERS, async (device) => {
          if (busy.has(device) || device.ended === 'yes') return;
          busy.add(device);
          await act(device);
          busy.delete(device);
        });
        await Promise.all([useAtRandom, killAtRandom()]);
        expect(Date.now(), 'it took too long to say anything').toBeLessThan(end);
        say(`${store.name}: ${count.refreshes} refreshes, ${count.lost} lost answers, ${apps[0].kills + apps[1].kills} kills, ${count.unavailable} answers 503`);

        for (const device of devices) if (device.ended === 'asked') expect(await device.logout(ports[0])).toBe('answered');
        const live = devices.filter(({ ended }) => ended === 'no');
        const revoked = devices.filter(({ ended }) => ended === 'yes');
        expect(revoked.length).toBeGreaterThan(0);
        const generations = async (): Promise<Map<string, number>> => {
          const users = await Promise.all(Array.from({ length: USERS }, (_, user) => truth.list(String(user), Date.now())));
          return new Map(users.flat().map(({ id, generation }) => [id, generation]));
        };
        const kept = await generations();
        expect([...kept.keys()].sort()).toEqual(live.map(({ sid }) => sid).sort());
        // One ahead of the client where the last answer was lost, and never further.
        for (const { sid, newest } of live) expect([0, 1]).toContain((kept.get(sid) ?? 0) - sessionIn(newest.token).gen);

        await inParallel(live, WORKERS, async (device) => expect(await device.refresh(random.pick(ports))).toBe('answered'));
        const refreshed = await generations();
        expect(live.filter(({ sid, newest }) => refreshed.get(sid) !== sessionIn(newest.token).gen)).toEqual([]);
        await inParallel(revoked, WORKERS, async (device) => expect(await judged(device, ports)).toEqual(Array.from({ length: 4 }, () => '401 TOKEN_REVOKED')));
        expect(apps.map(({ crashes, complaints }) => ({ crashes, complaints }))).toEqual(apps.map(() => ({ crashes: 0, complaints: '' })));

        const refreshes = count.refreshes + live.length;
        task.meta.figures = { name: `${store.name}: servers killed`, sessions: SESSIONS, refreshes, kills: apps[0].kills + apps[1].kills, lostAnswers: count.lost };
        say(`${store.name}: ${live.length} live sessions refresh, ${revoked.length} ended ones are refused`);
      } finally {
        await close();
      }
    });
  });
}
