/** An axis: its ticks, and where a value is between its ends, from 0 to 1. */
export interface Axis {
  readonly ticks: readonly number[];
  readonly place: (value: number) => number;
}

const MOST_TICKS = 7;

/** The step of 1, 2 or 5 that makes about five of a span. */
function roundStep(span: number): number {
  const raw = span / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  return ([1, 2, 5].find((digit) => digit * power >= raw * (1 - 1e-9)) ?? 10) * power;
}

/** An axis in even steps, from nought where it is wanted, and to round figures. */
export function linearAxis(values: readonly number[], { fromZero }: { readonly fromZero: boolean }): Axis {
  const least = Math.min(...values, ...(fromZero ? [0] : []));
  const most = Math.max(...values, ...(fromZero ? [0] : []));
  const step = roundStep(most > least ? most - least : Math.abs(most) || 1);
  const first = Math.floor(least / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(most / step - 1e-9));
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
  return { ticks, place: (value) => (value / step - first) / (last - first) };
}

/** The round figures that enclose others, each a digit and noughts. */
function roundFigures(digits: readonly number[], least: number, most: number): number[] {
  const [firstPower, lastPower] = [Math.floor(Math.log10(least)) - 1, Math.ceil(Math.log10(most)) + 1];
  const round = Array.from({ length: lastPower - firstPower + 1 }, (_, index) => digits.map((digit) => Number(`${digit}e${firstPower + index}`))).flat();
  const start = round.findLastIndex((each) => each <= least * (1 + 1e-9));
  const end = round.findIndex((each) => each >= most * (1 - 1e-9));
  return round.slice(start, Math.max(start + 1, end) + 1);
}

const isPowerOfTen = (value: number): boolean => Number.isInteger(Number(Math.log10(value).toFixed(9)));

/** An axis whose decades are all of one length, from and to a round figure. */
export function logarithmicAxis(values: readonly number[]): Axis {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const coarse = roundFigures([1, 2, 5], least, most);
  const inside = coarse.length < 4 ? roundFigures([1, 2, 3, 4, 5, 6, 7, 8, 9], least, most) : coarse;
  const powers = inside.filter(isPowerOfTen);
  const ticks = inside.length <= MOST_TICKS ? inside : powers.filter((_, index) => index % Math.ceil(powers.length / MOST_TICKS) === 0);
  const [from, to] = [Math.log10(inside[0] ?? 1), Math.log10(inside.at(-1) ?? 10)];
  return { ticks, place: (value) => (Math.log10(value) - from) / (to - from) };
}
