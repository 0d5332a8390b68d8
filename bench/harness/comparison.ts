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

/** One process is luckier than the next of the same server, by 5 % and for as long as it lives, in where its code and its memory come to lie. */
const STARTS = 3;

/** How often the servers of a comparison are started. */
export const startsOf = (rounds: number): number => Math.min(STARTS, rounds);

/** How many rounds are measured after each start. */
function roundsByStart(rounds: number): number[] {
  const starts = startsOf(rounds);
  return Array.from({ length: starts }, (_, start) => Math.floor((rounds + start) / starts));
}

/** Runs a comparison, its servers started anew after every few rounds. @throws Error for a wrong answer */
export async function runComparison(comparison: Comparison, pace: Pace, progress: Progress): Promise<ComparisonResult> {
  const { name, title, variants, ratios, prepare } = comparison;
  const surroundings = await prepare?.();
  const requestsOf = madeOnce();
  try {
    const parts: Rounds[][] = [];
    for (const [start, rounds] of roundsByStart(pace.rounds).entries()) {
      parts.push(await measureOnce(comparison, { env: surroundings?.env, requestsOf }, { ...pace, rounds }, (what) => progress(`start ${start + 1}, ${what}`)));
    }
    const measured = variants.map((_, index) => inARow(parts.flatMap((part) => part[index] ?? [])));
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
    await surroundings?.stop();
  }
}

/** The requests of variants, made again only where a server says how it is to be asked. */
function madeOnce(): RequestsOf {
  const made = new Map<Variant, readonly LoadRequest[]>();
  return async (variant, listening) => {
    const requests = (listening.facts === undefined ? made.get(variant) : undefined) ?? (await variant.requests(listening));
    made.set(variant, requests);
    return requests;
  };
}

type RequestsOf = (variant: Variant, listening: Listening) => Promise<readonly LoadRequest[]>;

/** What is there before the servers are. */
interface Surroundings {
  readonly env: ServerName['env'];
  readonly requestsOf: RequestsOf;
}

async function measureOnce({ variants, connections = DEFAULT_CONNECTIONS, checkCounts }: Comparison, { env, requestsOf }: Surroundings, pace: Pace, progress: Progress): Promise<Rounds[]> {
  const started: ServerProcess[] = [];
  const startOne = async ({ server }: Variant): Promise<ServerProcess> => {
    const one = await startServer({ ...server, ...(env && { env }) });
    started.push(one);
    return one;
  };
  try {
    progress('starting');
    const contenders = await Promise.all(
      variants.map(async (variant): Promise<Contender> => {
        const [first, ...others] = await Promise.all([startOne(variant), ...Array.from({ length: (variant.processes ?? 1) - 1 }, () => startOne(variant))]);
        const next = inTurn(await requestsOf(variant, first.listening));
        return { name: variant.name, servers: [first, ...others], next, connections, ...(checkCounts && { checkCounts }) };
      }),
    );
    return await measureInTurns(contenders, pace, progress);
  } finally {
    await Promise.all(started.map((server) => server.stop()));
  }
}

/** The rounds of one contender, start by start. */
function inARow(parts: readonly Rounds[]): Rounds {
  const all = (figure: keyof Rounds): number[] => parts.flatMap((rounds) => rounds[figure]);
  return { requestsPerSecond: all('requestsPerSecond'), cpuMicroseconds: all('cpuMicroseconds'), p50Ms: all('p50Ms'), p99Ms: all('p99Ms') };
}
