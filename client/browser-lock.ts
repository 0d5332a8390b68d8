import { inPage } from './page.js';

const LONGEST_PAUSE_MS = 500;

/**
 * Runs work while no other tab runs work of the same name. After `waitMs` it runs anyway: a tab that hangs must not hold up the rest,
 * and the server takes two refreshes at once. Without a name, and outside browsers, it just runs.
 */
export async function withBrowserLock<Result>(name: string | undefined, waitMs: number, work: () => Promise<Result>): Promise<Result> {
  if (!name || !inPage()) return work();
  const locks = (navigator as Partial<Navigator>).locks;
  if (!locks) {
    // Pages that are not served over HTTPS have no locks: few tabs start at the same moment, and who comes later finds the work done.
    await new Promise((resolve) => setTimeout(resolve, Math.random() * LONGEST_PAUSE_MS));
    return work();
  }
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(), waitMs);
  let result: Promise<Result> | undefined;
  const enter = (): Promise<Result> => {
    clearTimeout(timer);
    return (result ??= work());
  };
  return locks.request(name, { signal: waiting.signal }, enter).catch(enter);
}
