import type { Clock } from '../core/clock.js';
import { ConfigurationError } from '../core/errors.js';

/** A clock that stands still until a test moves it; `auth.clock()` is its time in epoch milliseconds. */
export interface TestClock extends Clock {
  /** Moves it on by a number of seconds, or back by a negative one. @throws ConfigurationError for what is no number */
  readonly advance: (by: { readonly seconds: number }) => void;
  /** Sets it to a time. @throws ConfigurationError for what is no valid Date */
  readonly set: (time: Date) => void;
}

/**
 * Makes a clock for the setting `clock`, so that no test has to wait for a token to expire.
 *
 * @param start - its time until it is moved. @default 2030-01-01T00:00:00Z
 * @throws ConfigurationError for what is no valid Date
 * @example
 * ```ts
 * import { testClock } from 'trpc-jwt-auth/testing';
 *
 * const clock = testClock(new Date('2030-01-01T12:00:00Z'));
 * clock.advance({ seconds: 90 });
 * console.log(new Date(clock()).toISOString()); // 2030-01-01T12:01:30.000Z
 * ```
 */
export function testClock(start: Date = new Date('2030-01-01T00:00:00Z')): TestClock {
  let now = timeOf('testClock: start', start);
  return Object.assign(() => now, {
    advance: ({ seconds }: { readonly seconds: number }) => {
      if (!Number.isFinite(seconds)) throw new ConfigurationError(`testClock: advance is given no number of seconds; give { seconds: 301 }.`);
      now += seconds * 1000;
    },
    set: (time: Date) => {
      now = timeOf('testClock: set', time);
    },
  });
}

function timeOf(what: string, time: unknown): number {
  if (!(time instanceof Date) || Number.isNaN(time.getTime())) throw new ConfigurationError(`${what} is no valid Date; give new Date('2030-01-01T12:00:00Z').`);
  return time.getTime();
}
