import { clientError, signedOut } from './auth-client-error.js';
import { createBackOff } from './back-off.js';
import { withBrowserLock } from './browser-lock.js';
import { isPromise, withValue } from './maybe-promise.js';
import type { MaybePromise } from './maybe-promise.js';
import { onWake } from './page.js';
import { createRefresh } from './refresh.js';
import type { ServerClock } from './server-clock.js';
import { receivedSession } from './session-answer.js';
import { BEGINNING, isSame, nextMachine } from './session-state.js';
import type { AuthState, SessionEvent, SessionMachine } from './session-state.js';
import { safeStorage } from './storage/safe-storage.js';
import type { Warn } from './storage/safe-storage.js';
import type { StoredSession, TokenStorage } from './storage/token-storage.js';
import { withTimeout } from './timeout.js';
import { readClaims, userIn } from './token-claims.js';
import type { TokenClaims } from './token-claims.js';
import { isTokenFault } from './transport.js';
import type { Call, OperationName, SessionAnswer } from './transport.js';

const MOST_AHEAD_SECONDS = 60;
// A timer that is too long fires at once, and one that slept is late: it looks at the clock again.
const LONGEST_TIMER_MS = 600_000;

export interface KeeperOptions {
  readonly storage: TokenStorage;
  readonly call: Call;
  readonly clock: ServerClock;
  readonly headerPrefix: string;
  /** How long a refresh may take. */
  readonly timeoutMs: number;
  /** How long to wait for another tab's. */
  readonly lockTimeoutMs: number;
  readonly warn: Warn;
  /** Whether to refresh without being asked: a page does, a server that renders one does not. */
  readonly background: boolean;
}

/** Keeps one session fresh: in this tab, in the storage and with the server. All that handles tokens goes through it. */
export interface SessionKeeper {
  /** Whether the tokens are in cookies that no script can read. */
  readonly cookies: boolean;
  /** Settles once the storage has been read. */
  readonly ready: MaybePromise<void>;
  getSnapshot: () => AuthState;
  subscribe: (listener: () => void) => () => void;
  current: () => StoredSession | null;
  refresh: () => Promise<void>;
  /** Waits where a call made now would come with a token that has expired, and never fails; undefined where there is nothing to wait for. */
  fresh: () => Promise<void> | undefined;
  headers: () => Record<string, string>;
  /** Makes a call with a token that is good; and again, once, if its failure has the code of a bad token, with another. @throws its failure, or an AuthClientError where no other token can be had now */
  attempt: <Result>(send: () => Promise<Result>, codeOf: (failure: unknown) => unknown) => Promise<Result>;
  /** Begins the session that a login answered. */
  adopt: (answer: SessionAnswer) => Promise<void>;
  /** Ends the session here. */
  forget: () => Promise<void>;
  /** Ends it with a call, and then here. No tab refreshes meanwhile: it would take the end for another's doing, or bring the cookies back. @throws the call's failure */
  end: <Result>(tell: () => Promise<Result>) => Promise<Result>;
  remainingSeconds: () => number;
  dispose: () => void;
}

