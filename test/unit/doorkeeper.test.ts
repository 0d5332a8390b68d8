import { describe, expect, it } from 'vitest';

import { createDoorkeeper } from '../../src/core/doorkeeper.js';
import { tokenFor } from '../parity/scene.js';

const tokens = Array.from({ length: 40_000 }, (_, number) => tokenFor({ claims: { number } }));
const letIn = (comesAgain: (token: string) => boolean, from: number, to: number): number => tokens.slice(from, to).filter(comesAgain).length;

describe('a doorkeeper', () => {
  it('lets in what comes again', () => {
    const comesAgain = createDoorkeeper();
    letIn(comesAgain, 0, 10_000);
    expect(letIn(comesAgain, 0, 10_000)).toBe(10_000);
  });

  it('lets in few that come once, however many come', () => {
    const comesAgain = createDoorkeeper();
    for (let from = 0; from < tokens.length; from += 1000) expect(letIn(comesAgain, from, from + 1000)).toBeLessThan(100);
  });

  it('knows what it has just seen, whenever it begins anew', () => {
    const comesAgain = createDoorkeeper();
    for (const token of tokens) {
      comesAgain(token);
      expect(comesAgain(token)).toBe(true);
    }
  });

  it('reads a token of any length', () => {
    const comesAgain = createDoorkeeper();
    expect(['', 'a', 'a.b.c', '', 'a', 'a.b.c'].map(comesAgain)).toEqual([false, false, false, true, true, true]);
  });
});
