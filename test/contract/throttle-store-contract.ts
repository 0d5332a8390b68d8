import { setImmediate as turn } from 'node:timers/promises';

import type { Limiter, ThrottleStore } from 'trpc-jwt-auth';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

export interface OpenThrottle {
  readonly store: ThrottleStore;
  /** Ends every window that has begun, none of which is longer than this. */
  readonly endWindows: (windowSeconds: number) => Promise<void> | void;
  /** Makes the store fail from now on; in a process' own memory nothing can. */
  readonly fail?: () => Promise<unknown>;
}

const WINDOW = 600;
const MANY = 200;

/** For stores that go by this process' clock. */
export function turnClock(windowSeconds: number): void {
  vi.setSystemTime(Date.now() + windowSeconds * 1000);
}

/** What every store does, whatever it keeps its counts in. */
export function throttleStoreContract(name: string, open: () => Promise<OpenThrottle>): void {
  describe(`limits in ${name}`, () => {
    let throttle: OpenThrottle;
    beforeEach(async () => {
      vi.useFakeTimers({ toFake: ['Date'] });
      throttle = await open();
    });
    afterEach(() => {
      vi.useRealTimers();
    });
    const limiterOf = (attempts: number, limit = 'a-limit'): Limiter => throttle.store.limiter({ name: limit, attempts, windowSeconds: WINDOW });
    const allowedOf = async (limiter: Limiter, times: number, key = 'k'): Promise<number> => {
      const attempts = await Promise.all(Array.from({ length: times }, () => limiter.consume(key)));
      return attempts.filter(({ allowed }) => allowed).length;
    };

    it('allows exactly as many of 200 parallel attempts as it should', async () => {
      expect(await allowedOf(limiterOf(7), MANY)).toBe(7);
      expect(await allowedOf(limiterOf(1, 'another'), MANY)).toBe(1);
      expect(await allowedOf(limiterOf(MANY, 'a third'), MANY)).toBe(MANY);
    });

    it('counts for all limiters of a name together', async () => {
      const [one, other] = [limiterOf(5), limiterOf(5)];
      const attempts = await Promise.all(Array.from({ length: MANY }, (_, index) => (index % 2 === 0 ? one : other).consume('k')));
      expect(attempts.filter(({ allowed }) => allowed)).toHaveLength(5);
    });

    it('says when the window ends, allowed or refused, and no attempt puts that off', async () => {
      const limiter = limiterOf(2);
      const attempts = [await limiter.consume('k'), await limiter.consume('k'), await limiter.consume('k'), await limiter.consume('k')];
      expect(attempts.map(({ allowed }) => allowed)).toEqual([true, true, false, false]);
      for (const { availableInMs } of attempts) {
        expect(availableInMs).toBeGreaterThan(WINDOW * 1000 - 10_000);
        expect(availableInMs).toBeLessThanOrEqual(WINDOW * 1000);
      }
      expect(attempts.map(({ availableInMs }) => availableInMs).sort((a, b) => b - a)).toEqual(attempts.map(({ availableInMs }) => availableInMs));
    });

    it('begins a window anew when one has ended', async () => {
      const limiter = limiterOf(3);
      expect(await allowedOf(limiter, MANY)).toBe(3);
      await throttle.endWindows(WINDOW);
      expect(await limiter.has('k')).toBe(false);
      expect(await allowedOf(limiter, MANY)).toBe(3);
      expect((await limiter.consume('k')).availableInMs).toBeGreaterThan(WINDOW * 1000 - 10_000);
    });

    it('frees exactly one for each that is given back, however many were refused since', async () => {
      for (const attempts of [1, 4]) {
        const limiter = limiterOf(attempts, `of ${attempts}`);
        expect(await allowedOf(limiter, MANY)).toBe(attempts);
        await limiter.giveBack('k');
        expect(await allowedOf(limiter, MANY)).toBe(1);
        await Promise.all(Array.from({ length: attempts }, () => limiter.giveBack('k')));
        expect(await allowedOf(limiter, MANY)).toBe(attempts);
      }
    });

    it('never allows more than it should, however many are given back', async () => {
      const limiter = limiterOf(5);
      await limiter.giveBack('never counted');
      expect(await allowedOf(limiter, MANY, 'never counted')).toBe(5);
      await limiter.consume('k');
      await Promise.all(Array.from({ length: 50 }, () => limiter.giveBack('k')));
      expect(await allowedOf(limiter, MANY)).toBe(5);
      await Promise.all(Array.from({ length: 50 }, () => limiter.giveBack('k')));
      expect(await allowedOf(limiter, MANY)).toBe(5);
    });

    it('gives back nothing once the window has ended', async () => {
      const limiter = limiterOf(5);
      await limiter.consume('k');
      await throttle.endWindows(WINDOW);
      await limiter.giveBack('k');
      expect(await limiter.has('k')).toBe(false);
      expect(await allowedOf(limiter, MANY)).toBe(5);
    });

    it('forgets a key all of whose attempts were given back, and its window', async () => {
      for (const attempts of [1, 3]) {
        const limiter = limiterOf(attempts, `of ${attempts}`);
        await allowedOf(limiter, 10);
        expect(await limiter.has('k')).toBe(true);
        for (let left = attempts; left > 0; left -= 1) {
          expect(await limiter.has('k')).toBe(true);
          await limiter.giveBack('k');
        }
        expect(await limiter.has('k')).toBe(false);
        expect((await limiter.consume('k')).availableInMs).toBeGreaterThan(WINDOW * 1000 - 1000);
      }
    });

    it('notes a key for a window from now, each time', async () => {
      const limiter = limiterOf(1, 'known');
      expect(await limiter.has('k')).toBe(false);
      await Promise.all([limiter.mark('k'), limiter.mark('k')]);
      expect([await limiter.has('k'), await limiter.has('K')]).toEqual([true, false]);
      await throttle.endWindows(WINDOW);
      expect(await limiter.has('k')).toBe(false);
      await limiter.mark('k');
      expect(await limiter.has('k')).toBe(true);
    });

    it('keeps keys apart, whatever they are made of, and names', async () => {
      const long = 'k'.repeat(500);
      const odd = ['%', '%25', ':', '::', 'a:b', '{a}', '}{', '#', 'ü', 'u\u0308', 'u', 'U', ' ', '', '\0', "' or 1=1 --", '$1', '?', '🔑', '__proto__', 'constructor', long, `${long}k`, `${long.slice(1)}K`];
      const limiter = limiterOf(1);
      for (const key of odd) expect(await limiter.consume(key), key).toMatchObject({ allowed: true });
      for (const key of odd) expect(await limiter.consume(key), key).toMatchObject({ allowed: false });
      for (const key of odd) await limiter.giveBack(key);
      for (const key of odd) expect(await limiter.has(key), key).toBe(false);
      const pairs = [['n', 'a:b'], ['n:a', 'b'], ['n%3Aa', 'b'], ['n:a:b', ''], ['N', 'a:b'], ['ñ', long], ['n', long]] as const;
      for (const [limit, key] of pairs) await limiterOf(1, limit).mark(key);
      for (const [limit, key] of pairs) {
        await limiterOf(1, limit).giveBack(key);
        expect(await Promise.all(pairs.map(([each, its]) => limiterOf(1, each).has(its)))).toEqual(pairs.map(([each, its]) => each !== limit || its !== key));
        await limiterOf(1, limit).mark(key);
      }
    });

    it('leaves no timer', async () => {
      const timers = (): number => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
      await limiterOf(1, 'warm').consume('k');
      await turn();
      const before = timers();
      // One that keeps no process running is not among the resources.
      const started = [vi.spyOn(globalThis, 'setTimeout'), vi.spyOn(globalThis, 'setInterval')];
      const limiter = limiterOf(2);
      for (const spy of started) {
        expect(spy).not.toHaveBeenCalled();
        spy.mockRestore();
      }
      for (let index = 0; index < 20; index += 1) {
        await limiter.consume(`k${index % 5}`);
        await limiter.mark(`m${index}`);
        await limiter.giveBack(`k${index % 3}`);
      }
      await turn();
      expect(timers()).toBeLessThanOrEqual(before);
    });

    it('rejects when it cannot reach its store, and allows nothing', async () => {
      const { fail } = throttle;
      const limiter = limiterOf(5);
      await limiter.mark('k');
      if (fail === undefined) return;
      await fail();
      const verbs = [limiter.consume('k'), limiter.consume('new'), limiter.giveBack('k'), limiter.mark('k'), limiter.has('k')];
      expect((await Promise.allSettled(verbs)).map(({ status }) => status)).toEqual(verbs.map(() => 'rejected'));
    });
  });
}
