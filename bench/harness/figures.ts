import type { Ratio, RatioResult } from './comparison.js';
import type { Spread } from './statistics.js';

/** What a chart's unit is where servers are compared by how much they answer. */
export const REQUESTS_PER_SECOND = 'requests/s';

/** Whether a variant, or a curve, is of this package, by its name. */
export function isOurs(name: string): boolean {
  return /\btrpc-jwt-auth\b|^ours\b/.test(name);
}

const grouped = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

/** A whole number, its thousands apart. */
export function countText(count: number): string {
  return grouped.format(count);
}

/** A number of bytes in megabytes. */
export function megabytes(bytes: number): number {
  return bytes / 1e6;
}

/** A figure with three digits that count, and its thousands apart: `12,345`, `53.1`, `0.042`. */
export function figureText(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 99.95) return countText(value);
  if (size >= 1) return value.toFixed(size >= 9.995 ? 1 : 2);
  return String(Number(value.toPrecision(3)));
}

const UNITS: readonly (readonly [least: number, suffix: string])[] = [[1e9, 'G'], [1e6, 'M'], [1e3, 'k']];

/** A round figure as an axis has it: `0.5`, `10k`, `2.5M`. */
export function tickText(value: number): string {
  const [least, suffix] = UNITS.find(([from]) => Math.abs(value) >= from) ?? [1, ''];
  return `${Number((value / least).toPrecision(4))}${suffix}`;
}

/** From the least to the most. */
export function rangeText({ least, most }: Spread): string {
  return `${figureText(least)}–${figureText(most)}`;
}

/** A ratio to two places, or to as many as show on which side of the wanted figure it is. */
export function ratioText(value: number, wanted?: number): string {
  if (!Number.isFinite(value)) return '–';
  for (let places = 2; ; places += 1) {
    const text = value.toFixed(places);
    if (wanted === undefined || places === 6 || (Number(text) >= wanted) === (value >= wanted)) return text;
  }
}

/** Whether a ratio is what it is to be; undefined where nothing is wanted of it. */
export function isReached({ least, most, ratio: { median } }: RatioResult): boolean | undefined {
  if (least === undefined && most === undefined) return undefined;
  return median >= (least ?? 0) && median <= (most ?? Infinity);
}

/** What is wanted of a ratio. */
export function wantedText({ least, most }: Ratio): string {
  if (least !== undefined) return `at least ${least}`;
  return most === undefined ? '–' : `at most ${most}`;
}

/** Which ratio it is, as it is printed. */
export function ratioName({ of, to }: Ratio): string {
  return `${of} / ${to}`;
}
