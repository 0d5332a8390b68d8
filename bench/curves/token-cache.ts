import type { Benchmark } from '../harness/benchmark.js';
import { countText, figureText, megabytes } from '../harness/figures.js';
import { spreadOf } from '../harness/statistics.js';
import { measureApart } from './measuring-process.js';
import type { CachedTokens } from './token-cache-entry.js';

const COUNTS = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000];
/** What the cache holds. */
const CACHED_TOKENS = 10_000;
/** More tokens are measured once, for that takes a minute. */
const MOST_REPEATED = 100_000;
const MOST_ROUNDS = 3;
/** Fewer say little of a first verification: the very first one imports the key. */
const LEAST_VERIFIED = 1000;
const MOST_GROWTH = 1.5;
const MOST_GROWTH_BYTES = 5_000_000;

interface Row {
  readonly count: number;
  readonly hitMicroseconds: number;
  readonly firstMicroseconds: number;
  readonly heapBytes: number;
}

/** @throws Error where more tokens than the cache holds take more of the heap */
function assertBounded(rows: readonly Row[]): void {
  const full = rows.find(({ count }) => count === CACHED_TOKENS)?.heapBytes ?? NaN;
  const mostBytes = full * MOST_GROWTH + MOST_GROWTH_BYTES;
  for (const { count, heapBytes } of rows) {
    if (count <= CACHED_TOKENS || heapBytes < mostBytes) continue;
    throw new Error(`the heap grew by ${figureText(megabytes(heapBytes))} MB over ${countText(count)} tokens, and may by ${figureText(megabytes(mostBytes))} MB`);
  }
}

function findingsOf(rows: readonly Row[]): string[] {
  const least = rows[0];
  const most = rows.at(-1);
  const full = rows.find(({ count }) => count === CACHED_TOKENS);
  if (least === undefined || most === undefined || full === undefined) return [];
  const costs = rows.map(({ hitMicroseconds }) => hitMicroseconds);
  const perTokenBytes = (full.heapBytes - least.heapBytes) / (full.count - least.count);
  return [
    `Verifying a token seen before takes ${figureText(Math.min(...costs))} to ${figureText(Math.max(...costs))} µs, from ${countText(least.count)} to ${countText(most.count)} distinct tokens; the first time, with many under way at once, it takes ${figureText(most.firstMicroseconds)} µs.`,
    `The heap grows by ${figureText(megabytes(full.heapBytes))} MB over ${countText(full.count)} distinct tokens, which is what the cache holds: ${figureText(perTokenBytes)} bytes a token.`,
    ...(most.count > full.count ? [`It grows no further: ${figureText(megabytes(most.heapBytes))} MB after ${countText(most.count)} distinct tokens.`] : []),
  ];
}

/** The cache of verified tokens, from one distinct token to a million. */
export const tokenCache: Benchmark = {
  name: 'token-cache',
  title: 'Tokens seen before, from one to a million',
  run: async (pace, progress) => {
    const isShort = pace.secondsARound < 0.5;
    const counts = COUNTS.filter((count) => !isShort || count <= CACHED_TOKENS);
    const measured = new Map<number, CachedTokens[]>(counts.map((count) => [count, []]));
    const rounds = Math.min(MOST_ROUNDS, pace.rounds);
    for (let round = 1; round <= rounds; round += 1) {
      for (const count of counts) {
        if (round > 1 && count > MOST_REPEATED) continue;
        progress(`round ${round} of ${rounds}, ${countText(count)} tokens`);
        measured.get(count)?.push(await measureApart<CachedTokens>('token-cache-entry.ts', [String(count)], progress));
      }
    }
    const rows: Row[] = [...measured].map(([count, results]) => {
      const medianOf = (figureOf: (result: CachedTokens) => number): number => spreadOf(results.map(figureOf)).median;
      return { count, hitMicroseconds: medianOf((each) => each.hitMicroseconds), firstMicroseconds: medianOf((each) => each.firstMicroseconds), heapBytes: medianOf((each) => each.heapBytes) };
    });
    assertBounded(rows);
    const x = { label: 'distinct tokens', isLogarithmic: true };
    return {
      tables: [
        {
          columns: ['Distinct tokens', 'Seen before, µs', 'First time, µs', 'Heap, MB'],
          rows: rows.map((row) => [
            countText(row.count),
            figureText(row.hitMicroseconds),
            row.count < LEAST_VERIFIED ? '' : figureText(row.firstMicroseconds),
            figureText(megabytes(row.heapBytes)),
          ]),
        },
      ],
      charts: [
        {
          kind: 'lines',
          title: 'Verifying a token seen before',
          x,
          y: { label: 'µs', isLogarithmic: false },
          series: [{ name: 'trpc-jwt-auth', points: rows.map((row) => [row.count, row.hitMicroseconds]) }],
        },
        {
          kind: 'lines',
          title: 'What the cache takes of the heap',
          x,
          y: { label: 'MB', isLogarithmic: false },
          series: [{ name: 'trpc-jwt-auth', points: rows.map((row) => [row.count, megabytes(row.heapBytes)]) }],
        },
      ],
      ratios: [],
      findings: findingsOf(rows),
    };
  },
};
