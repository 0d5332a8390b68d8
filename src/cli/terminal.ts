import type { Clock } from '../core/clock.js';

/** The streams of a process, as far as the commands use them. */
export interface Streams {
  readonly stdin: AsyncIterable<string | Uint8Array> & { readonly isTTY?: boolean };
  readonly stdout: { readonly write: (text: string) => unknown };
  readonly stderr: { readonly write: (text: string) => unknown };
}

/** What the commands have of the world; a test gives its own. */
export interface Terminal {
  readonly stdin: Streams['stdin'];
  /** What was asked for, to stdout. */
  readonly print: (text: string) => void;
  /** What goes with it, to stderr. */
  readonly note: (text: string) => void;
  /** One JSON document, to stdout. */
  readonly printJson: (document: object) => void;
  readonly clock: Clock;
  /** Where relative paths begin. */
  readonly directory: string;
}

/** Makes the terminal of the commands. */
export function createTerminal(streams: Streams, clock: Clock, directory: string): Terminal {
  const print = (text: string): void => void streams.stdout.write(printable(`${text}\n`));
  return {
    stdin: streams.stdin,
    print,
    note: (text) => void streams.stderr.write(printable(`${text}\n`)),
    printJson: (document) => print(JSON.stringify(document, null, 2)),
    clock,
    directory,
  };
}

/**
 * Text without a character that a terminal obeys or hides: a claim, a user name or a module's error may hold escape sequences, C1 controls, or
 * marks that turn the direction of writing. In JSON, where they stand in strings alone, the replacement is the same string.
 */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => (character === '\n' ? character : escaped(character)));
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`).join('');
}

/** Rows in columns, indented. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd()).join('\n');
}
