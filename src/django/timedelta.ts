import { shown } from '../core/setting-checks.js';
import { refuse } from './refusal.js';

/** A span of time: seconds, the arguments of Python's `timedelta(…)`, or its `str()`, as `'7 days, 0:00:00'`. */
export type Timedelta =
  | number
  | string
  | { readonly weeks?: number; readonly days?: number; readonly hours?: number; readonly minutes?: number; readonly seconds?: number };

const SECONDS: ReadonlyMap<string, number> = new Map([
  ['weeks', 7 * 24 * 3600],
  ['days', 24 * 3600],
  ['hours', 3600],
  ['minutes', 60],
  ['seconds', 1],
]);

/** A span in seconds. @throws ConfigurationError naming the key */
export function timedeltaSeconds(key: string, value: Timedelta | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  // What may not be negative, or over a century, createJwtAuth knows.
  if (typeof value === 'number') return value;
  const seconds = typeof value === 'string' ? ofText(value) : ofParts(value);
  return seconds ?? refuse(key, `is ${shown(value)}; give seconds, as 300, what timedelta was given, as { days: 7 }, or its text, as '7 days, 0:00:00'`);
}

function ofText(text: string): number | undefined {
  const [, days = '0', hours, minutes, seconds] = /^(?:(\d+) days?, )?(\d{1,2}):([0-5]\d):([0-5]\d(?:\.\d{1,6})?)$/.exec(text) ?? [];
  return hours === undefined ? undefined : Number(days) * 24 * 3600 + Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}

function ofParts(parts: unknown): number | undefined {
  if (typeof parts !== 'object' || parts === null || Array.isArray(parts)) return undefined;
  const entries = Object.entries(parts) as [string, unknown][];
  if (entries.length === 0) return undefined;
  let sum = 0;
  for (const [unit, count] of entries) {
    const each = SECONDS.get(unit);
    if (each === undefined || typeof count !== 'number' || !Number.isFinite(count)) return undefined;
    sum += each * count;
  }
  return sum;
}
