import type { Clock } from './clock.js';
import { AuthError, ConfigurationError } from './errors.js';
import type { KeyRing, KeySet } from './keys.js';
import type { ReportError } from './ports.js';
import { guardedReport, systemReport } from './report.js';

/** When keys are loaded again. */
export interface KeySourceOptions {
  /** How old keys may get before they are loaded again, in seconds. Twice as old, a request waits for the newer ones: a removed key is good no longer than that. @default 300 */
  readonly reloadSeconds?: number;
  /** For how long after one look for a `kid` that was not there no other is made, in seconds; forged kids cost no more than that. @default 30 */
  readonly cooldownSeconds?: number;
  /** How old keys may get while they cannot be loaded, in seconds; then tokens are answered 503. @default 86400 */
  readonly staleSeconds?: number;
  /** How long loading may take, in milliseconds. @default 5000 */
  readonly timeoutMs?: number;
  /** The time in epoch milliseconds, for tests. @default Date.now */
  readonly clock?: Clock;
  /** Receives why keys could not be loaded. @default one line on console.error */
  readonly reportError?: ReportError;
}

/** The names of KeySourceOptions. */
export const SOURCE_OPTIONS: readonly string[] = ['reloadSeconds', 'cooldownSeconds', 'staleSeconds', 'timeoutMs', 'clock', 'reportError'];

/** Keys kept up to date. */
export interface KeySource extends KeyRing {
  readonly lookAgain: () => Promise<KeySet>;
  readonly reload: () => Promise<void>;
}

// After a failure; a source that is down is not asked for each request, and one that is up again is soon found.
const RETRY_MS = 1000;
// A timer counts no further, and takes what is more for 1.
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * Loads a set of keys when first asked, and again as it ages. Loading happens once at a time, whoever asks, and never on a timer: a process that
 * is asked for nothing does nothing.
 *
 * @param load - gives the set; the same object where nothing has changed
 * @param maker - the function the options were given to, for messages
 */
export function createKeySource(load: (timeoutMs: number) => Promise<KeySet>, maker: string, options: KeySourceOptions): KeySource {
  const { reloadMs, cooldownMs, staleMs, timeoutMs, clock, report } = resolveOptions(maker, options);
  let known: { readonly set: KeySet; readonly loadedAt: number } | undefined;
  let loading: Promise<KeySet> | undefined;
  let looking: Promise<KeySet> | undefined;
  let failedAt = Number.NEGATIVE_INFINITY;
  let lookedAt = Number.NEGATIVE_INFINITY;

  // A clock that was set back must not keep old keys young.
  const since = (then: number): number => {
    const passed = clock() - then;
    return passed < 0 ? Number.POSITIVE_INFINITY : passed;
  };
  const loadNow = (): Promise<KeySet> => {
    // Keys are as old as the question: one taken out while the answer was on its way is in it still.
    const askedAt = clock();
    return within(timeoutMs, maker, load)
      .then((set) => {
        known = { set, loadedAt: askedAt };
        failedAt = Number.NEGATIVE_INFINITY;
        return set;
      })
      .catch((error: unknown) => {
        failedAt = clock();
        report(error);
        throw new AuthError('STORE_UNAVAILABLE');
      })
      .finally(() => {
        loading = undefined;
      });
  };
  const loadOnce = (): Promise<KeySet> => (loading ??= loadNow());
  /** One under way may have read what was there before a change. */
  const loadAnew = async (): Promise<KeySet> => {
    await loading?.catch(() => undefined);
    return loadOnce();
  };
  /** The keys there are, for want of newer ones. */
  const fallback = (): KeySet => {
    if (known !== undefined && since(known.loadedAt) < staleMs) return known.set;
    throw new AuthError('STORE_UNAVAILABLE');
  };

  return {
    current: () => {
      if (known === undefined) return since(failedAt) < RETRY_MS ? fallback() : loadOnce();
      const age = since(known.loadedAt);
      if (age < reloadMs) return known.set;
      // Whoever can be served waits for newer keys only where there is hope of them.
      const isFailing = failedAt > Number.NEGATIVE_INFINITY;
      const loaded = isFailing && since(failedAt) < RETRY_MS ? undefined : loadOnce();
      if (loaded === undefined) return fallback();
      if (age < staleMs && (isFailing || age < 2 * reloadMs)) {
        // Reported where it failed.
        loaded.catch(() => undefined);
        return fallback();
      }
      return loaded.catch(fallback);
    },
    lookAgain: async () => {
      // Whoever asks meanwhile waits as well: after a rotation many tokens of the new key come at once.
      if (looking !== undefined) return looking;
      if (known !== undefined && (since(lookedAt) < cooldownMs || since(failedAt) < RETRY_MS)) return known.set;
      lookedAt = clock();
      looking = loadAnew()
        .catch(fallback)
        .finally(() => {
          looking = undefined;
        });
      return looking;
    },
    reload: async () => {
      await loadAnew();
    },
  };
}

async function within(timeoutMs: number, maker: string, load: (timeoutMs: number) => Promise<KeySet>): Promise<KeySet> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    return await Promise.race([
      load(timeoutMs),
      new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(Object.assign(new Error(`${maker}: the keys were not there within ${timeoutMs} ms.`), { code: 'KEYS_TIMEOUT' })), timeoutMs);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}

function resolveOptions(maker: string, options: KeySourceOptions) {
  const amount = (name: 'reloadSeconds' | 'cooldownSeconds' | 'staleSeconds' | 'timeoutMs', fallback: number, least: number): number => {
    const value: unknown = options[name] ?? fallback;
    if (typeof value !== 'number' || !Number.isFinite(value) || value < least) throw new ConfigurationError(`${maker}: ${name} is ${String(value)}; give a number from ${least}.`);
    return value;
  };
  const callable = <Given>(name: 'clock' | 'reportError', value: Given): Given => {
    if (typeof value !== 'function') throw new ConfigurationError(`${maker}: ${name} is not a function; give one, or leave it out.`);
    return value;
  };
  const reloadMs = amount('reloadSeconds', 300, 1) * 1000;
  const staleMs = amount('staleSeconds', 86_400, 1) * 1000;
  if (staleMs < 2 * reloadMs) throw new ConfigurationError(`${maker}: staleSeconds is under twice reloadSeconds, when keys are still waited for; raise it, or lower reloadSeconds.`);
  return {
    reloadMs,
    staleMs,
    cooldownMs: amount('cooldownSeconds', 30, 1) * 1000,
    timeoutMs: Math.min(Math.floor(amount('timeoutMs', 5000, 1)), LONGEST_TIMEOUT_MS),
    clock: callable('clock', options.clock ?? Date.now),
    report: guardedReport(callable('reportError', options.reportError ?? systemReport)),
  };
}
