import { ConfigurationError } from './errors.js';
import type { ReportError } from './ports.js';

/**
 * The default for unexpected errors: one line with the error's kind.
 * Its message may quote a query with a password or a hash in it, its stack a path; only our own messages are known to be safe.
 */
export function systemReport(error: unknown): void {
  // eslint-disable-next-line no-console -- the app gave no reportError, and an error must not vanish
  console.error(`trpc-jwt-auth: ${kindOf(error)}; set reportError to see the whole of it`);
}

/** A reporter that never throws: what reports a failure must not be a second one. */
export function guardedReport(report: ReportError): ReportError {
  return guarded(report, systemReport);
}

/** A callback of the app's that is told and not awaited; what it throws, now or later, goes to `report`. */
export function guarded<Told>(callback: (told: Told) => unknown, report: ReportError): (told: Told) => void {
  return (told) => {
    try {
      Promise.resolve(callback(told)).catch(report);
    } catch (thrown) {
      report(thrown);
    }
  };
}

function kindOf(error: unknown): string {
  if (error instanceof ConfigurationError) return `ConfigurationError: ${error.message}`;
  if (!(error instanceof Error)) return `something thrown that is no Error (${typeof error})`;
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
  return `unexpected ${error.name}${code}`.replaceAll(/[^\w ().:-]/g, '?').slice(0, 200);
}
