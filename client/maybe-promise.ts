/** A value, or one that is yet to come. */
export type MaybePromise<T> = T | Promise<T>;

/** Whether a value is yet to come. */
export function isPromise<Value>(value: MaybePromise<Value>): value is Promise<Value> {
  return typeof (value as Partial<Promise<Value>> | null)?.then === 'function';
}

/** Uses a value at once where it is there: a page with synchronous storage never shows that it is loading. */
export function withValue<Value, Result>(value: MaybePromise<Value>, use: (value: Value) => MaybePromise<Result>): MaybePromise<Result> {
  return isPromise(value) ? value.then(use) : use(value);
}
