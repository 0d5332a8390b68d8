import { setTimeout as wait } from 'node:timers/promises';

import { greetings } from './cases/express-endpoint.js';
import type { Benchmark, LineChart } from './harness/benchmark.js';
import { figureText, megabytes, ratioText, tickText } from './harness/figures.js';
import { inTurn, LoadTally, openLoad } from './harness/load.js';
import { startServer } from './harness/server-process.js';
import type { ServerProcess } from './harness/server-process.js';
import { spreadOf } from './harness/statistics.js';
import { DEFAULT_CONNECTIONS } from './harness/turns.js';
import type { Progress } from './harness/turns.js';

const SOAK = { warmUpSeconds: 10, windows: 12, windowSeconds: 5 };
const SHORT_SOAK = { warmUpSeconds: 1, windows: 6, windowSeconds: 1 / 3 };
/** Of which a third bring a new token: more than the cache of verified tokens holds, so that it is full. */
const LEAST_WARM_UP_REQUESTS = 36_000;
const MOST_GROWTH_BYTES = 3_000_000;
/** For the server to see that its connections are gone. */
const SETTLE_MS = 100;

interface Window {
  readonly loadedSeconds: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly heapBytes: number;
}

/** A token that was seen before, and one that comes twice, and so is kept, by turns. */
function requestsByTurns() {
  const [seen] = greetings('seen')();
  if (seen === undefined) throw new Error('there is no request');
  return greetings('new')().flatMap((each) => [seen, each, each]);
}

const median = (figures: readonly number[]): number => spreadOf(figures).median;

/** What a figure gains in a minute, by least squares. */
function slopeAMinute(windows: readonly Window[], figureOf: (window: Window) => number): number {
  const mean = (figures: readonly number[]): number => figures.reduce((sum, each) => sum + each, 0) / figures.length;
  const xs = windows.map(({ loadedSeconds }) => loadedSeconds / 60);
  const ys = windows.map(figureOf);
  const [meanX, meanY] = [mean(xs), mean(ys)];
  const spread = xs.reduce((sum, x) => sum + (x - meanX) ** 2, 0);
  return xs.reduce((sum, x, index) => sum + (x - meanX) * ((ys[index] ?? NaN) - meanY), 0) / spread;
}

/** The median of the first third of the windows, and of the last. */
function thirds(windows: readonly Window[], figureOf: (window: Window) => number): { readonly first: number; readonly last: number } {
  const third = Math.ceil(windows.length / 3);
  return { first: median(windows.slice(0, third).map(figureOf)), last: median(windows.slice(-third).map(figureOf)) };
}

async function measureWindows(server: ServerProcess, { warmUpSeconds, windows, windowSeconds }: typeof SOAK, progress: Progress): Promise<Window[]> {
  const next = inTurn(requestsByTurns());
  const run = async (seconds: number): Promise<LoadTally> => {
    // New connections each time, that none is there while the heap is looked at.
    const load = await openLoad({ port: server.listening.port, next, connections: DEFAULT_CONNECTIONS });
    const tally = new LoadTally();
    await load.run(seconds, tally);
    load.close();
    return tally;
  };
  progress('warming up');
  for (let answered = 0; answered < LEAST_WARM_UP_REQUESTS; ) answered += (await run(warmUpSeconds)).requests;
  const measured: Window[] = [];
  let loadedSeconds = 0;
  for (let window = 1; window <= windows; window += 1) {
    progress(`window ${window} of ${windows}`);
    const tally = await run(windowSeconds);
    loadedSeconds += windowSeconds;
    await wait(SETTLE_MS);
    const { heapBytes } = await server.usage({ collectGarbage: true });
    measured.push({ loadedSeconds, requestsPerSecond: tally.requestsPerSecond, p50Ms: tally.percentileMs(50), p99Ms: tally.percentileMs(99), heapBytes });
  }
  return measured;
}

const chart = (title: string, unit: string, windows: readonly Window[], figureOf: (window: Window) => number): LineChart => ({
  kind: 'lines',
  title,
  x: { label: 'seconds of load', isLogarithmic: false },
  y: { label: unit, isLogarithmic: false },
  series: [{ name: 'trpc-jwt-auth', points: windows.map((window) => [window.loadedSeconds, figureOf(window)]) }],
});

/** A protected endpoint under full load for a minute, a third of its requests with a new token: its heap does not grow. */
export const soak: Benchmark = {
  name: 'soak',
  title: 'A protected Express endpoint under full load for a minute',
  run: async (pace, progress) => {
    const server = await startServer({ file: 'express-endpoint', variant: 'ours' }, ['--expose-gc']);
    let windows: readonly Window[];
    try {
      windows = await measureWindows(server, pace.secondsARound < 0.5 ? SHORT_SOAK : SOAK, progress);
    } finally {
      await server.stop();
    }
    const heapMb = (window: Window): number => megabytes(window.heapBytes);
    const p99Ms = (window: Window): number => window.p99Ms;
    const heap = thirds(windows, heapMb);
    if (heap.last - heap.first > megabytes(MOST_GROWTH_BYTES)) {
      throw new Error(`the heap grew from ${figureText(heap.first)} to ${figureText(heap.last)} MB: ${windows.map((window) => figureText(heapMb(window))).join(', ')}`);
    }
    const p99 = thirds(windows, p99Ms);
    const rates = windows.map(({ requestsPerSecond }) => requestsPerSecond);
    const seconds = windows.at(-1)?.loadedSeconds ?? NaN;
    return {
      tables: [
        {
          columns: ['Seconds of load', 'Requests/s', 'p50, ms', 'p99, ms', 'Heap, MB'],
          rows: windows.map((window) => [tickText(window.loadedSeconds), figureText(window.requestsPerSecond), figureText(window.p50Ms), figureText(window.p99Ms), figureText(heapMb(window))]),
        },
      ],
      charts: [chart('Heap after garbage collection', 'MB', windows, heapMb), chart('p99 of each window', 'ms', windows, p99Ms)],
      ratios: [],
      findings: [
        `The heap is flat over ${tickText(seconds)} seconds at ${figureText(median(rates))} requests per second: ${figureText(heap.first)} MB in the median of the first third, ${figureText(heap.last)} MB in that of the last.`,
        `p99 is ${figureText(p99.first)} ms in the median of the first third and ${figureText(p99.last)} ms in that of the last, ${ratioText(p99.last / p99.first)} times; by least squares it gains ${figureText(slopeAMinute(windows, p99Ms))} ms a minute.`,
      ],
    };
  },
};
