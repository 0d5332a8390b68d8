import type { Benchmark } from './benchmark.js';
import { runComparison } from './comparison.js';
import type { Comparison } from './comparison.js';
import { figureText, isOurs, rangeText, REQUESTS_PER_SECOND } from './figures.js';

/** A comparison of servers as a benchmark: a table of its figures, and their requests per second as bars. */
export function comparisonBenchmark(comparison: Comparison): Benchmark {
  const { name, title } = comparison;
  return {
    name,
    title,
    run: async (pace, progress) => {
      const { variants, ratios } = await runComparison(comparison, pace, progress);
      const rows = variants.map(({ name: variant, requestsPerSecond, cpuMicroseconds, p50Ms, p99Ms }) => [
        variant,
        figureText(requestsPerSecond.median),
        rangeText(requestsPerSecond),
        figureText(cpuMicroseconds.median),
        figureText(p50Ms),
        figureText(p99Ms),
      ]);
      const bars = variants.map(({ name: label, requestsPerSecond: { median, least, most } }) => ({ label, value: median, least, most, isOurs: isOurs(label) }));
      return {
        tables: [{ columns: ['variant', REQUESTS_PER_SECOND, 'least–most', 'server CPU, µs a request', 'p50, ms', 'p99, ms'], rows }],
        charts: [{ kind: 'bars', title, unit: REQUESTS_PER_SECOND, bars }],
        ratios,
        findings: [],
      };
    },
  };
}
