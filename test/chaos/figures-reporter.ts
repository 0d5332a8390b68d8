import type { Reporter, TestModule } from 'vitest/node';

import type { Figures } from './figures.js';

const COLUMNS: readonly (readonly [title: string, figure: (figures: Figures) => number | undefined])[] = [
  ['sessions', ({ sessions }) => sessions],
  ['refreshes', ({ refreshes }) => refreshes],
  ['kills', ({ kills }) => kills],
  ['lost answers', ({ lostAnswers }) => lostAnswers],
  ['slowest while away', ({ slowestAwayMs }) => slowestAwayMs],
  ['back after', ({ backAfterMs }) => backAfterMs],
];

/** Ends a run with what it measured, in one table. */
export default class FiguresReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = modules.flatMap((module) =>
      [...module.children.allTests()].flatMap((test) => {
        const { figures } = test.meta();
        return figures === undefined ? [] : [{ name: figures.name, cells: COLUMNS.map(([title, figure]) => cell(title, figure(figures))) }];
      }),
    );
    if (rows.length === 0) return;
    const nameWidth = Math.max(...rows.map(({ name }) => name.length));
    const line = (name: string, cells: readonly string[]): string => {
      const aligned = cells.map((text, index) => text.padStart(COLUMNS[index]?.[0].length ?? 0));
      return `${[name.padEnd(nameWidth), ...aligned].join('  ')}\n`;
    };
    process.stdout.write(['\n', line('', COLUMNS.map(([title]) => title)), ...rows.map(({ name, cells }) => line(name, cells)), '\n'].join(''));
  }
}

function cell(title: string, figure: number | undefined): string {
  if (figure === undefined) return '-';
  return title === 'slowest while away' || title === 'back after' ? `${Math.round(figure)} ms` : String(figure);
}
