import type { MaybePromise } from './ports.js';

/** Whether a value is there, or only promised: of a token seen before and a user at hand there is nothing to wait for. */
export function isThere<Value>(value: MaybePromise<Value>): value is Value {
  return !(typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function');
}

/** What `use` makes of a value, at once where it is there. */
export function whenThere<Value, Result>(value: MaybePromise<Value>, use: (value: Value) => MaybePromise<Result>): MaybePromise<Result> {
  return isThere(value) ? use(value) : Promise.resolve(value).then(use);
}
