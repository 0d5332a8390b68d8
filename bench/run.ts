import type { Benchmark } from './harness/benchmark.js';
import { isReached } from './harness/figures.js';
import { FOLDERS, InstallationError, prepareInstallation } from './harness/installation.js';
import { printedResult } from './harness/printed-result.js';
import { startProgress } from './harness/progress-line.js';
import { writeReport } from './harness/report.js';
import { readEntries, withEntry } from './harness/results-file.js';
import { HELP, readOptions, UsageError } from './harness/run-options.js';
import type { RunOptions } from './harness/run-options.js';
import { currentSetting } from './harness/setting.js';

/* The command line of the benchmarks: npm run bench -- --help */

const { stdout, stderr } = process;

function chosen(benchmarks: readonly Benchmark[], { only }: RunOptions): readonly Benchmark[] {
  const names = benchmarks.map(({ name }) => name);
  const unknown = only.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new UsageError(`there is no benchmark ${unknown.join(', ')}; there are ${names.join(', ')}`);
  return only.length === 0 ? benchmarks : benchmarks.filter(({ name }) => only.includes(name));
}

function failureText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Runs them one after the other, a failure or not, and answers whether all went well. */
async function runAll(benchmarks: readonly Benchmark[], all: readonly Benchmark[], { pace, isSmoke, isWritten }: RunOptions): Promise<boolean> {
  const setting = currentSetting(FOLDERS, pace);
  const names = all.map(({ name }) => name);
  // Read now: a file that cannot be read is better known of before the minutes of measuring.
  let entries = isWritten ? readEntries(FOLDERS.bench) : [];
  const progress = startProgress(stderr, benchmarks.length);
  const failed: string[] = [];
  const verdicts: boolean[] = [];
  for (const [index, { name, title, run }] of benchmarks.entries()) {
    try {
      const result = await run(pace, progress.of(name, index + 1));
      progress.clear();
      stdout.write(isSmoke ? `${name}: every answer is right\n` : printedResult(`${name}: ${title}`, result));
      verdicts.push(...result.ratios.map(isReached).filter((reached) => reached !== undefined));
      entries = withEntry(entries, { name, title, setting, result }, names);
      // After each, so that a run that is broken off leaves what it has.
      if (isWritten) writeReport(entries, FOLDERS.bench);
    } catch (error) {
      progress.clear();
      failed.push(name);
      stderr.write(`${name} FAILED: ${failureText(error)}\n`);
    }
  }
  const closing = [
    isSmoke ? `${benchmarks.length - failed.length} of ${benchmarks.length} benchmarks answer right` : `${verdicts.filter(Boolean).length} of ${verdicts.length} ratios reached`,
    ...(failed.length === 0 ? [] : [`FAILED: ${failed.join(' and ')}`]),
    isWritten ? 'report in bench/RESULTS.md' : 'nothing written',
    `${progress.elapsedSeconds()} s`,
  ];
  stdout.write(`${closing.join(', ')}\n`);
  return failed.length === 0;
}

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (options.isHelp) {
    stdout.write(HELP);
    return 0;
  }
  prepareInstallation((what) => stderr.write(`${what}\n`));
  // Not before the package is there, which they import.
  const { benchmarks } = await import('./benchmarks.js');
  if (options.isList) {
    const width = Math.max(...benchmarks.map(({ name }) => name.length));
    stdout.write(benchmarks.map(({ name, title }) => `${name.padEnd(width)}  ${title}\n`).join(''));
    return 0;
  }
  return (await runAll(chosen(benchmarks, options), benchmarks, options)) ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isExpected = error instanceof UsageError || error instanceof InstallationError;
  stderr.write(`${isExpected ? error.message : failureText(error)}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
// Whatever a benchmark has left open would keep it waiting.
process.exit();
