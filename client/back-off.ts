import type { AuthClientError } from './auth-client-error.js';

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

/** How long to wait after a number of failures before this one: twice as long each time, up to half a minute; the jitter keeps a thousand pages from coming back together. */
export function pauseAfter(failures: number, firstMs: number): number {
  return Math.min(LONGEST_PAUSE_MS, firstMs * 2 ** failures) * (0.5 + Math.random() / 2);
}

/** When to ask again after a failure; until then whoever asks gets the failure. */
export interface BackOff {
  /** How long to wait, in milliseconds; 0 or less where nothing has failed, or enough time has passed. */
  waitMs: () => number;
  /** @throws AuthClientError the last failure, until it is time */
  check: () => void;
  failed: (error: AuthClientError) => void;
  reset: () => void;
}

/** Doubles the pause with each failure. */
export function createBackOff(now: () => number): BackOff {
  let failures = 0;
  let retryAt = 0;
  let failure: AuthClientError;
  const waitMs = (): number => retryAt - now();
  return {
    waitMs,
    check: () => {
      if (waitMs() > 0) throw failure;
    },
    failed: (error) => {
      const pause = pauseAfter(failures++, FIRST_PAUSE_MS);
      failure = error;
      retryAt = now() + Math.max((error.retryAfterSeconds ?? 0) * 1000, pause);
    },
    reset: () => {
      failures = retryAt = 0;
    },
  };
}
