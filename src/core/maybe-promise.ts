import type { MaybePromise } from './ports.js';

/** Whether a value is there, or only promised: of a token seen before and a user at hand there is nothing to wait for. */
export function isThere<Value>(value: MaybePromise<Value>): value is Value {
  return !(typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function');
}
