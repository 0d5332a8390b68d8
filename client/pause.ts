import { onWake } from './page.js';

/** A wait that may be cut short. */
export interface Pause {
  /** Waits for a time, in milliseconds, or until the page is online again. */
  readonly wait: (ms: number) => Promise<void>;
  /** Ends what is being waited for. */
  readonly end: () => void;
}

/** Makes one; it is waited for once at a time. */
export function createPause(): Pause {
  let endCurrent: (() => void) | undefined;
  const end = (): void => endCurrent?.();
  return {
    wait: (ms) =>
      new Promise((resolve) => {
        const timer = setTimeout(end, ms);
        const unwatch = onWake((isOnline) => {
          if (isOnline) end();
        });
        endCurrent = () => {
          clearTimeout(timer);
          unwatch();
          endCurrent = undefined;
          resolve();
        };
      }),
    end,
  };
}
