import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { BenchmarkResult } from './benchmark.js';
import type { Setting } from './setting.js';

/** A benchmark's figures, with the setting that they were measured in. */
export interface Entry {
  readonly name: string;
  readonly title: string;
  readonly setting: Setting;
  readonly result: BenchmarkResult;
}

/** Where pictures and raw figures are, in the folder of the report. */
export const RESULTS_FOLDER = 'results';

const fileIn = (folder: string): string => join(folder, RESULTS_FOLDER, 'results.json');

/** The figures that were written last; none where nothing was. @throws Error for a file that is not one of these */
export function readEntries(folder: string): readonly Entry[] {
  const file = fileIn(folder);
  if (!existsSync(file)) return [];
  const { entries } = JSON.parse(readFileSync(file, 'utf8')) as { readonly entries?: readonly Entry[] };
  if (!Array.isArray(entries)) throw new Error('bench/results/results.json has no entries; delete it, and measure again');
  return entries as readonly Entry[];
}

/** The entries with one put in place of its namesake, in the order of the names, and without those that have none of them. */
export function withEntry(entries: readonly Entry[], entry: Entry, names: readonly string[]): readonly Entry[] {
  return names.flatMap((name) => (name === entry.name ? [entry] : entries.filter((each) => each.name === name)));
}

/** Writes the raw figures. */
export function writeEntries(entries: readonly Entry[], folder: string): void {
  mkdirSync(join(folder, RESULTS_FOLDER), { recursive: true });
  writeFileSync(fileIn(folder), `${JSON.stringify({ entries }, undefined, 2)}\n`);
}
