/** A source of the current time in epoch milliseconds; `Date.now` is one. */
export type Clock = () => number;

/** The clock's time in whole epoch seconds, the unit of every JWT time claim (RFC 7519 section 2, NumericDate). */
export function epochSeconds(clock: Clock): number {
  return Math.floor(clock() / 1000);
}
