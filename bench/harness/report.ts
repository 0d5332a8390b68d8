import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { BarChart, LineChart, Table } from './benchmark.js';
import { chartSvg } from './chart.js';
import { startsOf } from './comparison.js';
import type { RatioResult } from './comparison.js';
import { isReached, ratioName, ratioText, wantedText } from './figures.js';
import { RESULTS_FOLDER, writeEntries } from './results-file.js';
import type { Entry } from './results-file.js';
import type { Setting } from './setting.js';
import { summarySvg } from './summary-chart.js';

/** The ratios' table, as it is printed and written; the case is left out where there is but one. */
export function ratioTable(ratios: readonly RatioResult[], reached: { readonly yes: string; readonly no: string }): Table {
  const rows = ratios.map((each) => {
    const { least, most, ratio } = each;
    const wanted = least ?? most;
    const verdict = { true: reached.yes, false: reached.no, undefined: '–' }[`${isReached(each)}`];
    return [ratioName(each), ratioText(ratio.median, wanted), `${ratioText(ratio.least)}–${ratioText(ratio.most)}`, wantedText(each), verdict];
  });
  return { columns: ['A / B', 'median', 'least–most', 'wanted', 'reached'], rows };
}

const cellText = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function markdownTable({ columns, rows }: Table, leftAligned = 1): string {
  const row = (cells: readonly string[]): string => `| ${cells.map(cellText).join(' | ')} |`;
  return [row(columns), `|${columns.map((_, index) => (index < leftAligned ? '---' : '---:')).join('|')}|`, ...rows.map(row)].join('\n');
}

const dayOf = ({ measuredAt }: Setting): string => measuredAt.slice(0, 10);
const machineText = ({ machine: { cpu, cores, memoryGb, system, node } }: Setting): string => `${cpu} × ${cores} cores, ${memoryGb} GB, ${system}, Node ${node.replace(/^v/, '')}`;
const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
const paceText = ({ pace: { rounds, secondsARound } }: Setting): string => `${counted(rounds, 'round')} of ${secondsARound} s`;
const versionsText = (versions: Setting['versions']): string => Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(', ');

/** What a section's figures have of their own, where not all were measured at one go. */
function ownSetting({ setting }: Entry, newest: Setting, areOfOneDay: boolean): string {
  const versions = Object.fromEntries(Object.entries(setting.versions).filter(([name, version]) => newest.versions[name] !== version));
  const parts = [
    ...(machineText(setting) === machineText(newest) ? [] : [`on ${machineText(setting)}`]),
    ...(paceText(setting) === paceText(newest) ? [] : [`in ${paceText(setting)}`]),
    ...(Object.keys(versions).length === 0 ? [] : [`with ${versionsText(versions)}`]),
  ];
  return areOfOneDay && parts.length === 0 ? '' : `Measured on ${[dayOf(setting), ...parts].join(', ')}.`;
}

function imageOf({ title }: BarChart | LineChart, file: string): string {
  return `![${title.replace(/[[\]]/g, '\\$&')}](${RESULTS_FOLDER}/${file})`;
}

function section(entry: Entry, files: readonly string[], setting: string): string[] {
  const { title, result } = entry;
  return [
    `## ${title}`,
    setting,
    ...result.charts.map((chart, index) => imageOf(chart, files[index] ?? '')),
    ...result.tables.map((table) => markdownTable(table)),
    result.findings.map((finding) => `- ${finding}`).join('\n'),
  ];
}

function head(newest: Setting, areOfOneDay: boolean, hasSummary: boolean): string[] {
  return [
    '# Benchmarks',
    'Measured and written by `npm run bench`; the raw figures are in [results.json](results/results.json).',
    [
      `- Date: ${dayOf(newest)}${areOfOneDay ? '' : ', some before that, as their sections say'}`,
      `- Machine: ${machineText(newest)}`,
      `- Versions: ${versionsText(newest.versions)}`,
      `- Pace: ${paceText(newest)} for each variant, in turns on one machine, over ${counted(startsOf(newest.pace.rounds), 'start')} of each server; servers and load share its cores`,
    ].join('\n'),
    hasSummary ? `![The share of an unprotected endpoint's throughput that is kept, by framework](${RESULTS_FOLDER}/summary.svg)` : '',
  ];
}

function ratioSection(entries: readonly Entry[]): string[] {
  const tables = entries.map(({ title, result }) => ({ title, table: ratioTable(result.ratios, { yes: 'yes', no: '**no**' }) }));
  const rows = tables.flatMap(({ title, table }) => table.rows.map((row) => [title, ...row]));
  if (rows.length === 0) return [];
  const columns = ['case', ...(tables[0]?.table.columns ?? [])];
  return ['## Ratios', 'Requests per second of A over those of B (of the login flood, p99 over p99), of the same round: the median of the rounds, and the least and the most.', markdownTable({ columns, rows }, 2)];
}

const fileName = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]+/g, '-');

/** Writes RESULTS.md, its pictures and the raw figures into a folder, for all the entries that there are. */
export function writeReport(entries: readonly Entry[], folder: string): void {
  const newest = entries.map(({ setting }) => setting).sort((a, b) => a.measuredAt.localeCompare(b.measuredAt)).at(-1);
  if (newest === undefined) return;
  const pictures = new Map<string, string>();
  const summary = summarySvg(entries.map(({ result }) => result));
  if (summary !== undefined) pictures.set('summary.svg', summary);
  const areOfOneDay = entries.every(({ setting }) => dayOf(setting) === dayOf(newest));
  const sections = entries.flatMap((entry) => {
    const files = entry.result.charts.map((chart, index) => {
      const file = `${fileName(entry.name)}.${index + 1}.svg`;
      pictures.set(file, chartSvg(chart));
      return file;
    });
    return section(entry, files, ownSetting(entry, newest, areOfOneDay));
  });
  const blocks = [...head(newest, areOfOneDay, summary !== undefined), ...ratioSection(entries), ...sections].filter((block) => block !== '');

  const resultsFolder = join(folder, RESULTS_FOLDER);
  mkdirSync(resultsFolder, { recursive: true });
  const stale = readdirSync(resultsFolder).filter((file) => file.endsWith('.svg') && !pictures.has(file));
  for (const file of stale) rmSync(join(resultsFolder, file));
  for (const [file, svg] of pictures) writeFileSync(join(resultsFolder, file), svg);
  writeEntries(entries, folder);
  writeFileSync(join(folder, 'RESULTS.md'), `${blocks.join('\n\n')}\n`);
}
