import type { Clock } from './clock.js';
import type { ReportError } from './ports.js';

const SWEEP_EVERY_MS = 60_000;
const SWEPT_AT_ONCE = 1000;
const MOST_SWEEPS = 10;

/** Removes what has expired from a store, at most once a minute, in bounded batches; nobody waits for it, for what expired is refused whether it is still there or not. */
export function createSweep(deleteExpired: (now: number, limit: number) => Promise<number>, { clock, reportError }: { readonly clock: Clock; readonly reportError: ReportError }): () => void {
  let lastSweptAt = 0;
  const sweep = async (): Promise<void> => {
    for (let batch = 0; batch < MOST_SWEEPS; batch += 1) {
      if ((await deleteExpired(clock(), SWEPT_AT_ONCE)) < SWEPT_AT_ONCE) return;
    }
  };
  return () => {
    if (clock() - lastSweptAt < SWEEP_EVERY_MS) return;
    lastSweptAt = clock();
    sweep().catch(reportError);
  };
}
