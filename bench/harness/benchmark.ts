import type { RatioResult } from './comparison.js';
import type { Pace, Progress } from './turns.js';

/** Bars beside each other, the longest first or as they come. */
export interface BarChart {
  readonly kind: 'bars';
  readonly title: string;
  readonly unit: string;
  readonly bars: readonly { readonly label: string; readonly value: number; readonly least: number; readonly most: number; readonly isOurs: boolean }[];
}

/** Curves over one measure; both axes may be logarithmic. */
export interface LineChart {
  readonly kind: 'lines';
  readonly title: string;
  readonly x: { readonly label: string; readonly isLogarithmic: boolean };
  readonly y: { readonly label: string; readonly isLogarithmic: boolean };
  readonly series: readonly { readonly name: string; readonly points: readonly (readonly [x: number, y: number])[] }[];
}

/** A table of text; the first column names the row. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What a benchmark came to, to be printed and written. */
export interface BenchmarkResult {
  readonly tables: readonly Table[];
  readonly charts: readonly (BarChart | LineChart)[];
  readonly ratios: readonly RatioResult[];
  /** One sentence each, with its figures. */
  readonly findings: readonly string[];
}

/** Something to be measured by its name: `npm run bench -- --only NAME`. */
export interface Benchmark {
  readonly name: string;
  readonly title: string;
  /** @throws Error for a wrong answer, and for what it asserts */
  readonly run: (pace: Pace, progress: Progress) => Promise<BenchmarkResult>;
}
