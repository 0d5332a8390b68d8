import type { Clock } from './clock.js';
import { AuthError } from './errors.js';
import type { OnEvent, StoreFailedEvent } from './events.js';

/** Runs one verb of a store: in bounded time, and never taking a failure for an answer. @throws AuthError STORE_UNAVAILABLE */
export type GuardStore = <Result>(operation: string, verb: () => PromiseLike<Result>) => Promise<Result>;

/** Guards a store; a failure is told as an event, and goes to the error log as the cause of the 503 it becomes. */
export function createStoreGuard(store: StoreFailedEvent['store'], timeoutMs: number, { clock, emit }: { clock: Clock; emit: OnEvent }): GuardStore {
  return async <Result>(operation: string, verb: () => PromiseLike<Result>): Promise<Result> => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let timedOut = false;
    try {
      const answered: { readonly result: Result }[] = [];
      const answer = Promise.resolve(verb()).then((result) => {
        answered.push({ result });
        return result;
      });
      // A store in memory has answered by the next microtask; a timer costs more than all its work.
      await Promise.resolve();
      const [first] = answered;
      if (first !== undefined) return first.result;
      return await Promise.race([
        answer,
        new Promise<never>((_resolve, reject) => {
          timer = setTimeout(() => {
            timedOut = true;
            reject(Object.assign(new Error(`The ${store} store did not answer ${operation} within ${timeoutMs} ms.`), { code: 'STORE_TIMEOUT' }));
          }, timeoutMs);
        }),
      ]);
    } catch (error) {
      emit({ type: 'store-failed', at: clock(), store, operation, timedOut });
      throw new AuthError('STORE_UNAVAILABLE', { cause: error });
    } finally {
      clearTimeout(timer);
    }
  };
}
