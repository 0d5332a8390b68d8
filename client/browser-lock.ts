import { inPage } from './page.js';

const POLL_MS = 50;
// Longer than one tab takes to write and another to see it.
const SETTLE_MS = 30;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Runs work while no other tab runs work of the same name. After `waitMs` it runs anyway: a tab that hangs must not hold up the rest,
 * and the server takes two refreshes at once. Without a name, and outside browsers, it just runs.
 */
export async function withBrowserLock<Result>(name: string | undefined, waitMs: number, work: () => Promise<Result>): Promise<Result> {
  if (!name || !inPage()) return work();
  const locks = (navigator as Partial<Navigator>).locks;
  if (!locks) return withLease(`${name}.lock`, waitMs, work);
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(), waitMs);
  let result: Promise<Result> | undefined;
  const enter = (): Promise<Result> => {
    clearTimeout(timer);
    return (result ??= work());
  };
  return locks.request(name, { signal: waiting.signal }, enter).catch(enter);
}

/** Pages that are not served over HTTPS have no Web Locks; a note in localStorage that runs out by itself does almost as well. */
async function withLease<Result>(key: string, waitMs: number, work: () => Promise<Result>): Promise<Result> {
  const giveUpAt = Date.now() + waitMs;
  const mine = `${giveUpAt} ${Math.random()}`;
  const isMine = (): boolean => localStorage.getItem(key) === mine;
  while (!isMine() && Date.now() < giveUpAt) {
    const leftMs = Number.parseInt(localStorage.getItem(key) ?? '0') - Date.now();
    // One that lasts longer than any of ours was written under another clock.
    const isFree = leftMs <= 0 || leftMs > waitMs;
    if (isFree) localStorage.setItem(key, mine);
    await pause(isFree ? SETTLE_MS : POLL_MS);
  }
  return work().finally(() => {
    if (isMine()) localStorage.removeItem(key);
  });
}
