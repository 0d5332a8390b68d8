import { beforeEach, describe, expect, it } from 'vitest';

import { newSessionId } from '../../src/core/session-store.js';
import type { SessionRecord, SessionStore } from '../../src/core/session-store.js';

// A store judges by its own clock too.
const NOW = Date.now();

function session(changes: Partial<SessionRecord> = {}): SessionRecord {
  const userId = changes.userId ?? '1';
  return {
    id: newSessionId(userId),
    userId,
    generation: 1,
    confirmedAt: null,
    graces: [],
    createdAt: NOW,
    lastUsedAt: NOW,
    expiresAt: NOW + 600_000,
    clientAddress: '192.0.2.1',
    userAgent: 'a browser',
    ...changes,
  };
}

const change = { graces: [{ generation: 1, goodUntil: NOW + 10_000 }], lastUsedAt: NOW + 1000, expiresAt: NOW + 900_000 };

export interface StoreTraits {
  /** Whether it runs on a machine with a clock of its own, and judges by the later of that one's time and the caller's. */
  readonly hasOwnClock: boolean;
}

/** What every store does, whatever it keeps its sessions in. */
export function sessionStoreContract(name: string, open: () => Promise<SessionStore>, { hasOwnClock }: StoreTraits): void {
  describe(`sessions in ${name}`, () => {
    let store: SessionStore;
    beforeEach(async () => {
      store = await open();
    });

    it('finds what was created, whole, until it expires', async () => {
      const created = session({ graces: [{ generation: 0, goodUntil: NOW }], userAgent: 'ünïcode ✓ \'"; --', clientAddress: null });
      await store.create(created);
      expect(await store.find(created.id, NOW)).toEqual({ ...created, readAt: expect.any(Number) as number });
      expect(await store.find(created.id, created.expiresAt - 1)).toEqual({ ...created, readAt: created.expiresAt - 1 });
      expect(await store.find(created.id, created.expiresAt)).toBeNull();
      expect(await store.find('no such session', NOW)).toBeNull();
    });

    it('rotates from the generation it has, and from no other', async () => {
      const created = session({ confirmedAt: NOW });
      await store.create(created);
      expect(await store.rotate(created.id, 2, change)).toBe(false);
      expect(await store.rotate(created.id, 1, change)).toBe(true);
      expect(await store.find(created.id, NOW)).toMatchObject({ ...created, ...change, generation: 2, confirmedAt: null });
      expect(await store.rotate(created.id, 1, change)).toBe(false);
      expect(await store.rotate('no such session', 1, change)).toBe(false);
    });

    it('makes one generation of 200 parallel rotations', async () => {
      const created = session();
      await store.create(created);
      const rotated = await Promise.all(Array.from({ length: 200 }, () => store.rotate(created.id, 1, change)));
      expect(rotated.filter(Boolean)).toHaveLength(1);
      expect((await store.find(created.id, NOW))?.generation).toBe(2);
    });

    it('never rotates what has expired or was revoked, not even in a race with it', async () => {
      const expired = session({ expiresAt: NOW + 500 });
      await store.create(expired);
      expect(await store.rotate(expired.id, 1, change)).toBe(false);
      for (let round = 0; round < 20; round += 1) {
        const created = session();
        await store.create(created);
        await Promise.all([store.rotate(created.id, 1, change), store.revoke(created.id), store.confirm(created.id, 1, NOW), store.rotate(created.id, 2, change)]);
        expect(await store.find(created.id, NOW)).toBeNull();
        expect(await store.rotate(created.id, 1, change)).toBe(false);
        expect(await store.rotate(created.id, 2, change)).toBe(false);
      }
    });

    it('notes the first sight of a generation, once, and of no other', async () => {
      const created = session();
      await store.create(created);
      await store.confirm(created.id, 2, NOW + 1);
      expect((await store.find(created.id, NOW))?.confirmedAt).toBeNull();
      await Promise.all(Array.from({ length: 20 }, (_, index) => store.confirm(created.id, 1, NOW + index)));
      const confirmedAt = (await store.find(created.id, NOW))?.confirmedAt;
      await store.confirm(created.id, 1, NOW + 5000);
      expect((await store.find(created.id, NOW))?.confirmedAt).toBe(confirmedAt);
      expect(confirmedAt).toBeGreaterThanOrEqual(NOW);
    });

    it('revokes once, and only for the user whose session it is', async () => {
      const created = session({ userId: '7' });
      await store.create(created);
      expect(await store.revoke(created.id, '8')).toBe(false);
      expect(await store.find(created.id, NOW)).not.toBeNull();
      const revoked = await Promise.all(Array.from({ length: 20 }, () => store.revoke(created.id, '7')));
      expect(revoked.filter(Boolean)).toHaveLength(1);
      expect(await store.find(created.id, NOW)).toBeNull();
    });

    it("revokes all of a user's sessions, or all but one, and nobody else's", async () => {
      const [a, b, c] = [session({ userId: '5' }), session({ userId: '5' }), session({ userId: '5' })];
      const other = session({ userId: '55' });
      for (const each of [a, b, c, other]) await store.create(each);
      expect(await store.revokeUser('5', b.id)).toBe(2);
      expect((await store.list('5', NOW)).map(({ id }) => id)).toEqual([b.id]);
      expect(await store.revokeUser('5')).toBe(1);
      expect(await store.revokeUser('5')).toBe(0);
      expect(await store.list('5', NOW)).toEqual([]);
      expect(await store.find(other.id, NOW)).toMatchObject(other);
    });

    it('lists live sessions, the last used first', async () => {
      const [old, recent, expired] = [
        session({ userId: '9', lastUsedAt: NOW - 5000 }),
        session({ userId: '9', lastUsedAt: NOW - 1000 }),
        session({ userId: '9', expiresAt: NOW - 1 }),
      ];
      for (const each of [old, recent, expired]) await store.create(each);
      expect((await store.list('9', NOW)).map(({ id }) => id)).toEqual([recent.id, old.id]);
      await store.rotate(old.id, 1, change);
      expect((await store.list('9', NOW)).map(({ id }) => id)).toEqual([old.id, recent.id]);
    });

    it("judges by the later of the caller's time and its own", async () => {
      const [expired, live] = [session({ userId: '3', createdAt: NOW - 7_200_000, expiresAt: NOW - 1000 }), session({ userId: '3' })];
      for (const each of [live, expired]) await store.create(each);
      const hourBack = NOW - 3_600_000;
      expect((await store.find(expired.id, hourBack)) === null).toBe(hasOwnClock);
      expect((await store.list('3', hourBack)).map(({ id }) => id)).toEqual(hasOwnClock ? [live.id] : expect.arrayContaining([live.id, expired.id]));
      expect(await store.rotate(expired.id, 1, { ...change, lastUsedAt: hourBack })).toBe(!hasOwnClock);
      const readAt = (await store.find(live.id, hourBack))?.readAt ?? 0;
      // Another machine's clock may be a minute off.
      if (hasOwnClock) expect(Math.abs(readAt - NOW)).toBeLessThan(60_000);
      else expect(readAt).toBe(hourBack);
      expect((await store.find(live.id, NOW + 300_000))?.readAt).toBe(NOW + 300_000);
    });

    it('deletes what expired, in batches, and nothing live', async () => {
      const live = session();
      await store.create(live);
      for (let each = 0; each < 5; each += 1) await store.create(session({ createdAt: NOW - 60_000, expiresAt: NOW - 1 }));
      let removed = 0;
      for (let batch = await store.deleteExpired(NOW, 2); batch > 0; batch = await store.deleteExpired(NOW, 2)) {
        expect(batch).toBeLessThanOrEqual(2);
        removed += batch;
      }
      // A store that expires by itself may have been faster.
      expect(removed).toBeLessThanOrEqual(5);
      expect(await store.find(live.id, NOW)).toMatchObject(live);
    });

    if (hasOwnClock) {
      it('deletes nothing for a server whose clock is ahead', async () => {
        const live = session({ expiresAt: Date.now() + 600_000 });
        await store.create(live);
        await store.deleteExpired(Date.now() + 3_600_000, 1000);
        expect(await store.find(live.id, Date.now())).toMatchObject(live);
      });
    }

    it('keeps users apart whose ids look alike', async () => {
      const ids = ['1', '1 ', '01', '%', '*', '__proto__', "1' OR '1'='1", 'constructor', '1:2'];
      for (const userId of ids) await store.create(session({ userId }));
      for (const userId of ids) expect(await store.list(userId, NOW)).toHaveLength(1);
      expect(await store.revokeUser('%')).toBe(1);
      expect(await store.revokeUser('__proto__')).toBe(1);
      expect(await store.list('1', NOW)).toHaveLength(1);
    });
  });
}
