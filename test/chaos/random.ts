/** Random numbers that a seed repeats; what runs in parallel still takes them in an order of its own. */
export interface Random {
  readonly seed: number;
  /** A whole number from 0, below a bound. */
  readonly below: (bound: number) => number;
  readonly chance: (share: number) => boolean;
  readonly pick: <Item>(items: readonly Item[]) => Item;
}

/** Takes its seed from CHAOS_SEED where that is set. */
export function createRandom(seed = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 32))): Random {
  let state = seed >>> 0;
  // Mulberry32.
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (bound: number): number => Math.floor(next() * bound);
  return {
    seed,
    below,
    chance: (share) => next() < share,
    pick: (items) => {
      if (items.length === 0) throw new RangeError('There is nothing to pick from.');
      return items[below(items.length)]!;
    },
  };
}
