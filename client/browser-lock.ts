import { inPage } from './page.js';

const LONGEST_PAUSE_MS = 500;
// A browser carries localStorage from one tab's process to another's in its own time; the lock is kept meanwhile.
const SETTLE_MS = 100;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Runs work while no other tab runs work of the same name. After `waitMs` it runs anyway: a tab that hangs must not hold up the rest,
 * and the server takes two refreshes at once. Without a name, and outside browsers, it just runs.
 */
export async function withBrowserLock<Result>(name: string | undefined, waitMs: number, work: () => Promise<Result>): Promise<Result> {
  if (!name || !inPage()) return work();
  const locks = (navigator as Partial<Navigator>).locks;
  if (!locks) {
    // Pages that are not served over HTTPS have no locks: few tabs start at the same moment, and who comes later finds the work done.
    await pause(Math.random() * LONGEST_PAUSE_MS);
    return work();
  }
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(), waitMs);
  return new Promise((resolve) => {
    let result: Promise<Result> | undefined;
    const enter = async (): Promise<void> => {
      clearTimeout(timer);
      if (result) return;
      result = work();
      resolve(result);
      await result.catch(() => undefined);
      await pause(SETTLE_MS);
    };
    locks.request(name, { signal: waiting.signal }, enter).catch(enter);
  });
}
