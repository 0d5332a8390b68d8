import { linearAxis, logarithmicAxis } from './axis.js';
import type { Axis } from './axis.js';
import type { LineChart } from './benchmark.js';
import { isOurs, tickText } from './figures.js';
import { spreadLabels } from './label-spread.js';
import { card, COLOURS, element, HEAD_HEIGHT, lineFrom, PADDING, textAt, textWidth, WIDTH, wrapped } from './svg.js';

type Point = readonly [x: number, y: number];

interface Curve {
  readonly points: readonly Point[];
  readonly label: readonly string[];
  readonly colour: string;
  readonly labelColour: string;
  readonly isBold: boolean;
  readonly dashes: string;
}

interface Plot {
  readonly left: number;
  readonly right: number;
  readonly across: Axis;
  readonly up: Axis;
  readonly atX: (value: number) => number;
  readonly atY: (value: number) => number;
}

const TOP = HEAD_HEIGHT + 8;
const BOTTOM = TOP + 290;
const MOST_LABEL_WIDTH = 200;
const LABEL_SIZE = 12.5;
const LABEL_LINE_HEIGHT = 15;
const LABEL_GAP = 28;
const TICK = { size: 12, colour: COLOURS.quiet } as const;
const MOST_MARKED = 24;
const OUR_COLOURS = [COLOURS.ours, '#1e2f80', '#7a5af0'] as const;
const OTHER_COLOURS = ['#6e7781', '#98a1ab', '#424a53'] as const;
const OTHER_DASHES = ['', '7 4', '2 4', '10 4 2 4'] as const;
const COLOURS_OF_ONE_KIND = [COLOURS.ours, '#c2410c', '#0f766e', '#7e22ce', '#a16207', '#be185d', '#4b5563'] as const;

/** Ours stand out against others; where there are no others, each has a colour. */
function curvesOf({ series, x, y }: LineChart): Curve[] {
  const canBeDrawn = ([across, up]: Point): boolean => Number.isFinite(across) && Number.isFinite(up) && (!x.isLogarithmic || across > 0) && (!y.isLogarithmic || up > 0);
  const areOneKind = new Set(series.map(({ name }) => isOurs(name))).size < 2;
  const seen = { ours: 0, others: 0 };
  const styleOf = (name: string, index: number): Pick<Curve, 'colour' | 'isBold' | 'dashes'> => {
    if (areOneKind) return { colour: COLOURS_OF_ONE_KIND[index % COLOURS_OF_ONE_KIND.length] ?? COLOURS.ours, isBold: series.length === 1, dashes: '' };
    if (isOurs(name)) return { colour: OUR_COLOURS[seen.ours++ % OUR_COLOURS.length] ?? COLOURS.ours, isBold: true, dashes: '' };
    const nth = seen.others++;
    return { colour: OTHER_COLOURS[nth % OTHER_COLOURS.length] ?? COLOURS.quiet, isBold: false, dashes: OTHER_DASHES[nth % OTHER_DASHES.length] ?? '' };
  };
  return series
    .map(({ name, points }, index) => {
      const style = styleOf(name, index);
      return {
        ...style,
        points: points.filter(canBeDrawn).sort(([a], [b]) => a - b),
        label: wrapped(name, MOST_LABEL_WIDTH, LABEL_SIZE, style.isBold),
        labelColour: areOneKind || isOurs(name) ? style.colour : COLOURS.quiet,
      };
    })
    .filter(({ points }) => points.length > 0);
}

function plotOf(curves: readonly Curve[], { x, y }: LineChart): Plot {
  const points = curves.flatMap((curve) => curve.points);
  const across = x.isLogarithmic ? logarithmicAxis(points.map(([value]) => value)) : linearAxis(points.map(([value]) => value), { fromZero: false });
  const up = y.isLogarithmic ? logarithmicAxis(points.map(([, value]) => value)) : linearAxis(points.map(([, value]) => value), { fromZero: true });
  const left = PADDING + Math.max(...up.ticks.map((tick) => textWidth(tickText(tick), TICK.size))) + 8;
  const right = WIDTH - PADDING - LABEL_GAP - Math.max(...curves.flatMap(({ label, isBold }) => label.map((line) => textWidth(line, LABEL_SIZE, isBold))));
  return { left, right, across, up, atX: (value) => left + across.place(value) * (right - left), atY: (value) => BOTTOM - up.place(value) * (BOTTOM - TOP) };
}

