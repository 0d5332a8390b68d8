import { randomBytes } from 'node:crypto';

import type { TicketRecord, TicketStore } from 'trpc-jwt-auth';
import { beforeEach, describe, expect, it } from 'vitest';

// A store judges by its own clock too.
const NOW = Date.now();
const LONGEST_STATEMENT = 8192;

export interface OpenTickets {
  readonly store: TicketStore;
  /** Another store over what the first one keeps, by a connection of its own; in a process' own memory there is none. */
  readonly other?: TicketStore;
  /** Makes both fail from now on; in a process' own memory nothing can. */
  readonly fail?: () => Promise<unknown>;
}

export interface TicketStoreTraits {
  /** Whether it runs on a machine with a clock of its own, and judges by the later of that one's time and the caller's. */
  readonly hasOwnClock: boolean;
  /** Whether it removes by itself what has expired. */
  readonly expiresByItself: boolean;
}

function ticket(changes: Partial<TicketRecord> = {}): TicketRecord {
  return { id: randomBytes(32).toString('base64url'), statement: `statement-${randomBytes(8).toString('hex')}`, expiresAt: NOW + 600_000, ...changes };
}

/** What every store does, whatever it keeps its tickets in. */
export function ticketStoreContract(name: string, open: () => Promise<OpenTickets>, { hasOwnClock, expiresByItself }: TicketStoreTraits): void {
  describe(`tickets in ${name}`, () => {
    let tickets: OpenTickets;
    let store: TicketStore;
    let other: TicketStore;
    beforeEach(async () => {
      tickets = await open();
      ({ store, other = tickets.store } = tickets);
    });

    it('gives a ticket once', async () => {
      const created = ticket();
      await store.create(created);
      expect(await other.take(created.id, NOW)).toBe(created.statement);
      expect([await other.take(created.id, NOW), await store.take(created.id, NOW)]).toEqual([null, null]);
    });

    it('gives it to one of 50 who ask at once, over two connections', async () => {
      for (let round = 0; round < 10; round += 1) {
        const created = ticket();
        await store.create(created);
        const taken = await Promise.all(Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? store : other).take(created.id, NOW)));
        expect(taken.filter((statement) => statement !== null)).toEqual([created.statement]);
      }
    });

    it('gives none that it does not have, whatever is asked for', async () => {
      const created = ticket();
      await store.create(created);
      const others = [ticket().id, created.id.slice(0, -1), `${created.id}x`, swappedCase(created.id), created.statement, '', '%', '*', '\\', "' or 1=1 --", '__proto__', 'constructor', 'x'.repeat(500)];
      for (const id of others) expect(await store.take(id, NOW), id).toBeNull();
      expect(await store.take(created.id, NOW)).toBe(created.statement);
    });

    it('gives one until it expires, and not at that millisecond', async () => {
      const [early, late, later] = [ticket(), ticket(), ticket()];
      for (const each of [early, late, later]) await store.create(each);
      expect(await store.take(early.id, early.expiresAt - 1)).toBe(early.statement);
      expect(await store.take(late.id, late.expiresAt)).toBeNull();
      expect(await store.take(later.id, later.expiresAt + 1)).toBeNull();
    });

    it('has spent one that came too late, for a server whose clock is behind as well', async () => {
      const created = ticket();
      await store.create(created);
      expect([await store.take(created.id, created.expiresAt), await other.take(created.id, NOW)]).toEqual([null, null]);
    });

    it('judges by the later of two clocks, where it has one', async () => {
      const created = ticket({ expiresAt: NOW - 1000 });
      await store.create(created);
      expect(await store.take(created.id, NOW - 2000)).toBe(hasOwnClock ? null : created.statement);
    });

    it('removes what has expired and nothing else, as many as it may at a time, and says how many', async () => {
      const expired = Array.from({ length: 5 }, (_, index) => ticket({ expiresAt: NOW - 50 + index }));
      const live = [ticket({ expiresAt: NOW + 60_000 }), ticket()];
      for (const each of [...expired, ...live]) await store.create(each);
      const removed = [await store.deleteExpired(NOW - 46, 2), await store.deleteExpired(NOW - 46, 2), await store.deleteExpired(NOW - 46, 2), await store.deleteExpired(NOW - 46, 2)];
      expect(removed).toEqual(expiresByItself ? [0, 0, 0, 0] : [2, 2, 1, 0]);
      for (const { id } of expired) expect(await store.take(id, NOW - 100)).toBeNull();
      for (const { id, statement } of live) expect(await store.take(id, NOW)).toBe(statement);
    });

    it('removes nothing that is live by a clock of its own, whatever a server thinks', async () => {
      const created = ticket();
      await store.create(created);
      const isRemoved = !hasOwnClock;
      expect(await store.deleteExpired(created.expiresAt, 10)).toBe(isRemoved ? 1 : 0);
      expect(await store.take(created.id, NOW)).toBe(isRemoved ? null : created.statement);
    });

    it('removes each once, where several sweep at the same time', async () => {
      for (let index = 0; index < 40; index += 1) await store.create(ticket({ expiresAt: NOW - 50 }));
      const removed = await Promise.all(Array.from({ length: 8 }, (_, index) => (index % 2 === 0 ? store : other).deleteExpired(NOW, 40)));
      const rest = await store.deleteExpired(NOW, 40);
      expect([...removed, rest].reduce((sum, count) => sum + count, 0)).toBe(expiresByItself ? 0 : 40);
    });

    it('keeps a statement whole, whatever it is made of', async () => {
      const odd = ['', ' ', '\n', 'ünïcode ✓ 🔑 \'"; --', 'u\u0308', '{"a":1}', '$1', '?', '%s', '-1', '1e3', 'null', 'x'.repeat(LONGEST_STATEMENT), '🔑'.repeat(LONGEST_STATEMENT / 2)];
      const created = odd.map((statement) => ticket({ statement }));
      for (const each of created) await store.create(each);
      for (const { id, statement } of created) expect(await other.take(id, NOW)).toBe(statement);
    });

    it('mixes up no two tickets', async () => {
      const { id } = ticket();
      const alike = [id, swappedCase(id), `${id.slice(0, -1)}-`, `${id.slice(0, -1)}_`].map((each) => ticket({ id: each }));
      const created = [...alike, ...Array.from({ length: 50 }, () => ticket())];
      await Promise.all(created.map((each, index) => (index % 2 === 0 ? store : other).create(each)));
      const taken = await Promise.all([...created].reverse().map(async (each) => [each.id, await store.take(each.id, NOW)]));
      expect(taken).toEqual([...created].reverse().map((each) => [each.id, each.statement]));
    });

    it('rejects when it cannot reach its place, and gives no answer', async () => {
      const created = ticket();
      await store.create(created);
      const { fail } = tickets;
      if (fail === undefined) return expect(await store.take(created.id, NOW)).toBe(created.statement);
      // A connection is made when it is first used.
      expect(await other.take(ticket().id, NOW)).toBeNull();
      await fail();
      const verbs = [store, other].flatMap((each) => [each.create(ticket()), each.take(created.id, NOW), each.take(ticket().id, NOW)]);
      const sweeps = expiresByItself ? [] : [store.deleteExpired(NOW, 1)];
      expect((await Promise.allSettled([...verbs, ...sweeps])).map(({ status }) => status)).toEqual([...verbs, ...sweeps].map(() => 'rejected'));
    });
  });
}

/** Another id to whoever minds upper and lower case. */
function swappedCase(id: string): string {
  return Array.from(id, (character) => (character === character.toLowerCase() ? character.toUpperCase() : character.toLowerCase())).join('');
}
