import { barPicture } from './bar-chart.js';
import type { BarGroup } from './bar-chart.js';
import type { BarChart, BenchmarkResult } from './benchmark.js';
import { figureText, REQUESTS_PER_SECOND } from './figures.js';

/** How the variants are named that all others are seen against. */
export const UNPROTECTED = 'without authentication';

function groupsOf({ charts, ratios }: BenchmarkResult): BarGroup[] {
  const compared = charts.filter((chart): chart is BarChart => chart.kind === 'bars' && chart.unit === REQUESTS_PER_SECOND);
  return compared.flatMap(({ title, bars }) => {
    const labels = new Set(bars.map(({ label }) => label));
    const here = ratios.filter(({ of, to }) => to.startsWith(UNPROTECTED) && labels.has(of) && labels.has(to));
    const bases = bars.filter(({ label }) => here.some(({ to }) => to === label));
    return bases.map((base) => ({
      heading: title,
      note: `100% is ${figureText(base.value)} ${REQUESTS_PER_SECOND}${base.label === UNPROTECTED ? '' : `, ${base.label}`}`,
      // Of the same rounds: the medians of two variants may be of rounds that the machine did not make alike.
      bars: here
        .filter(({ to }) => to === base.label)
        .flatMap(({ of, ratio: { median, least, most } }) => bars.filter(({ label }) => label === of).map((bar) => ({ ...bar, value: median * 100, least: least * 100, most: most * 100 }))),
    }));
  });
}

/** The throughput that is left of an unprotected endpoint's, for each framework; undefined where none was measured. */
export function summarySvg(results: readonly BenchmarkResult[]): string | undefined {
  const groups = results.flatMap(groupsOf).filter(({ bars }) => bars.length > 0);
  if (groups.length === 0) return undefined;
  return barPicture({
    title: 'What authentication leaves of an endpoint’s throughput',
    subtitle: 'Requests/s as a share of the same endpoint’s without authentication; whiskers from the least to the most',
    groups,
    reference: { value: 100, label: `${UNPROTECTED}, 100%` },
    valueText: (share) => (Number.isFinite(share) ? `${figureText(share < 10 ? share : Math.round(share)).replace(/\.0+$/, '')}%` : '–'),
  });
}
