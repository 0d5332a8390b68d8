import type { BarChart } from './benchmark.js';
import { figureText } from './figures.js';
import { card, COLOURS, element, HEAD_HEIGHT, lineFrom, PADDING, textAt, textWidth, WIDTH, wrapped } from './svg.js';

type Bar = BarChart['bars'][number];

/** Bars under a heading of their own. */
export interface BarGroup {
  readonly heading?: string;
  readonly note?: string;
  readonly bars: readonly Bar[];
}

/** Bars, and how they are shown. */
export interface BarPicture {
  readonly title: string;
  readonly subtitle: string;
  readonly groups: readonly BarGroup[];
  /** A value that all bars are seen against, as a line down the picture. */
  readonly reference?: { readonly value: number; readonly label: string };
  readonly valueText: (value: number) => string;
}

interface Scale {
  readonly left: number;
  readonly at: (value: number) => number;
}

const ROW_HEIGHT = 32;
const BAR_HEIGHT = 18;
const LINE_HEIGHT = 15;
const GROUP_GAP = 18;
const HEADING_HEIGHT = 26;
const MOST_LABEL_WIDTH = 270;
const LABEL_GAP = 12;
const CORNER = 4;
const CAP = 4;

const hasWhisker = ({ least, most }: Bar): boolean => Number.isFinite(least) && Number.isFinite(most) && most > least;

function scaleOf({ groups, reference, valueText }: BarPicture): Scale {
  const bars = groups.flatMap((group) => group.bars);
  const labelWidth = Math.min(MOST_LABEL_WIDTH, Math.max(0, ...bars.map(({ label, isOurs }) => textWidth(label, 13, isOurs))));
  const left = PADDING + labelWidth + LABEL_GAP;
  const most = Math.max(...[reference?.value ?? 0, ...bars.flatMap((bar) => [bar.value, bar.most])].filter(Number.isFinite), 0);
  const valueWidth = Math.max(0, ...bars.map((bar) => textWidth(valueText(bar.value), 13, true)));
  const right = WIDTH - PADDING - valueWidth - LABEL_GAP;
  return { left, at: (value) => left + (most > 0 && value > 0 ? (Math.min(value, most) / most) * (right - left) : 0) };
}

/** Round on the right alone: on the left it stands on the line of nought. */
function barPath(left: number, right: number, top: number): string {
  const corner = Math.min(CORNER, right - left);
  const bottom = top + BAR_HEIGHT;
  return `M${left} ${top}H${(right - corner).toFixed(2)}q${corner} 0 ${corner} ${corner}V${bottom - corner}q0 ${corner} ${-corner} ${corner}H${left}z`;
}

function whisker({ least, most }: Bar, { at }: Scale, middle: number): string[] {
  const [from, to] = [at(least), at(most)];
  const path = `M${from.toFixed(2)} ${middle}H${to.toFixed(2)}M${from.toFixed(2)} ${middle - CAP}v${2 * CAP}M${to.toFixed(2)} ${middle - CAP}v${2 * CAP}`;
  // Seen on a bar of any colour.
  const halo = element('path', { d: path, fill: 'none', stroke: COLOURS.ground, 'stroke-width': 3.5, 'stroke-opacity': 0.85 });
  return [halo, element('path', { d: path, fill: 'none', stroke: COLOURS.ink, 'stroke-width': 1.25, 'stroke-opacity': 0.75 })];
}

function barRow(bar: Bar, { scale, top, height, valueText }: { readonly scale: Scale; readonly top: number; readonly height: number; readonly valueText: (value: number) => string }): string[] {
  const { label, value, most, isOurs } = bar;
  const middle = top + height / 2;
  const colour = isOurs ? COLOURS.ours : COLOURS.ink;
  const lines = wrapped(label, MOST_LABEL_WIDTH, 13, isOurs);
  const firstLine = middle + 4.5 - ((lines.length - 1) * LINE_HEIGHT) / 2;
  const end = scale.at(value);
  const parts = lines.map((line, index) => textAt(scale.left - LABEL_GAP, firstLine + index * LINE_HEIGHT, line, { colour, isBold: isOurs, anchor: 'end' }));
  if (value > 0) parts.push(element('path', { d: barPath(scale.left, end, middle - BAR_HEIGHT / 2), fill: isOurs ? COLOURS.ours : COLOURS.other }));
  if (hasWhisker(bar)) parts.push(...whisker(bar, scale, middle));
  const labelled = hasWhisker(bar) ? Math.max(end, scale.at(most)) : end;
  parts.push(textAt(labelled + 8, middle + 4.5, valueText(value), { colour, isBold: isOurs, hasHalo: true }));
  return parts;
}

/** Draws bars in groups, with a whisker from the least to the most on each. */
export function barPicture(picture: BarPicture): string {
  const { title, subtitle, groups, reference, valueText } = picture;
  const scale = scaleOf(picture);
  const content: string[] = [];
  const top = HEAD_HEIGHT + (reference === undefined ? 0 : 18);
  let y = top;
  for (const [index, { heading, note, bars }] of groups.entries()) {
    if (index > 0) y += GROUP_GAP;
    if (heading !== undefined) {
      content.push(textAt(PADDING, y + 15, heading, { size: 13.5, isBold: true, hasHalo: true }));
      if (note !== undefined) content.push(textAt(PADDING + textWidth(heading, 13.5, true) + 12, y + 15, note, { size: 12, colour: COLOURS.quiet, hasHalo: true }));
      y += HEADING_HEIGHT;
    }
    const first = y;
    for (const bar of bars) {
      const height = Math.max(ROW_HEIGHT, wrapped(bar.label, MOST_LABEL_WIDTH, 13, bar.isOurs).length * LINE_HEIGHT + 8);
      content.push(...barRow(bar, { scale, top: y, height, valueText }));
      y += height;
    }
    content.push(lineFrom(scale.left, first, scale.left, y, { stroke: COLOURS.axis }));
  }
  if (reference !== undefined) {
    const x = scale.at(reference.value);
    const line = lineFrom(x, top - 8, x, y, { stroke: COLOURS.quiet, 'stroke-dasharray': '2 4' });
    const label = textAt(x, top - 14, reference.label, { size: 12, colour: COLOURS.quiet, anchor: 'end' });
    content.unshift(line, label);
  }
  return card({ title, subtitle, height: y + PADDING - 4, content });
}

/** Draws a chart of bars, in the order they come. */
export function barChartSvg({ title, unit, bars }: BarChart): string {
  const subtitle = bars.some(hasWhisker) ? `${unit}; a bar is the median, its whisker goes from the least to the most` : unit;
  return barPicture({ title, subtitle, groups: [{ bars }], valueText: figureText });
}
