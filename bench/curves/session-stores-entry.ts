import { performance } from 'node:perf_hooks';

import type { SessionRecord } from 'trpc-jwt-auth';

import { newSessionId } from '../../src/core/session-store.js';
import { countText } from '../harness/figures.js';
import { percentile } from '../harness/statistics.js';
import { openers } from './filled-stores.js';
import type { FilledStore } from './filled-stores.js';
import { tellMeasured } from './measuring-process.js';

/* Fills one store with more and more sessions, and measures a look-up and a rotation in it: its name, the numbers of sessions. */

/** What one number of sessions came to. */
export interface StoredSessions {
  readonly count: number;
  readonly lookUpMicroseconds: number;
  readonly rotationMicroseconds: number;
  readonly heldBytes: number;
}

const WARM_UP_LOOK_UPS = 500;
const LOOK_UPS = 4000;
const ROTATIONS = 2000;
const SAMPLED = 1000;
const FILLED_AT_ONCE = 1000;
const DAY_MS = 86_400_000;
const now = Date.now();
const expiresAt = now + 7 * DAY_MS;

interface Sampled {
  readonly id: string;
  generation: number;
}

/** Two for each user. */
function newSession(index: number): SessionRecord {
  const userId = String(Math.floor(index / 2));
  return {
    id: newSessionId(userId),
    userId,
    generation: 1,
    confirmedAt: now,
    graces: [],
    createdAt: now,
    lastUsedAt: now,
    expiresAt,
    clientAddress: `198.51.100.${index % 256}`,
    // A copy, as each request's header is one; else all sessions would share a string.
    userAgent: Buffer.from('Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36').toString(),
  };
}

/** The median of calls, one after the other. */
async function medianMicroseconds(times: number, call: () => Promise<void>): Promise<number> {
  const took: number[] = [];
  for (let done = 0; done < times; done += 1) {
    const start = performance.now();
    await call();
    took.push((performance.now() - start) * 1000);
  }
  return percentile(took, 0.5);
}

async function measure({ store, heldBytes }: FilledStore, count: number, sample: readonly Sampled[]): Promise<StoredSessions> {
  const pick = (): Sampled => sample[Math.floor(Math.random() * sample.length)] ?? { id: '', generation: 0 };
  const lookUp = async (): Promise<void> => {
    if ((await store.find(pick().id, now)) === null) throw new Error('a session is gone');
  };
  const rotate = async (): Promise<void> => {
    const session = pick();
    if (!(await store.rotate(session.id, session.generation, { graces: [], lastUsedAt: now, expiresAt }))) throw new Error('not rotated');
    session.generation += 1;
  };
  await medianMicroseconds(WARM_UP_LOOK_UPS, lookUp);
  const lookUpMicroseconds = await medianMicroseconds(LOOK_UPS, lookUp);
  const rotationMicroseconds = await medianMicroseconds(ROTATIONS, rotate);
  return { count, lookUpMicroseconds, rotationMicroseconds, heldBytes: await heldBytes() };
}

const [name = '', counts = ''] = process.argv.slice(2);
const open = openers[name];
if (open === undefined) throw new RangeError(`there is no store ${name}; there are ${Object.keys(openers).join(', ')}`);

await tellMeasured<readonly StoredSessions[]>(async (progress) => {
  const opened = await open();
  try {
    const results: StoredSessions[] = [];
    const sample: Sampled[] = [];
    let filled = 0;
    for (const count of counts.split(',').map(Number)) {
      progress(`${name}: filling up to ${countText(count)} sessions`);
      while (filled < count) {
        const sessions = Array.from({ length: Math.min(FILLED_AT_ONCE, count - filled) }, (_, index) => newSession(filled + index));
        await (opened.fill?.(sessions) ?? Promise.all(sessions.map((session) => opened.store.create(session))));
        filled += sessions.length;
        // Spread over all there are.
        for (const { id } of sessions) {
          if (sample.length < SAMPLED) sample.push({ id, generation: 1 });
          else if (Math.random() < SAMPLED / filled) sample[Math.floor(Math.random() * SAMPLED)] = { id, generation: 1 };
        }
      }
      progress(`${name}: ${countText(count)} sessions`);
      results.push(await measure(opened, count, sample));
    }
    return results;
  } finally {
    await opened.close();
  }
});
