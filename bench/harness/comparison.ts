import { inTurn } from './load.js';
import type { LoadRequest } from './load.js';
import { startServer } from './server-process.js';
import type { Listening, ServerName, ServerProcess } from './server-process.js';
import { spreadOf } from './statistics.js';
import type { Spread } from './statistics.js';
import { DEFAULT_CONNECTIONS, measureInTurns, ratesOver } from './turns.js';
import type { Contender, Pace, Progress, Rounds } from './turns.js';

/** One of the things compared: a server, and what is asked of it. */
export interface Variant {
  readonly name: string;
  readonly server: ServerName;
  /** How many processes of it serve. @default 1 */
  readonly processes?: number;
  /** Made once; for a server that says how it is to be asked, from what it said. */
  readonly requests: (listening: Listening) => Promise<readonly LoadRequest[]> | readonly LoadRequest[];
}

/** How one variant is to stand to another, in requests per second. */
export interface Ratio {
  readonly of: string;
  readonly to: string;
  /** What it is to be at the least. */
  readonly least?: number;
  /** What it is to be at the most. */
  readonly most?: number;
}

/** Variants that are measured in turns, on one machine at one time. */
export interface Comparison {
  readonly name: string;
  readonly title: string;
  readonly variants: readonly Variant[];
  readonly ratios: readonly Ratio[];
  readonly connections?: number;
  /** Starts what the servers need beside them, and says how they find it. */
  readonly prepare?: () => Promise<{ readonly env: Readonly<Record<string, string>>; readonly stop: () => Promise<void> }>;
  readonly checkCounts?: Contender['checkCounts'];
}

/** A variant's figures. */
export interface VariantResult {
  readonly name: string;
  readonly requestsPerSecond: Spread;
  /** Of the server's process, all threads. */
  readonly cpuMicroseconds: Spread;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** A ratio's figures, paired round by round. */
export interface RatioResult extends Ratio {
  readonly ratio: Spread;
}

/** What a comparison came to. */
export interface ComparisonResult {
  readonly name: string;
  readonly title: string;
  readonly variants: readonly VariantResult[];
  readonly ratios: readonly RatioResult[];
}

/** Runs a comparison. @throws Error for a wrong answer */
export async function runComparison({ name, title, variants, ratios, connections = DEFAULT_CONNECTIONS, prepare, checkCounts }: Comparison, pace: Pace, progress: Progress): Promise<ComparisonResult> {
  const started: ServerProcess[] = [];
  const surroundings = await prepare?.();
  const start = async ({ server, processes = 1 }: Variant): Promise<[first: ServerProcess, ...others: ServerProcess[]]> => {
    const startOne = async (): Promise<ServerProcess> => {
      const one = await startServer({ ...server, ...(surroundings && { env: surroundings.env }) });
      started.push(one);
      return one;
    };
    const servers: [ServerProcess, ...ServerProcess[]] = [await startOne()];
    while (servers.length < processes) servers.push(await startOne());
    return servers;
  };
  try {
    const contenders: Contender[] = [];
    for (const variant of variants) {
      progress(`${variant.name}: starting`);
      const servers = await start(variant);
      const next = inTurn(await variant.requests(servers[0].listening));
      contenders.push({ name: variant.name, servers, next, connections, ...(checkCounts && { checkCounts }) });
    }
    const measured = await measureInTurns(contenders, pace, progress);
    const roundsOf = (of: string): Rounds | undefined => measured[variants.findIndex((variant) => variant.name === of)];
    return {
      name,
      title,
      variants: measured.map((rounds, index) => ({
        name: variants[index]?.name ?? '',
        requestsPerSecond: spreadOf(rounds.requestsPerSecond),
        cpuMicroseconds: spreadOf(rounds.cpuMicroseconds),
        p50Ms: spreadOf(rounds.p50Ms).median,
        p99Ms: spreadOf(rounds.p99Ms).median,
      })),
      ratios: ratios.map((ratio) => ({ ...ratio, ratio: spreadOf(ratesOver(roundsOf(ratio.of), roundsOf(ratio.to))) })),
    };
  } finally {
    await Promise.all(started.map((server) => server.stop()));
    await surroundings?.stop();
  }
}
