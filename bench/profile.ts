/** Where a server of a comparison spends its time: `npx tsx --tsconfig bench/tsconfig.json bench/profile.ts NAME [VARIANT]`, VARIANT a part of its name. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Comparison, Variant } from './harness/comparison.js';
import { readProfile } from './harness/cpu-profile.js';
import type { CpuProfile, FunctionTime } from './harness/cpu-profile.js';
import { inTurn, LoadTally, openLoad } from './harness/load.js';
import { startServer } from './harness/server-process.js';
import { DEFAULT_CONNECTIONS } from './harness/turns.js';

const WARM_UP_SECONDS = 2;
const SECONDS = 5;
const MOST_FUNCTIONS = 40;

const isComparison = (value: unknown): value is Comparison => typeof value === 'object' && value !== null && 'variants' in value && 'ratios' in value;

async function comparisons(): Promise<Comparison[]> {
  const folder = new URL('cases/', import.meta.url);
  const modules = await Promise.all(readdirSync(folder).map(async (file) => (await import(new URL(file, folder).href)) as Readonly<Record<string, unknown>>));
  return modules.flatMap((module) => Object.values(module).filter(isComparison));
}

async function chosen([name, part = '']: readonly string[]): Promise<readonly [Comparison, Variant]> {
  const all = await comparisons();
  const comparison = all.find((each) => each.name === name);
  if (comparison === undefined) throw new RangeError(`there is no comparison ${name ?? ''}; there are ${all.map((each) => each.name).join(', ')}`);
  const names = comparison.variants.map((each) => each.name);
  const variant = comparison.variants.find((each) => each.name === part) ?? comparison.variants.find((each) => each.name.includes(part));
  if (variant === undefined) throw new RangeError(`${comparison.name} has no variant ${part}; it has ${names.join(' | ')}`);
  return [comparison, variant];
}

/** The profile of the main thread: its file is of thread 0, those of the loader's threads lie beside it. */
function mainProfile(folder: string): string {
  const file = readdirSync(folder).find((each) => /\.0\.\d+\.cpuprofile$/.test(each));
  if (file === undefined) throw new Error('the server has written no profile');
  return readFileSync(join(folder, file), 'utf8');
}

const monotonicMicroseconds = (): number => Number(process.hrtime.bigint() / 1000n);

interface Profiled {
  readonly times: CpuProfile;
  readonly requests: number;
  readonly requestsPerSecond: number;
}

async function profile({ prepare, connections = DEFAULT_CONNECTIONS }: Comparison, { server, requests }: Variant): Promise<Profiled> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const surroundings = await prepare?.();
  try {
    const started = await startServer({ ...server, ...(surroundings && { env: surroundings.env }) }, ['--cpu-prof', `--cpu-prof-dir=${folder}`]);
    const measure = async () => {
      try {
        const load = await openLoad({ port: started.listening.port, next: inTurn(await requests(started.listening)), connections });
        await load.run(WARM_UP_SECONDS, new LoadTally());
        const tally = new LoadTally();
        const from = monotonicMicroseconds();
        await load.run(SECONDS, tally);
        const to = monotonicMicroseconds();
        load.close();
        return { requests: tally.requests, requestsPerSecond: tally.requestsPerSecond, from, to };
      } finally {
        await started.stop();
      }
    };
    const { from, to, ...answered } = await measure();
    return { ...answered, times: readProfile(mainProfile(folder), from, to) };
  } finally {
    await surroundings?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const [comparison, variant] = await chosen(process.argv.slice(2));
const { times, requests, requestsPerSecond } = await profile(comparison, variant);

const share = (microseconds: number): string => `${((100 * microseconds) / times.busyMicroseconds).toFixed(1).padStart(5)} %`;
const aRequest = (microseconds: number): string => `${(microseconds / requests).toFixed(2).padStart(7)} µs`;
const line = (microseconds: number, what: string): string => `${share(microseconds)} ${aRequest(microseconds)}   ${what}`;
const functionLine = (microseconds: number, { name, place }: FunctionTime): string => line(microseconds, place === '' ? name : `${name}  ${place}`);

console.log(`${comparison.name}: ${variant.name}, Node ${process.version}, ${requestsPerSecond.toFixed(0)} requests/s while profiled`);
console.log(`busy ${((100 * times.busyMicroseconds) / times.totalMicroseconds).toFixed(1)} % of ${(times.totalMicroseconds / 1e6).toFixed(1)} s; shares are of the busy time, microseconds of each request`);

console.log(`\nSelf time by function, the top ${MOST_FUNCTIONS}`);
const bySelf = times.functions.toSorted((a, b) => b.selfMicroseconds - a.selfMicroseconds);
for (const each of bySelf.slice(0, MOST_FUNCTIONS)) console.log(functionLine(each.selfMicroseconds, each));

console.log('\nSelf time by package, ours by file');
const areas = new Map<string, number>();
for (const { area, selfMicroseconds } of times.functions) areas.set(area, (areas.get(area) ?? 0) + selfMicroseconds);
for (const [area, microseconds] of [...areas].sort(([, a], [, b]) => b - a)) console.log(line(microseconds, area));

console.log('\nInclusive time of each function of trpc-jwt-auth');
const ours = times.functions.filter(({ isOurs }) => isOurs).sort((a, b) => b.inclusiveMicroseconds - a.inclusiveMicroseconds);
for (const each of ours) console.log(functionLine(each.inclusiveMicroseconds, each));
