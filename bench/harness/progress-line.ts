import { performance } from 'node:perf_hooks';
import type { WriteStream } from 'node:tty';

import type { Progress } from './turns.js';

/** Where a run of benchmarks is; on a terminal one line that is written again and again, elsewhere a line a stage. */
export interface ProgressLine {
  /** For one benchmark, what it says of itself. */
  readonly of: (benchmark: string, number: number) => Progress;
  /** Makes room for other output; the next progress is written below it. */
  readonly clear: () => void;
  readonly elapsedSeconds: () => number;
}

const REDRAW_MS = 1000;
const DEFAULT_COLUMNS = 80;

/** What is done, without to whom: `round 2 of 5` of `round 2 of 5, express-jwt`, `starting` of `express-jwt: starting`. */
const stageOf = (what: string): string => what.replace(/^.*: /, '').replace(/, .*$/, '');

/** Begins to tell how far a number of benchmarks has come. */
export function startProgress(stream: WriteStream, total: number): ProgressLine {
  const started = performance.now();
  const elapsedSeconds = (): number => Math.round((performance.now() - started) / 1000);
  let line = '';
  let lastStage = '';
  const draw = (): void => {
    const text = `${String(elapsedSeconds()).padStart(4)} s  ${line}`;
    if (line !== '') stream.write(`\r\u001b[K${text.slice(0, (stream.columns || DEFAULT_COLUMNS) - 1)}`);
  };
  if (stream.isTTY) setInterval(draw, REDRAW_MS).unref();
  return {
    of: (benchmark, number) => (what) => {
      const where = `benchmark ${number} of ${total}, ${benchmark}:`;
      line = `${where} ${what}`;
      if (stream.isTTY) return draw();
      const stage = `${where} ${stageOf(what)}`;
      if (stage !== lastStage) stream.write(`${String(elapsedSeconds()).padStart(4)} s  ${stage}\n`);
      lastStage = stage;
    },
    clear: () => {
      if (stream.isTTY && line !== '') stream.write('\r\u001b[K');
      line = '';
    },
    elapsedSeconds,
  };
}
