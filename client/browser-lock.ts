import { inPage } from './page.js';

const LONGEST_PAUSE_MS = 500;
// A browser carries localStorage from one tab's process to another's in its own time; the lock is kept meanwhile, for whoever has not let go of it.
const SETTLE_MS = 500;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Runs work while no other tab runs work of the same name. After `waitMs` it runs anyway: a tab that hangs must not hold up the rest,
 * and the server takes two refreshes at once. Whoever learns what has come of the other tab's may abort the waiting,
 * and so run it at once. Without a name, and outside browsers, it just runs.
 */
export function withBrowserLock<Result>(
  name: string | undefined,
  waitMs: number,
  waiting: AbortController,
  work: () => Promise<Result>,
): Promise<Result> {
  if (!name || !inPage()) return work();
  const locks = (navigator as Partial<Navigator>).locks;
  // Pages that are not served over HTTPS have no locks: few tabs start at the same moment, and who comes later finds the work done.
  if (!locks) return pause(Math.random() * LONGEST_PAUSE_MS).then(work);
  return new Promise((resolve) => {
    const timer = setTimeout(() => waiting.abort(), waitMs);
    let result: Promise<Result> | undefined;
    const enter = (): Promise<void> => {
      clearTimeout(timer);
      resolve((result ??= work()));
      return result.then(() => pause(SETTLE_MS), () => undefined);
    };
    locks.request(name, { signal: waiting.signal }, enter).catch(enter);
  });
}
