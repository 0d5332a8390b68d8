import type { SessionStore } from '../core/session-store.js';
import type { ThrottleStore } from '../core/throttle-store.js';
import { memorySessions, memoryThrottle } from '../stores/memory.js';

/**
 * Where a store keeps what it has. One in memory has no name to be known by, and may be made by another copy of this package, so it is known by its
 * source; one that the app wrote, or wrapped, counts as its own.
 */
export function storeKind(store: SessionStore | ThrottleStore | undefined): 'memory' | 'other' | 'none' {
  if (store === undefined) return 'none';
  const isMemory = 'limiter' in store ? sameSource(store.limiter, memoryThrottle().limiter) : sameSource(store.create, memorySessions().create);
  return isMemory ? 'memory' : 'other';
}

function sameSource(left: object, right: object): boolean {
  return Function.prototype.toString.call(left) === Function.prototype.toString.call(right);
}
