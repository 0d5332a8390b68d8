const UNITS = [
  ['day', 24 * 3600],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** A number of seconds in the largest unit it fills, rounded down: `4 minutes`. */
export function durationText(seconds: number): string {
  const [name, length] = UNITS.find((unit) => seconds >= unit[1]) ?? (['second', 1] as const);
  const count = Math.floor(seconds / length);
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

/** A number of seconds, and what it comes to where that says more: `300 (5 minutes)`. */
export function secondsText(seconds: number): string {
  return seconds < 60 ? String(seconds) : `${seconds} (${durationText(seconds)})`;
}

/** Epoch seconds in ISO 8601; undefined for what no calendar has. */
export function isoTime(epochSeconds: unknown): string | undefined {
  if (typeof epochSeconds !== 'number') return undefined;
  const date = new Date(epochSeconds * 1000);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString().replace('.000Z', 'Z');
}
