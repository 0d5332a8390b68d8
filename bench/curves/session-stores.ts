import type { Benchmark, LineChart } from '../harness/benchmark.js';
import { countText, figureText, megabytes } from '../harness/figures.js';
import { measureApart } from './measuring-process.js';
import type { StoredSessions } from './session-stores-entry.js';

const STORES = ['memory', 'SQLite', 'PostgreSQL', 'Redis'];
/** Those that need no server. */
const SHORT_STORES = ['memory', 'SQLite'];
const COUNTS = [1000, 10_000, 100_000, 1_000_000];

interface StoreCurve {
  readonly name: string;
  readonly points: readonly StoredSessions[];
}

const chart = (title: string, curves: readonly StoreCurve[], microsecondsOf: (point: StoredSessions) => number): LineChart => ({
  kind: 'lines',
  title,
  x: { label: 'sessions', isLogarithmic: true },
  y: { label: 'µs', isLogarithmic: true },
  series: curves.map(({ name, points }) => ({ name, points: points.map((point) => [point.count, microsecondsOf(point)]) })),
});

function findingOf({ name, points }: StoreCurve): string {
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined) throw new Error(`${name} was not measured`);
  const held = `${figureText(last.heldBytes / last.count)} bytes a session`;
  if (first === last) return `${name}: a look-up takes ${figureText(last.lookUpMicroseconds)} µs and a rotation ${figureText(last.rotationMicroseconds)} µs with ${countText(last.count)} sessions; ${held}.`;
  return (
    `${name}: from ${countText(first.count)} to ${countText(last.count)} sessions a look-up goes from ${figureText(first.lookUpMicroseconds)} to ${figureText(last.lookUpMicroseconds)} µs, ` +
    `a rotation from ${figureText(first.rotationMicroseconds)} to ${figureText(last.rotationMicroseconds)} µs; ${held}.`
  );
}

/** A look-up, which each protected call adds, and a rotation, which a refresh does, in each store. */
export const sessionStores: Benchmark = {
  name: 'session-stores',
  title: 'Sessions in each store, from a thousand to a million',
  run: async (pace, progress) => {
    const isShort = pace.secondsARound < 0.5;
    const counts = isShort ? COUNTS.slice(0, 1) : COUNTS;
    const curves: StoreCurve[] = [];
    for (const name of isShort ? SHORT_STORES : STORES) {
      curves.push({ name, points: await measureApart<readonly StoredSessions[]>('session-stores-entry.ts', [name, counts.join(',')], progress) });
    }
    const numbers = (point: StoredSessions): string[] => [countText(point.count), figureText(point.lookUpMicroseconds), figureText(point.rotationMicroseconds)];
    return {
      tables: [
        { columns: ['Store', 'Sessions', 'Look-up, µs', 'Rotation, µs'], rows: curves.flatMap(({ name, points }) => points.map((point) => [name, ...numbers(point)])) },
        {
          columns: ['Store', ...counts.map((count) => `${countText(count)} sessions, MB`), 'Bytes a session'],
          rows: curves.map(({ name, points }) => {
            const last = points.at(-1);
            return [name, ...points.map(({ heldBytes }) => figureText(megabytes(heldBytes))), last === undefined ? '' : figureText(last.heldBytes / last.count)];
          }),
        },
      ],
      charts: [chart('Looking up a session', curves, (point) => point.lookUpMicroseconds), chart('Rotating a session', curves, (point) => point.rotationMicroseconds)],
      ratios: [],
      findings: curves.map(findingOf),
    };
  },
};
