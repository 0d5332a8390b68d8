import { LRUCache } from 'lru-cache';

/**
 * A cache of at most so many entries, of which the least recently used makes room.
 *
 * Counted as sizes: for a `max` lru-cache takes all memory at once, 4 MB and 40 ms for 200,000.
 */
export function createBoundedCache<Value extends object | string | number | boolean>(most: number): LRUCache<string, Value> {
  return new LRUCache({ maxSize: most, sizeCalculation: () => 1 });
}
