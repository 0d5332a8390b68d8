import { describe, expect, it } from 'vitest';
import { createJwtAuth, secretKey } from 'trpc-jwt-auth';
import { memorySessions } from 'trpc-jwt-auth/stores/memory';

import { createBoundedCache } from '../../src/core/bounded-cache.js';

const bytesInUse = (): number => {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

describe('a bounded cache', () => {
  it('holds as many as it may, and the least recently used goes first', () => {
    const cache = createBoundedCache<number>(3);
    for (const [index, key] of ['a', 'b', 'c'].entries()) cache.set(key, index);
    expect(cache.get('a')).toBe(0);
    cache.set('d', 3);
    cache.set('a', 4);
    expect([...cache.entries()]).toEqual([['a', 4], ['d', 3], ['c', 2]]);
    cache.delete('d');
    cache.set('e', 5);
    expect(cache.size).toBe(3);
    cache.clear();
    expect(cache.size).toBe(0);
  });

  it('takes no memory for what it does not hold: an auth is made in no time', () => {
    const make = () =>
      createJwtAuth({
        keys: secretKey('0123456789abcdef0123456789abcdef'),
        users: { authenticate: () => null, findByUsername: () => null },
        sessions: { store: memorySessions() },
      });
    make();
    const before = bytesInUse();
    const auths = Array.from({ length: 20 }, make);
    // With all of it taken at once it would be 9 MB for each.
    expect((bytesInUse() - before) / auths.length).toBeLessThan(500_000);
  });
});
