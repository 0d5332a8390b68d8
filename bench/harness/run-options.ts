import { parseArgs } from 'node:util';

import type { Pace } from './turns.js';

/** What the command line asks for. */
export interface RunOptions {
  /** The names to run; all where there are none. */
  readonly only: readonly string[];
  readonly pace: Pace;
  readonly isSmoke: boolean;
  readonly isWritten: boolean;
  readonly isList: boolean;
  readonly isHelp: boolean;
}

/** The command line asks for what there is not; its message says what there is. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const HELP = `Measures the package as it is built, beside others: npm run bench -- OPTIONS

  --only NAME    only this benchmark; may be repeated
  --list         the names, and what each measures
  --rounds N     how often each variant is measured (9)
  --seconds S    how long a round is (0.5)
  --smoke        one short round: is every answer right? Writes nothing
  --no-write     leaves bench/RESULTS.md and bench/results as they are
  --help         this
`;

const WARM_UP_SECONDS = 1;
const SMOKE: Pace = { rounds: 1, secondsARound: 0.2, warmUpSeconds: 0.1 };

function values(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        only: { type: 'string', multiple: true, default: [] },
        list: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        smoke: { type: 'boolean', default: false },
        'no-write': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function positive(name: string, text: string, form: RegExp): number {
  const value = Number(text);
  if (!form.test(text) || !(value > 0)) throw new UsageError(`--${name} is ${form === WHOLE ? 'a whole number' : 'a number'} above 0, not ${JSON.stringify(text)}`);
  return value;
}

const WHOLE = /^\d+$/;
const DECIMAL = /^\d*\.?\d+$/;

/** Reads the command line. @throws UsageError for what it does not know */
export function readOptions(args: readonly string[]): RunOptions {
  const { only, list, rounds, seconds, smoke, 'no-write': isUnwritten, help } = values(args);
  if (smoke && (rounds ?? seconds) !== undefined) throw new UsageError('--smoke has a pace of its own; leave out --rounds and --seconds');
  const pace: Pace = { rounds: positive('rounds', rounds ?? '9', WHOLE), secondsARound: positive('seconds', seconds ?? '0.5', DECIMAL), warmUpSeconds: WARM_UP_SECONDS };
  return { only, pace: smoke ? SMOKE : pace, isSmoke: smoke, isWritten: !smoke && !isUnwritten, isList: list, isHelp: help };
}
