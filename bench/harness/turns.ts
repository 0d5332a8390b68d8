import { load } from './load.js';
import type { LoadRequest } from './load.js';
import type { ServerProcess, Usage } from './server-process.js';

/** How long and how often. */
export interface Pace {
  readonly rounds: number;
  readonly secondsARound: number;
  readonly warmUpSeconds: number;
}

/** Tells how far a measurement has come. */
export type Progress = (what: string) => void;

/** How many requests are under way at once, where nothing else is said. */
export const DEFAULT_CONNECTIONS = 32;

/** One of the things measured in turns: how which servers are loaded, the connections spread over them. */
export interface Contender {
  readonly name: string;
  readonly servers: readonly ServerProcess[];
  readonly next: () => LoadRequest;
  readonly connections: number;
  /** Looks at what the first server counted, per request of the load. @throws Error where it is not as it has to be */
  readonly checkCounts?: (perRequest: Readonly<Record<string, number>>) => void;
}

/** A contender's figures, round by round. */
export interface Rounds {
  readonly requestsPerSecond: readonly number[];
  /** Of its servers' processes, all threads, a request. */
  readonly cpuMicroseconds: readonly number[];
  readonly p50Ms: readonly number[];
  readonly p99Ms: readonly number[];
}

type Measured = { readonly [Figure in keyof Rounds]: number };

async function usageOf(servers: readonly ServerProcess[]): Promise<Pick<Usage, 'cpuMicroseconds' | 'counts'>> {
  const usages = await Promise.all(servers.map((server) => server.usage()));
  return { cpuMicroseconds: usages.reduce((sum, { cpuMicroseconds }) => sum + cpuMicroseconds, 0), counts: usages[0]?.counts ?? {} };
}

async function measure({ name, servers, next, connections, checkCounts }: Contender, seconds: number): Promise<Measured> {
  try {
    const before = await usageOf(servers);
    const { requests, ...figures } = await load({ port: servers.map(({ listening }) => listening.port), next, connections, seconds });
    const after = await usageOf(servers);
    checkCounts?.(Object.fromEntries(Object.entries(after.counts).map(([what, count]) => [what, (count - (before.counts[what] ?? 0)) / requests])));
    return { ...figures, cpuMicroseconds: (after.cpuMicroseconds - before.cpuMicroseconds) / requests };
  } catch (error) {
    throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** Measures in turns: a machine that slows down then slows all contenders. Gives their figures in their order. @throws Error for a wrong answer */
export async function measureInTurns(contenders: readonly Contender[], { rounds, secondsARound, warmUpSeconds }: Pace, progress: Progress): Promise<Rounds[]> {
  // Contenders that share their servers warm them up together.
  const shareOfWarmUp = new Set(contenders.map(({ servers: [first] }) => first)).size / contenders.length;
  for (const contender of contenders) {
    progress(`${contender.name}: warming up`);
    await measure(contender, warmUpSeconds * shareOfWarmUp);
  }
  const measured = contenders.map((contender) => ({ contender, made: [] as Measured[] }));
  for (let round = 1; round <= rounds; round += 1) {
    // There and back, so that none is always after the same one.
    for (const { contender, made } of round % 2 === 0 ? measured.toReversed() : measured) {
      progress(`round ${round} of ${rounds}, ${contender.name}`);
      made.push(await measure(contender, secondsARound));
    }
  }
  return measured.map(({ made }) => ({
    requestsPerSecond: made.map((each) => each.requestsPerSecond),
    cpuMicroseconds: made.map((each) => each.cpuMicroseconds),
    p50Ms: made.map((each) => each.p50Ms),
    p99Ms: made.map((each) => each.p99Ms),
  }));
}

/** How the rates of one stand to those of another, round by round. */
export function ratesOver(of: Rounds | undefined, to: Rounds | undefined): number[] {
  return (of?.requestsPerSecond ?? []).map((rate, round) => rate / (to?.requestsPerSecond[round] ?? NaN));
}
