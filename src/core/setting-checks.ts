import { ConfigurationError } from './errors.js';

/** Seconds of a day. */
export const DAY_SECONDS = 24 * 3600;
// Past any use, and short of what a Date can hold; milliseconds given for seconds end up here.
const MOST_SECONDS = 100 * 366 * DAY_SECONDS;

/** Refuses a setting. @throws ConfigurationError naming it */
export function refuse(setting: string, fault: string): never {
  throw new ConfigurationError(`createJwtAuth: ${setting} ${fault}.`);
}

/** Refuses names that are none of ours: a misspelt setting must not be a default. @throws ConfigurationError */
export function known(value: object, prefix: string, names: readonly string[]): void {
  if (typeof value !== 'object' || value === null) {
    if (prefix === '') refuse('settings', 'is not an object');
    refuse(prefix.slice(0, -1), `is not an object; give ${names.map((each) => prefix + each).join(', ')}, or leave it out`);
  }
  for (const name of Object.keys(value)) {
    if (!names.includes(name)) refuse(`${prefix}${name}`, `is unknown; there are ${names.map((each) => prefix + each).join(', ')}`);
  }
}

/** A number of whole seconds, or its default. @throws ConfigurationError */
export function seconds(setting: string, value: unknown, fallback: number, least: number): number {
  if (value === undefined) return fallback;
  if (typeof value !== 'number' || !Number.isFinite(value) || value < least || value > MOST_SECONDS) {
    refuse(setting, `is ${shown(value)}; give a number of seconds, ${typeof value === 'number' && Number.isFinite(value) && value > MOST_SECONDS ? 'at most 100 years' : `${least} or more`}`);
  }
  return Math.floor(value);
}

/** A value as a message shows it. */
export function shown(value: unknown): string {
  // JSON has no word for NaN, Infinity, a bigint or a function.
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  return typeof value === 'function' ? 'a function' : JSON.stringify(value);
}

/** A string that is not empty, or undefined. @throws ConfigurationError */
export function text(setting: string, value: unknown): string | undefined {
  if (value !== undefined && (typeof value !== 'string' || value === '')) refuse(setting, `is ${JSON.stringify(value)}; give a string, or leave it out`);
  return value;
}

/** One of some words. @throws ConfigurationError */
export function oneOf<const Value extends string>(setting: string, value: Value, values: readonly Value[]): Value {
  if (!values.includes(value)) refuse(setting, `is ${JSON.stringify(value)}; give one of ${values.map((each) => `'${each}'`).join(', ')}`);
  return value;
}

/** A function, or undefined. @throws ConfigurationError */
export function callback<Callback>(setting: string, value: Callback | undefined): Callback | undefined {
  if (value !== undefined && typeof value !== 'function') refuse(setting, 'is not a function; give one, or leave it out');
  return value;
}

/** A whole number from `least`, or its default. @throws ConfigurationError */
export function wholeNumber(setting: string, value: unknown, fallback: number, least: number): number {
  if (value === undefined) return fallback;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) refuse(setting, `is ${shown(value)}; give a whole number from ${least}`);
  return value;
}

/** A boolean, or its default. @throws ConfigurationError */
export function flag(setting: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value !== 'boolean') refuse(setting, `is ${shown(value)}; give true or false`);
  return value;
}

/** One audience or several, or undefined. @throws ConfigurationError */
export function audience(setting: string, value: unknown): string | readonly string[] | undefined {
  if (!Array.isArray(value)) return text(setting, value);
  if (value.length === 0) refuse(setting, 'is an empty array, which no token could satisfy; leave it out or name an audience');
  return value.map((each: unknown) => text(setting, each) ?? refuse(setting, 'has undefined in it; give strings'));
}

/** A scheme of the Authorization header. @throws ConfigurationError */
export function scheme(setting: string, value: unknown): string {
  if (typeof value !== 'string' || !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(value)) {
    refuse(setting, `is ${JSON.stringify(value)}; give one word, as 'JWT' or 'Bearer'`);
  }
  return value;
}
