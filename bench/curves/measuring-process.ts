import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { Progress } from '../harness/turns.js';

type Report<Measured> = { readonly progress: string } | { readonly measured: Measured };

/** Runs a file beside this one in a process of its own, whose heap nobody else has used, and gives what it measures. @throws Error where it fails */
export function measureApart<Measured>(file: string, fileArguments: readonly string[], progress: Progress): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL(file, import.meta.url)), fileArguments, { execArgv: ['--import', 'tsx', '--expose-gc'], serialization: 'advanced' });
    let result: { readonly measured: Measured } | undefined;
    child.on('message', (report: Report<Measured>) => {
      if ('measured' in report) result = report;
      else progress(report.progress);
    });
    child.once('error', reject);
    // Not before it is gone, so that it takes nothing from what is measured next.
    child.once('exit', (code, signal) => {
      if (result !== undefined && code === 0) resolve(result.measured);
      else reject(new Error(`${file} ${fileArguments.join(' ')} ended with ${String(code ?? signal)}`));
    });
  });
}

/** The other side of it: measures, and tells who started this process. */
export async function tellMeasured<Measured extends object>(measure: (progress: Progress) => Promise<Measured>): Promise<void> {
  const tell = (report: Report<Measured>, told?: () => void): void => void process.send?.(report, undefined, undefined, told);
  // Through exit, which ends the database servers that were started here.
  process.once('disconnect', () => process.exit());
  process.once('SIGINT', () => process.exit(130));
  const measured = await measure((what) => tell({ progress: what }));
  tell({ measured }, () => process.disconnect?.());
}
