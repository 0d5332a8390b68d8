import { load } from './load.js';
import type { LoadRequest } from './load.js';
import { startServer } from './server-process.js';
import type { Listening, ServerName, ServerProcess, Usage } from './server-process.js';
import { spreadOf } from './statistics.js';
import type { Spread } from './statistics.js';

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
  /** Looks at what the servers counted, per request of the load. @throws Error where it is not as it has to be */
  readonly checkCounts?: (variant: string, perRequest: Readonly<Record<string, number>>) => void;
}

/** How long and how often. */
export interface Pace {
  readonly rounds: number;
  readonly secondsARound: number;
  readonly warmUpSeconds: number;
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

/** Tells how far a measurement has come. */
export type Progress = (what: string) => void;

interface Measured {
  readonly requestsPerSecond: number;
  readonly cpuMicroseconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Contender {
  readonly name: string;
  readonly servers: readonly ServerProcess[];
  requests: readonly LoadRequest[];
  readonly rounds: Measured[];
  /** How many requests it has been sent: those of one round go on where the last ended, so that new tokens stay new. */
  sent: number;
}

async function measure(contender: Contender, { connections = DEFAULT_CONNECTIONS, checkCounts }: Comparison, seconds: number): Promise<Measured> {
  const { name, servers, requests } = contender;
  const before = await usageOf(servers);
  try {
    const { requests: answered, ...figures } = await load({ port: servers.map(({ listening }) => listening.port), requests, first: contender.sent, connections, seconds });
    contender.sent += answered;
    const after = await usageOf(servers);
    checkCounts?.(name, Object.fromEntries(Object.entries(after.counts).map(([what, count]) => [what, (count - (before.counts[what] ?? 0)) / answered])));
    return { ...figures, cpuMicroseconds: (after.cpuMicroseconds - before.cpuMicroseconds) / answered };
  } catch (error) {
    throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** What several processes have used together; the counts are of the first. */
async function usageOf(servers: readonly ServerProcess[]): Promise<Pick<Usage, 'cpuMicroseconds' | 'counts'>> {
  const usages = await Promise.all(servers.map((server) => server.usage()));
  return { cpuMicroseconds: usages.reduce((sum, { cpuMicroseconds }) => sum + cpuMicroseconds, 0), counts: usages[0]?.counts ?? {} };
}

/** How many requests are under way at once, where nothing else is said. */
export const DEFAULT_CONNECTIONS = 32;

/** Runs a comparison, its variants in turns: a machine that slows down then slows them all. @throws Error for a wrong answer */
export async function runComparison(comparison: Comparison, pace: Pace, progress: Progress): Promise<ComparisonResult> {
  const contenders: Contender[] = [];
  const surroundings = await comparison.prepare?.();
  try {
    for (const { name, server, processes = 1, requests } of comparison.variants) {
      progress(`${name}: starting`);
      const servers: ServerProcess[] = [];
      const contender: Contender = { name, servers, requests: [], rounds: [], sent: 0 };
      contenders.push(contender);
      for (let each = 0; each < processes; each += 1) servers.push(await startServer({ ...server, ...(surroundings && { env: surroundings.env }) }));
      const [first] = servers;
      if (first !== undefined) contender.requests = await requests(first.listening);
    }
    for (const contender of contenders) {
      progress(`${contender.name}: warming up`);
      await measure(contender, comparison, pace.warmUpSeconds);
    }
    for (let round = 1; round <= pace.rounds; round += 1) {
      // There and back, so that none is always after the same one.
      for (const contender of round % 2 === 0 ? [...contenders].reverse() : contenders) {
        progress(`round ${round} of ${pace.rounds}, ${contender.name}`);
        contender.rounds.push(await measure(contender, comparison, pace.secondsARound));
      }
    }
  } finally {
    await Promise.all(contenders.flatMap(({ servers }) => servers.map((server) => server.stop())));
    await surroundings?.stop();
  }
  const ratesOf = (name: string): readonly number[] => contenders.find((each) => each.name === name)?.rounds.map(({ requestsPerSecond }) => requestsPerSecond) ?? [];
  return {
    name: comparison.name,
    title: comparison.title,
    variants: contenders.map(({ name, rounds }) => ({
      name,
      requestsPerSecond: spreadOf(rounds.map((each) => each.requestsPerSecond)),
      cpuMicroseconds: spreadOf(rounds.map((each) => each.cpuMicroseconds)),
      p50Ms: spreadOf(rounds.map((each) => each.p50Ms)).median,
      p99Ms: spreadOf(rounds.map((each) => each.p99Ms)).median,
    })),
    ratios: comparison.ratios.map((ratio) => {
      const others = ratesOf(ratio.to);
      return { ...ratio, ratio: spreadOf(ratesOf(ratio.of).map((rate, round) => rate / (others[round] ?? NaN))) };
    }),
  };
}

