import { randomUUID } from 'node:crypto';

import type { Limiter, ThrottleStore } from 'trpc-jwt-auth';
import { beforeEach, describe, expect, it } from 'vitest';

const WINDOW_SECONDS = 60;

/** What every store of limits does, whatever it counts in. */
export function throttleStoreContract(name: string, open: () => Promise<ThrottleStore>): void {
  describe(`limits in ${name}`, () => {
    let store: ThrottleStore;
    let limiter: Limiter;
    let key: string;
    beforeEach(async () => {
      store = await open();
      limiter = store.limiter({ name: 'logins', attempts: 3, windowSeconds: WINDOW_SECONDS });
      key = randomUUID();
    });

    const allowed = async (times: number, of = limiter, at = key): Promise<number> =>
      (await Promise.all(Array.from({ length: times }, () => of.consume(at)))).filter((attempt) => attempt.allowed).length;

    it('allows so many, and says when there will be more', async () => {
      for (let each = 0; each < 3; each += 1) expect((await limiter.consume(key)).allowed).toBe(true);
      const refused = await limiter.consume(key);
      expect(refused.allowed).toBe(false);
      expect(refused.availableInMs).toBeGreaterThan((WINDOW_SECONDS - 10) * 1000);
      expect(refused.availableInMs).toBeLessThanOrEqual(WINDOW_SECONDS * 1000);
    });

    it('of 200 at once too', async () => {
      expect(await allowed(200)).toBe(3);
      expect(await allowed(200)).toBe(0);
    });

    it('one that is given back can be taken again, once', async () => {
      await allowed(2);
      await limiter.giveBack(key);
      expect(await allowed(5)).toBe(2);
    });

    it('never allows more because more was given back than was taken', async () => {
      await allowed(1);
      await Promise.all(Array.from({ length: 50 }, () => limiter.giveBack(key)));
      expect(await allowed(10)).toBe(3);
    });

    it('nor because something was given back that was never taken, or whose window had ended', async () => {
      await Promise.all(Array.from({ length: 20 }, () => limiter.giveBack(key)));
      expect(await allowed(10)).toBe(3);
    });

    it('keeps keys and limits apart', async () => {
      const other = store.limiter({ name: 'others', attempts: 2, windowSeconds: WINDOW_SECONDS });
      const keys = ['%', '_', ':', 'a:b', "' OR 1=1 --", 'ünïcode ✓', '__proto__', 'constructor', `a@2001:db8::/64`].map((each) => `${key}${each}`);
      for (const each of keys) expect(await allowed(5, limiter, each)).toBe(3);
      for (const each of keys) expect(await allowed(5, other, each)).toBe(2);
    });

    it('notes a key for a window', async () => {
      const known = store.limiter({ name: 'known', attempts: 1, windowSeconds: WINDOW_SECONDS });
      expect(await known.has(key)).toBe(false);
      await known.mark(key);
      await known.mark(key);
      expect(await known.has(key)).toBe(true);
      expect(await known.has(`${key}x`)).toBe(false);
      expect(await limiter.has(key)).toBe(false);
    });
  });
}