function axes({ left, right, across, up, atX, atY }: Plot, xLabel: string): string[] {
  return [
    ...up.ticks.flatMap((tick) => [lineFrom(left, atY(tick), right, atY(tick), { stroke: COLOURS.grid }), textAt(left - 8, atY(tick) + 4, tickText(tick), { ...TICK, anchor: 'end' })]),
    ...across.ticks.flatMap((tick) => [lineFrom(atX(tick), BOTTOM, atX(tick), BOTTOM + 5, { stroke: COLOURS.axis }), textAt(atX(tick), BOTTOM + 20, tickText(tick), { ...TICK, anchor: 'middle' })]),
    lineFrom(left, BOTTOM, right, BOTTOM, { stroke: COLOURS.axis }),
    textAt((left + right) / 2, BOTTOM + 42, xLabel, { ...TICK, anchor: 'middle' }),
  ];
}

function curveShape({ points, colour, isBold, dashes }: Curve, { atX, atY }: Plot): string[] {
  const path = points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${atX(x).toFixed(2)} ${atY(y).toFixed(2)}`).join('');
  const style = { fill: 'none', stroke: colour, 'stroke-width': isBold ? 2.75 : 2, 'stroke-linejoin': 'round', 'stroke-linecap': 'round', ...(dashes !== '' && { 'stroke-dasharray': dashes }) };
  const marked = points.length <= MOST_MARKED ? points : [];
  return [element('path', { d: path, ...style }), ...marked.map(([x, y]) => element('circle', { cx: atX(x), cy: atY(y), r: 3.25, fill: colour, stroke: COLOURS.ground, 'stroke-width': 1.25 }))];
}

function labels(curves: readonly Curve[], { right, atX, atY }: Plot): string[] {
  const ends = curves.map(({ points }) => points.at(-1) ?? ([0, 0] as const));
  const wanted = curves.map(({ label }, index) => ({ wanted: atY(ends[index]?.[1] ?? 0), height: label.length * LABEL_LINE_HEIGHT + 4 }));
  const middles = spreadLabels(wanted, TOP - 12, BOTTOM + 12);
  return curves.flatMap(({ label, colour, labelColour, isBold }, index) => {
    const middle = middles[index] ?? TOP;
    const start = atX(ends[index]?.[0] ?? 0) + 6;
    const level = (wanted[index]?.wanted ?? 0).toFixed(2);
    const leader = `M${start.toFixed(2)} ${level}H${Math.max(start, right + 8).toFixed(2)}L${(right + LABEL_GAP - 5).toFixed(2)} ${middle.toFixed(2)}`;
    const firstLine = middle + 4.25 - ((label.length - 1) * LABEL_LINE_HEIGHT) / 2;
    return [
      element('path', { d: leader, fill: 'none', stroke: colour, 'stroke-opacity': 0.5 }),
      ...label.map((line, nth) => textAt(right + LABEL_GAP, firstLine + nth * LABEL_LINE_HEIGHT, line, { size: LABEL_SIZE, colour: labelColour, isBold })),
    ];
  });
}

/** Draws curves, each named at its end. */
export function lineChartSvg(chart: LineChart): string {
  const { title, series } = chart;
  const nameOf = ({ label, isLogarithmic }: LineChart['x']): string => label + (isLogarithmic ? ' (logarithmic)' : '');
  const curves = curvesOf(chart);
  const missing = series.reduce((sum, { points }) => sum + points.length, 0) - curves.reduce((sum, { points }) => sum + points.length, 0);
  const subtitle = nameOf(chart.y) + (missing === 0 ? '' : `; points that have no place on the axes: ${missing}`);
  if (curves.length === 0) return card({ title, subtitle, height: HEAD_HEIGHT + 40, content: [textAt(PADDING, HEAD_HEIGHT + 14, 'No points to draw.', { colour: COLOURS.quiet })] });
  const plot = plotOf(curves, chart);
  // Ours last, and so above the others.
  const shapes = [...curves].sort((a, b) => Number(a.isBold) - Number(b.isBold)).flatMap((curve) => curveShape(curve, plot));
  return card({ title, subtitle, height: BOTTOM + 60, content: [...axes(plot, nameOf(chart.x)), ...shapes, ...labels(curves, plot)] });
}
