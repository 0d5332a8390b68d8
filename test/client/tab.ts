import { AuthClientError } from '../../client/auth-client-error.js';
import { createSessionKeeper } from '../../client/session-keeper.js';
import type { KeeperOptions, SessionKeeper } from '../../client/session-keeper.js';
import { createServerClock } from '../../client/server-clock.js';
import type { StoredSession, TokenStorage } from '../../client/storage/token-storage.js';
import type { ModelServer } from './model-server.js';

/** What the tabs of one browser share. */
export class SharedStorage {
  value: StoredSession | null = null;
  /** Every session that was ever written. */
  readonly written: StoredSession[] = [];
  readonly #listeners = new Set<() => void>();

  /** The storage as one tab has it: it hears of the others' changes. `delayMs` makes it asynchronous. */
  tab(delayMs?: number): TokenStorage {
    const mine = { heard: (): void => undefined };
    const tell = (): void => {
      for (const listener of this.#listeners) if (listener !== mine.heard) queueMicrotask(listener);
    };
    const later = <Value>(work: () => Value): Value | Promise<Value> =>
      delayMs === undefined ? work() : new Promise<Value>((resolve) => setTimeout(() => resolve(work()), delayMs));
    return {
      get: () => later(() => this.value),
      set: (session) =>
        later(() => {
          this.value = JSON.parse(JSON.stringify(session)) as StoredSession;
          this.written.push(this.value);
          tell();
        }),
      remove: () =>
        later(() => {
          this.value = null;
          tell();
        }),
      subscribe: (listener) => {
        mine.heard = listener;
        this.#listeners.add(listener);
        return () => void this.#listeners.delete(listener);
      },
    };
  }
}

export const TIMEOUT_MS = 2000;

/** The code of a failure. */
export function codeOf(error: unknown): unknown {
  return error instanceof AuthClientError ? error.code : error;
}

/** A tab's keeper, with what its states and warnings were. */
export function openTab(server: Pick<ModelServer, 'call'>, storage: TokenStorage, options: Partial<KeeperOptions> = {}) {
  const warnings: string[] = [];
  const keeper: SessionKeeper = createSessionKeeper({
    storage,
    call: server.call,
    clock: createServerClock(),
    headerPrefix: 'JWT',
    timeoutMs: TIMEOUT_MS,
    lockTimeoutMs: 5000,
    warn: (message) => void warnings.push(message),
    background: true,
    ...options,
  });
  const states: string[] = [];
  keeper.subscribe(() => {
    const state = keeper.getSnapshot();
    states.push(state.status === 'signed-out' ? `${state.status}: ${state.reason}` : state.status);
  });
  return {
    keeper,
    states,
    warnings,
    signIn: async (username = 'ada') => keeper.adopt((await server.call('obtain', { username }, { headers: {} })) as object),
    /** A protected call; answers its code. */
    protectedCall: () =>
      keeper
        .attempt(
          () => server.call('me', undefined, { headers: keeper.headers() }),
          codeOf,
        )
        .then(() => 'done', codeOf),
  };
}

export type Tab = ReturnType<typeof openTab>;
