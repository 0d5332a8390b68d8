import { isPromise, withValue } from '../maybe-promise.js';
import type { MaybePromise } from '../maybe-promise.js';
import { memoryTokens } from './memory.js';
import type { StoredSession, TokenStorage } from './token-storage.js';

/** Hears of what does not stop the client and yet should be known. */
export type Warn = (message: string, cause?: unknown) => void;

/**
 * A storage that never fails: once the one below has (private mode, a full quota), it goes on in memory with what was last known, and `warn`
 * hears of it. What is asked of an asynchronous storage is done in order.
 */
export function safeStorage(storage: TokenStorage, warn: Warn): Pick<TokenStorage, 'get' | 'set' | 'remove'> {
  const memory = memoryTokens();
  let current = storage;
  let last: Promise<unknown> | undefined;

  const inOrder = <Result>(work: (storage: TokenStorage) => MaybePromise<Result>, isWrite = true): MaybePromise<Result> => {
    const failed = (cause: unknown): MaybePromise<Result> => {
      if (current === storage) {
        current = memory;
        warn('The token storage failed; tokens are kept in memory.', cause);
        // What is left where nothing new can be written is replaced here meanwhile, and would look stolen at the next visit.
        if (isWrite) new Promise((resolve) => resolve(storage.remove())).catch(() => undefined);
      }
      return work(memory);
    };
    const attempt = (): MaybePromise<Result> => {
      try {
        const result = work(current);
        return isPromise(result) ? result.catch(failed) : result;
      } catch (cause) {
        return failed(cause);
      }
    };
    const result = last ? last.then(attempt) : attempt();
    if (isPromise(result)) last = result;
    return result;
  };
  const remember = (session: StoredSession | null): StoredSession | null => {
    void (session ? memory.set(session) : memory.remove());
    return session;
  };
  return {
    get: () => withValue(inOrder((each) => each.get(), false), remember),
    set: (session) => {
      remember(session);
      return inOrder((each) => each.set(session));
    },
    remove: () => {
      remember(null);
      return inOrder((each) => each.remove());
    },
  };
}
