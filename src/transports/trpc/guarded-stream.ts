import { isObservable, observableToAsyncIterable } from '@trpc/server/observable';

import type { AuthVerifier } from '../../core/auth-verifier.js';
import type { Claims } from '../../core/claims.js';
import type { AuthUser, ReportError } from '../../core/ports.js';
import type { RequestAuth } from '../request.js';
import { operationError } from './operation-error.js';

/** How closely a subscription is looked after. */
export interface GuardOptions {
  /** How often who is calling is found out anew, in seconds. @default 30 */
  readonly recheckSeconds?: number;
}

/** What a procedure came to, as tRPC hands it to a middleware. */
export interface ProcedureResult {
  readonly ok: boolean;
  readonly data?: unknown;
}

// So that a clock that runs behind the one that judged makes no busy loop.
const LEAST_WAIT_MS = 250;
// By then the client has been told why: tRPC cuts an answer whose signal says abort.
const FAREWELL_MS = 1000;

/** Ends a subscription's stream when its caller is signed in no more. */
export function guardResult<User extends AuthUser, Result extends ProcedureResult>(
  result: Result,
  auth: AuthVerifier<User>,
  request: RequestAuth,
  claims: Claims,
  signal: AbortSignal | undefined,
  { recheckSeconds = 30 }: GuardOptions = {},
): Result {
  if (!result.ok) return result;
  const source = isObservable(result.data) ? observableToAsyncIterable(result.data, signal ?? new AbortController().signal) : (result.data as AsyncIterable<unknown>);
  const { clock, leewaySeconds, reportError } = auth.settings;
  // tRPC makes one for each stream it serves; that of a caller in the app's code may be anybody's.
  const ownSignal = request.connection === undefined ? undefined : signal;

  /** Calls `onEnd` once, with what the caller is to be told; gives a function that ends the watch. */
  const watch = (onEnd: (error: Error) => void): (() => void) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stopped = false;
    const stop = (): void => {
      stopped = true;
      clearTimeout(timer);
      unwatch?.();
      signal?.removeEventListener('abort', stop);
    };
    const schedule = (exp: unknown): void => {
      const leftMs = (Number(exp) + leewaySeconds + 1) * 1000 - clock();
      // Spread, for streams that were opened together.
      const waitMs = Math.min(recheckSeconds * 1000 * (1 - Math.random() / 4), leftMs);
      timer = setTimeout(() => void recheck(), Math.max(waitMs, LEAST_WAIT_MS));
      (timer as { unref?: () => void }).unref?.();
    };
    const recheck = async (): Promise<void> => {
      clearTimeout(timer);
      try {
        const identity = await request.identifyAgain(auth);
        if (!stopped) schedule(identity.claims.exp);
      } catch (error) {
        if (stopped) return;
        stop();
        onEnd(operationError(error, reportError));
      }
    };
    const unwatch = auth.watchSession?.(claims, () => void recheck());
    signal?.addEventListener('abort', stop);
    schedule(claims.exp);
    return stop;
  };
  return { ...result, data: { [Symbol.asyncIterator]: () => guardedIterator(source[Symbol.asyncIterator](), watch, ownSignal, reportError) } };
}

function guardedIterator(
  source: AsyncIterator<unknown>,
  watch: (onEnd: (error: Error) => void) => () => void,
  signal: AbortSignal | undefined,
  report: ReportError,
): AsyncIterator<unknown> {
  let stop: (() => void) | undefined;
  let failure: Error | undefined;
  let interrupt: ((error: Error) => void) | undefined;

  const end = (error: Error): void => {
    failure = error;
    interrupt?.(error);
    // It may be waiting for an event that never comes, and over HTTP tRPC aborts only what the client leaves.
    const farewell = signal && setTimeout(() => signal.dispatchEvent(new Event('abort')), FAREWELL_MS);
    (farewell as { unref?: () => void } | undefined)?.unref?.();
    void Promise.resolve(source.return?.())
      .catch(report)
      .finally(() => clearTimeout(farewell));
  };
  const advance = async (): Promise<IteratorResult<unknown>> => {
    // Begun with the first event asked for: a stream that nobody reads is not watched.
    stop ??= watch(end);
    if (failure !== undefined) throw failure;
    try {
      const interrupted = new Promise<never>((_resolve, reject) => {
        interrupt = reject;
      });
      const result = await Promise.race([source.next(), interrupted]);
      if (result.done === true) stop();
      return result;
    } catch (error) {
      stop();
      throw error;
    }
  };
  return {
    next: () => {
      const result = advance();
      // tRPC's pings ask for an event before the last one is read: with a slow reader nobody hears of a failure yet, and the process must not end by it.
      result.catch(() => undefined);
      return result;
    },
    return: async () => {
      stop?.();
      // One that was ended has been told so; tRPC's pings would wait here, and its reader not be told.
      if (failure === undefined) await source.return?.();
      return { done: true, value: undefined };
    },
  };
}
