import { LoadTally, openLoad } from './load.js';
import type { Load, LoadRequest } from './load.js';
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

/** A turn is short beside what slows a machine for a while, that two contenders' turns may have been slowed alike; a round is many turns. */
const TURN_SECONDS = 0.1;

/** What one contender's turns of a round come to. */
interface Sum {
  readonly tally: LoadTally;
  cpuMicroseconds: number;
  readonly counts: Record<string, number>;
}

const emptySum = (): Sum => ({ tally: new LoadTally(), cpuMicroseconds: 0, counts: {} });

async function usageOf(servers: readonly ServerProcess[]): Promise<Pick<Usage, 'cpuMicroseconds' | 'counts'>> {
  const usages = await Promise.all(servers.map((server) => server.usage()));
  return { cpuMicroseconds: usages.reduce((sum, { cpuMicroseconds }) => sum + cpuMicroseconds, 0), counts: usages[0]?.counts ?? {} };
}

async function takeTurn({ name, servers }: Contender, load: Load, seconds: number, sum: Sum): Promise<void> {
  const before = await usageOf(servers);
  try {
    await load.run(seconds, sum.tally);
  } catch (error) {
    throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  const after = await usageOf(servers);
  sum.cpuMicroseconds += after.cpuMicroseconds - before.cpuMicroseconds;
  for (const [what, count] of Object.entries(after.counts)) sum.counts[what] = (sum.counts[what] ?? 0) + count - (before.counts[what] ?? 0);
}

/** In any order, so that none always comes after the same one; and none after itself, which would find its memory in the processor's caches. */
function shuffled<Item>(items: readonly Item[], last: Item | undefined): Item[] {
  const order = items.map((item) => ({ item, at: item === last ? 1 : Math.random() })).sort((a, b) => a.at - b.at);
  return order.map(({ item }) => item);
}

async function measureRound(loads: ReadonlyMap<Contender, Load>, seconds: number): Promise<Measured[]> {
  const turns = Math.max(1, Math.round(seconds / TURN_SECONDS));
  const sums = [...loads].map(([contender, load]) => ({ contender, load, sum: emptySum() }));
  let last: (typeof sums)[number] | undefined;
  for (let turn = 0; turn < turns; turn += 1) {
    for (const each of shuffled(sums, last)) {
      await takeTurn(each.contender, each.load, seconds / turns, each.sum);
      last = each;
    }
  }
  return sums.map(({ contender, sum: { tally, cpuMicroseconds, counts } }) => {
    contender.checkCounts?.(Object.fromEntries(Object.entries(counts).map(([what, count]) => [what, count / tally.requests])));
    return { requestsPerSecond: tally.requestsPerSecond, cpuMicroseconds: cpuMicroseconds / tally.requests, p50Ms: tally.percentileMs(50), p99Ms: tally.percentileMs(99) };
  });
}

/** Measures in turns: a machine that slows down then slows all contenders. Gives their figures in their order. @throws Error for a wrong answer */
export async function measureInTurns(contenders: readonly Contender[], { rounds, secondsARound, warmUpSeconds }: Pace, progress: Progress): Promise<Rounds[]> {
  const loads = new Map<Contender, Load>();
  try {
    for (const contender of contenders) {
      const { servers, next, connections } = contender;
      loads.set(contender, await openLoad({ port: servers.map(({ listening }) => listening.port), next, connections }));
    }
    progress('warming up');
    // Contenders that share their servers warm them up together.
    const shareOfWarmUp = new Set(contenders.map(({ servers: [first] }) => first)).size / contenders.length;
    await measureRound(loads, warmUpSeconds * shareOfWarmUp);
    const made: Measured[][] = [];
    for (let round = 1; round <= rounds; round += 1) {
      progress(`round ${round} of ${rounds}`);
      made.push(await measureRound(loads, secondsARound));
    }
    const figures = (index: number, figure: keyof Rounds): number[] => made.map((round) => round[index]?.[figure] ?? NaN);
    return contenders.map((_, index) => ({
      requestsPerSecond: figures(index, 'requestsPerSecond'),
      cpuMicroseconds: figures(index, 'cpuMicroseconds'),
      p50Ms: figures(index, 'p50Ms'),
      p99Ms: figures(index, 'p99Ms'),
    }));
  } finally {
    for (const load of loads.values()) load.close();
  }
}

/** How the rates of one stand to those of another, round by round. */
export function ratesOver(of: Rounds | undefined, to: Rounds | undefined): number[] {
  return (of?.requestsPerSecond ?? []).map((rate, round) => rate / (to?.requestsPerSecond[round] ?? NaN));
}
