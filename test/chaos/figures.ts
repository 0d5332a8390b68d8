import 'vitest';

/** What a chaos test measured; durations in milliseconds. */
export interface Figures {
  readonly name: string;
  readonly sessions: number;
  /** Refreshes that were answered with tokens. */
  readonly refreshes: number;
  /** Servers and stores ended with SIGKILL, or halted. */
  readonly kills: number;
  readonly lostAnswers: number;
  /** The slowest answer while the store was away. */
  readonly slowestAwayMs?: number;
  /** From when the store answers again until every server does. */
  readonly backAfterMs?: number;
}

declare module 'vitest' {
  interface TaskMeta {
    figures?: Figures;
  }
}

/** A line while it runs, for who waits. */
export function say(line: string): void {
  process.stdout.write(`  ${new Date().toISOString().slice(11, 19)} ${line}\n`);
}
