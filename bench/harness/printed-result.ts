import type { BenchmarkResult, Table } from './benchmark.js';
import { ratioTable } from './report.js';

/** A table in columns of even width, the first to the left and figures to the right. */
function alignedTable({ columns, rows }: Table): string {
  const lines = [columns, ...rows];
  const widths = columns.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  const lineOf = (cells: readonly string[]): string => cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('   ');
  return [columns, widths.map((width) => '-'.repeat(width)), ...rows].map((cells) => `  ${lineOf(cells).trimEnd()}`).join('\n');
}

/** What a benchmark came to, as text for a terminal. */
export function printedResult(title: string, { tables, ratios, findings }: BenchmarkResult): string {
  const blocks = [
    ...tables.map(alignedTable),
    ...(ratios.length === 0 ? [] : [alignedTable(ratioTable(ratios, { yes: 'yes', no: 'NO' }))]),
    ...(findings.length === 0 ? [] : [findings.map((finding) => `  - ${finding}`).join('\n')]),
  ];
  return `${title}\n\n${blocks.join('\n\n')}\n\n`;
}
