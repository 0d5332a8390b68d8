import { barChartSvg } from './bar-chart.js';
import type { BarChart, LineChart } from './benchmark.js';
import { lineChartSvg } from './line-chart.js';

/** A chart as a picture: standalone SVG, readable on light and on dark pages. */
export function chartSvg(chart: BarChart | LineChart): string {
  return chart.kind === 'bars' ? barChartSvg(chart) : lineChartSvg(chart);
}
