import type { Pace, Progress } from '../harness/comparison.js';
import { load } from '../harness/load.js';
import type { LoadRequest } from '../harness/load.js';
import type { ServerProcess } from '../harness/server-process.js';
import { spreadOf } from '../harness/statistics.js';

/** A point of a curve: how which server is loaded. */
export interface Cell {
  readonly name: string;
  readonly server: ServerProcess;
  readonly requests: readonly LoadRequest[];
  readonly connections: number;
}

/** Its figures, round by round. */
export interface CellRounds {
  readonly requestsPerSecond: readonly number[];
  /** Of the server's process, a request. */
  readonly cpuMicroseconds: readonly number[];
  readonly p50Ms: readonly number[];
  readonly p99Ms: readonly number[];
}

type Measured = { readonly [Figure in keyof CellRounds]: number };

async function measure({ name, server, requests, connections }: Cell, seconds: number): Promise<Measured> {
  try {
    const before = await server.usage();
    const { requests: answered, ...figures } = await load({ port: server.listening.port, requests, connections, seconds });
    const after = await server.usage();
    return { ...figures, cpuMicroseconds: (after.cpuMicroseconds - before.cpuMicroseconds) / answered };
  } catch (error) {
    throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** Measures cells in turns, as comparisons are; gives their figures in the order of the cells. @throws Error for a wrong answer */
export async function measureInTurns(cells: readonly Cell[], pace: Pace, progress: Progress): Promise<CellRounds[]> {
  const measured: Measured[][] = cells.map(() => []);
  for (const cell of cells) {
    progress(`${cell.name}: warming up`);
    // Each server has several cells, which warm it up together.
    await measure(cell, (pace.warmUpSeconds * new Set(cells.map(({ server }) => server)).size) / cells.length);
  }
  const turns = [...cells.entries()];
  for (let round = 1; round <= pace.rounds; round += 1) {
    // There and back, so that none is always after the same one.
    for (const [index, cell] of round % 2 === 0 ? turns.toReversed() : turns) {
      progress(`round ${round} of ${pace.rounds}, ${cell.name}`);
      measured[index]?.push(await measure(cell, pace.secondsARound));
    }
  }
  return measured.map((rounds) => ({
    requestsPerSecond: rounds.map((each) => each.requestsPerSecond),
    cpuMicroseconds: rounds.map((each) => each.cpuMicroseconds),
    p50Ms: rounds.map((each) => each.p50Ms),
    p99Ms: rounds.map((each) => each.p99Ms),
  }));
}

/** The median of figures of several rounds. */
export function medianOf(figures: readonly number[] = []): number {
  return spreadOf(figures).median;
}

/** How figures stand to others, in the median of their rounds. */
export function ratioOf(of: CellRounds | undefined, to: CellRounds | undefined): number {
  return medianOf(of?.requestsPerSecond.map((rate, round) => rate / (to?.requestsPerSecond[round] ?? NaN)));
}
