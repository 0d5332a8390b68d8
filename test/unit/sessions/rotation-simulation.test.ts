import { describe, expect, it } from 'vitest';

import type { SessionRecord } from '../../../src/core/session-store.js';
import { judgeAccess, judgeRefresh, rotationChange } from '../../../src/sessions/rotation.js';

const GRACE_MS = 10_000;
const LIFETIMES = { idleMs: 1e12, absoluteMs: 1e12 };
const START = 1_000_000;

/** A world: the stored session, the clock, and the newest generation each party holds. */
interface World {
  session: SessionRecord | null;
  now: number;
  held: Record<string, number>;
}

type Action = { readonly name: string; readonly act: (world: World) => World };

function newSession(): SessionRecord {
  return {
    id: 's', userId: '1', generation: 1, confirmedAt: null, graces: [], createdAt: START, lastUsedAt: START, expiresAt: START + 1e12, clientAddress: null, userAgent: null,
  };
}

function refresh(world: World, party: string, answerArrives: boolean): World {
  const presented = world.held[party];
  if (presented === undefined) return world;
  const verdict = judgeRefresh(world.session, presented, world.now, GRACE_MS);
  const next = { ...world, held: { ...world.held } };
  if (verdict.kind === 'reuse') return { ...next, session: null };
  if (verdict.kind === 'rotate' && world.session !== null) {
    next.session = { ...world.session, ...rotationChange(world.session, verdict.graces, world.now, LIFETIMES), generation: verdict.generation, confirmedAt: null };
  }
  if ((verdict.kind === 'rotate' || verdict.kind === 'reissue') && answerArrives) next.held[party] = verdict.generation;
  return next;
}

function use(world: World, party: string): World {
  const presented = world.held[party];
  if (presented === undefined) return world;
  const verdict = judgeAccess(world.session, presented);
  if (verdict.kind !== 'live' || !verdict.confirms || world.session === null) return world;
  return { ...world, session: { ...world.session, confirmedAt: world.now } };
}

const wait = (ms: number): Action => ({ name: `wait ${ms}`, act: (world) => ({ ...world, now: world.now + ms }) });

function explore(world: World, actions: readonly Action[], depth: number, check: (world: World, path: readonly string[]) => void, path: readonly string[] = []): number {
  check(world, path);
  if (depth === 0) return 1;
  let visited = 1;
  for (const { name, act } of actions) visited += explore(act(world), actions, depth - 1, check, [...path, name]);
  return visited;
}

const actionsOf = (party: string): Action[] => [
  { name: `${party} refreshes`, act: (world) => refresh(world, party, true) },
  { name: `${party} refreshes, answer lost`, act: (world) => refresh(world, party, false) },
  { name: `${party} calls`, act: (world) => use(world, party) },
];

function start(...parties: string[]): World {
  return { session: newSession(), now: START, held: Object.fromEntries(parties.map((party) => [party, 1])) };
}

describe('every interleaving, to a small depth', () => {
  it('one client never loses its session, whatever answers are lost and however long it sleeps', () => {
    const visited = explore(start('client'), [...actionsOf('client'), wait(1000), wait(60_000)], 8, (world, path) => {
      if (world.session === null) expect.fail(path.join(', '));
    });
    expect(visited).toBeGreaterThan(400_000);
  });

  it('two tabs that share their tokens never lose the session', () => {
    // Tabs read the newest token from their common storage before they refresh, save where both are under way at once.
    const shared: Action[] = ['a', 'b'].flatMap((tab) => [
      { name: `${tab} reads storage`, act: (world: World) => ({ ...world, held: { ...world.held, [tab]: Math.max(world.held.a ?? 1, world.held.b ?? 1) } }) },
      ...actionsOf(tab).map(({ name, act }) => ({
        name,
        act: (world: World) => (world.held[tab] === Math.max(world.held.a ?? 1, world.held.b ?? 1) ? act(world) : world),
      })),
    ]);
    const visited = explore(start('a', 'b'), [...shared, wait(60_000)], 6, (world, path) => {
      if (world.session === null) expect.fail(path.join(', '));
    });
    expect(visited).toBeGreaterThan(300_000);
  });

  it('two tabs that race inside the grace never lose the session', () => {
    const visited = explore(start('a', 'b'), [...actionsOf('a'), ...actionsOf('b'), wait(1000)], 7, (world, path) => {
      if (world.session === null) expect.fail(path.join(', '));
    });
    expect(visited).toBeGreaterThan(900_000);
  });

  it('a thief and the client never both go on for long: whoever is behind ends the session for both', () => {
    // Each keeps using what he has; the other is then two confirmed generations behind, past any grace.
    const go = (world: World, party: string): World => use(refresh(world, party, true), party);
    const actions: Action[] = [
      { name: 'client goes on', act: (world) => go({ ...world, now: world.now + 60_000 }, 'client') },
      { name: 'thief goes on', act: (world) => go({ ...world, now: world.now + 60_000 }, 'thief') },
      { name: 'client refreshes, answer lost', act: (world) => refresh({ ...world, now: world.now + 60_000 }, 'client', false) },
    ];
    let caught = 0;
    explore(start('client', 'thief'), actions, 9, (world, path) => {
      const turns = path.filter((name) => name.endsWith('goes on'));
      const switches = turns.filter((name, index) => index > 0 && name !== turns[index - 1]).length;
      const both = path.includes('client goes on') && path.includes('thief goes on');
      if (world.session === null) {
        caught += 1;
        if (!both && !path.some((name) => name.includes('lost'))) expect.fail(`revoked without a thief: ${path.join(', ')}`);
      } else if (switches >= 3) expect.fail(`not caught: ${path.join(', ')}`);
    });
    expect(caught).toBeGreaterThan(1000);
  });

  it('nothing ever revives: a revoked session refuses every generation, and none is issued twice over', () => {
    explore(start('client', 'thief'), [...actionsOf('client'), ...actionsOf('thief'), wait(11_000)], 6, (world, path) => {
      if (world.session !== null) {
        const newest = Math.max(...Object.values(world.held));
        if (newest > world.session.generation) expect.fail(`ahead of the store: ${path.join(', ')}`);
        return;
      }
      for (let generation = 1; generation <= 8; generation += 1) expect(judgeRefresh(null, generation, world.now, GRACE_MS).kind).toBe('revoked');
    });
  });

  it('a generation above the stored one is refused: the store was rolled back', () => {
    const session = { ...newSession(), generation: 3, confirmedAt: START };
    for (const presented of [4, 5, 1000]) {
      expect(judgeRefresh(session, presented, START, GRACE_MS)).toEqual({ kind: 'ahead' });
      expect(judgeAccess(session, presented)).toEqual({ kind: 'ahead' });
    }
  });
});
