import { expect } from 'vitest';

import { accepted, refused } from '../behaviour.js';
import type { Behaviour, Stage } from '../behaviour.js';
import type { Settings } from '../scene.js';

const anyToken = expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) as string;
const THROTTLED = { ...refused('THROTTLED'), messages: [expect.stringMatching(/^Request was throttled\. Expected available in (899|900) seconds\.$/) as string] };
const limited = (changes: NonNullable<Settings['throttle']> = {}) => (): Settings => ({ throttle: { attempts: 3, ...changes } });

async function guess({ app }: Stage, times: number, username = 'ada'): Promise<void> {
  for (let each = 0; each < times; each += 1) await app.obtain({ username, password: 'wrong' });
}

const right = { username: 'ada', password: 'ada-pass' };

/** Limits on guessing. */
export const throttling: readonly Behaviour[] = [
  { name: 'the last guess within the limit is answered', settings: limited(), act: async (stage) => { await guess(stage, 2); return stage.app.obtain({ ...right, password: 'wrong' }); }, expected: refused('INVALID_CREDENTIALS') },
  { name: 'the next is not', settings: limited(), act: async (stage) => { await guess(stage, 3); return stage.app.obtain({ ...right, password: 'wrong' }); }, expected: THROTTLED },
  { name: 'not even with the right password', settings: limited(), act: async (stage) => { await guess(stage, 3); return stage.app.obtain(right); }, expected: THROTTLED },
  { name: 'in no spelling of the name', settings: limited(), act: async (stage) => { await guess(stage, 3, 'ＡＤＡ'); return stage.app.obtain(right); }, expected: THROTTLED },
  { name: 'another account is not concerned', settings: limited(), act: async (stage) => { await guess(stage, 3); return stage.app.obtain({ username: 'bob', password: 'bob-pass' }); }, expected: accepted({ token: anyToken }) },
  { name: 'the right password counts nothing, and takes no failure back', settings: limited(), act: async (stage) => {
    await guess(stage, 2);
    for (let each = 0; each < 5; each += 1) await stage.app.obtain(right);
    await guess(stage, 1);
    return stage.app.obtain(right);
  }, expected: THROTTLED },
  { name: 'many accounts from one place', settings: limited({ attemptsPerNetwork: 4 }), act: async (stage) => {
    for (const username of ['a', 'b', 'c', 'd']) await guess(stage, 1, username);
    return stage.app.obtain(right);
  }, expected: THROTTLED },
  { name: 'but for an account that has logged in from it', settings: limited({ attemptsPerNetwork: 4 }), act: async (stage) => {
    await stage.app.obtain(right);
    for (const username of ['a', 'b', 'c', 'd']) await guess(stage, 1, username);
    return stage.app.obtain(right);
  }, expected: accepted({ token: anyToken }) },
  { name: 'ten guesses by default', act: async (stage) => { await guess(stage, 10); return stage.app.obtain(right); }, expected: THROTTLED },
  { name: 'none when it is off', settings: () => ({ throttle: false }), act: async (stage) => { await guess(stage, 50); return stage.app.obtain(right); }, expected: accepted({ token: anyToken }) },
  { name: 'a failure of the user table is no guess', settings: () => ({ throttle: { attempts: 3 }, users: { authenticate: () => { throw new Error('down'); }, findByUsername: () => null } }), act: async (stage) => {
    await guess(stage, 5);
    stage.scene.reported.length = 0;
    return stage.app.obtain(right);
  }, expected: refused('SERVER_ERROR'), reported: [new Error('down')] },
];