/** A keeper that has begun to read what is stored. */
export function createSessionKeeper(options: KeeperOptions): SessionKeeper {
  const { storage, clock, background, call } = options;
  const { get: read, set, remove } = safeStorage(storage, options.warn);
  const backOff = createBackOff(clock.now);
  const listeners = new Set<() => void>();
  const cookies = storage.identify !== undefined;
  let machine: SessionMachine = BEGINNING;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waiting: AbortController | undefined;
  let disposed = false;
  let identifying = false;

  const leftMs = (session: StoredSession): number => session.expiresAt * 1000 - clock.now();
  const aheadMs = ({ lifetimeSeconds = MOST_AHEAD_SECONDS * 5 }: StoredSession): number => Math.min(MOST_AHEAD_SECONDS, lifetimeSeconds / 5) * 1000;
  const isDue = (session: StoredSession): boolean => leftMs(session) <= aheadMs(session);

  const dispatch = (event: SessionEvent): void => {
    const { state } = machine;
    machine = nextMachine(machine, event);
    schedule();
    // One that throws is the page's to hear of, and keeps nothing else from going on.
    if (machine.state === state) return;
    listeners.forEach(queueMicrotask);
    // Another tab has done what was waited for. Of the two keys that it writes, the first tells nothing yet.
    if (!machine.session || !isDue(machine.session)) waiting?.abort();
  };
  const get = (): MaybePromise<StoredSession | null> =>
    withValue(read(), (stored) => {
      if (!stored) return null;
      // What this page has seen of its own clock since counts for more.
      if (stored.clockOffsetMs !== undefined && !isSame(stored, machine.session)) clock.resume(stored.clockOffsetMs);
      return { user: userIn(readClaims(stored.token)), ...stored };
    });
  const ask = (operation: OperationName, input?: object): Promise<SessionAnswer> =>
    withTimeout(options.timeoutMs, (signal) => call(operation, input, { headers: {}, signal })) as Promise<SessionAnswer>;

  const alone = <Result>(work: () => Promise<Result>): Promise<Result> => withBrowserLock(storage.name, options.lockTimeoutMs, (waiting = new AbortController()), work);
  const refresh = createRefresh({
    machine: () => machine,
    dispatch,
    get,
    set,
    remove,
    replace: async (session) => {
      const { token, refreshToken } = session;
      const answer = await ask('refresh', cookies ? undefined : refreshToken ? { refresh_token: refreshToken } : { token });
      return () => receivedSession(answer, session, clock);
    },
    leftMs,
    isDue,
    backOff,
    alone,
  });

  const schedule = (): void => {
    clearTimeout(timer);
    const { session, state } = machine;
    if (disposed || !background || state.status === 'signed-out' || identifying) return;
    const dueMs = session ? leftMs(session) - aheadMs(session) : 0;
    timer = setTimeout(() => void wake(), Math.min(Math.max(dueMs, backOff.waitMs()), LONGEST_TIMER_MS));
    (timer as { unref?: () => void }).unref?.();
  };
  const wake = (): Promise<void> | undefined => {
    const { session, state } = machine;
    if (state.status === 'loading') return identify();
    if (session && isDue(session)) refresh().catch(schedule);
    else schedule();
    return undefined;
  };

  /** Finds out whose the cookies are. */
  const identify = async (): Promise<void> => {
    if (identifying) return;
    identifying = true;
    const since = machine.revision;
    try {
      const answer = await storage.identify?.(ask);
      const session = answer ? receivedSession(answer, null, clock) : null;
      if (session && machine.revision === since) await set(session);
      dispatch({ session, since });
    } catch (error) {
      backOff.failed(clientError(error));
    } finally {
      identifying = false;
      schedule();
    }
  };

  /** Takes over what is stored: another tab may have changed it. */
  const sync = (): MaybePromise<void> => {
    const since = machine.revision;
    return withValue(get(), (session) => {
      if (session || machine.session || !cookies) dispatch({ session, since });
    });
  };
  const ready = withValue(sync(), () => (background ? wake() : undefined));
  const endings = [storage.dispose, storage.subscribe?.(() => void sync())];
  if (background) {
    endings.push(
      onWake((isOnline) => {
        if (isOnline) backOff.reset();
        void withValue(sync(), wake);
      }),
    );
  }
  // Whoever waits makes his call all the same: what is wrong its own failure says, and a public procedure needs no token.
  const fresh = (): Promise<void> | undefined => {
    const { session } = machine;
    if (!session) return isPromise(ready) ? ready : undefined;
    // One that expires on its way is expired.
    return leftMs(session) <= aheadMs(session) / 10 ? refresh().catch(() => undefined) : undefined;
  };

  /** Goes over to what the user has just done here, whatever was under way. */
  const become = async (session: StoredSession | null): Promise<void> => {
    backOff.reset();
    dispatch({ session, reason: 'signed-out' });
    await (session ? set(session) : remove());
  };

  return {
    cookies,
    ready,
    getSnapshot: () => machine.state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    current: () => machine.session,
    refresh: async () => {
      await ready;
      return refresh();
    },
    fresh,
    headers: (): Record<string, string> => {
      const token = machine.session?.token;
      return token ? { Authorization: `${options.headerPrefix} ${token}` } : {};
    },
    attempt: async (send, codeOf) => {
      const begun = machine.session;
      await fresh();
      const used = machine.session;
      // What one person began is not done in the name of another, who has signed in meanwhile.
      if (begun && used && userIdOf(begun) !== userIdOf(used)) throw signedOut();
      try {
        return await send();
      } catch (failure) {
        if (!used || !isTokenFault(codeOf(failure), cookies)) throw failure;
        if (isSame(machine.session, used)) {
          await refresh().catch((error: unknown) => {
            if (machine.session) throw error;
          });
        }
        if (!machine.session || userIdOf(machine.session) !== userIdOf(used)) throw failure;
        return send();
      }
    },
    adopt: async (answer) => {
      // In cookie mode a login says until when, and `me` says who.
      await become(receivedSession({ ...answer, ...(await storage.identify?.(ask)) }, null, clock));
    },
    forget: () => become(null),
    end: (tell) =>
      alone(async () => {
        const answer = await tell();
        await become(null);
        return answer;
      }),
    remainingSeconds: () => (machine.session ? Math.max(0, leftMs(machine.session) / 1000) : 0),
    dispose: () => {
      disposed = true;
      clearTimeout(timer);
      listeners.clear();
      for (const end of endings) end?.();
    },
  };
}

/** Whose a session is; null where there is none. */
export function userIdOf(session: StoredSession | null): unknown {
  return session && (session.user as TokenClaims | undefined)?.user_id;
}
