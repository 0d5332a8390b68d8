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
    return bases.map((base) => {
      // Where a chart has several that are unprotected, each has those that are measured against it.
      const belongs = (label: string): boolean => bases.length === 1 || here.some(({ of, to }) => of === label && to === base.label);
      const share = (value: number): number => (value / base.value) * 100;
      return {
        heading: title,
        note: `100% is ${figureText(base.value)} ${REQUESTS_PER_SECOND}${base.label === UNPROTECTED ? '' : `, ${base.label}`}`,
        bars: bars
          .filter((bar) => !bases.includes(bar) && belongs(bar.label))
          .map((bar) => ({ ...bar, value: share(bar.value), least: share(bar.least), most: share(bar.most) })),
      };
    });
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
