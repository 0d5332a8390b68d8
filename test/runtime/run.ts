import { rm } from 'node:fs/promises';

import { packPackage, projectWith, run } from '../package/packed-package.js';
import { bundleEntries, bundleWorker } from './bundles.js';
import type { Outcome } from './check.js';
import { outcomesOfProcess, outcomesOfWorker } from './execution.js';
import { folder, installedVersion, pinnedVersion, programOf, runtimes } from './runtimes.js';
import type { Runtime } from './runtimes.js';

const PACKAGES = ['@trpc/server@11', '@trpc/client@11', 'express@5', 'kysely@0.28', 'superjson@2'];

function tell(name: string, what: string, started: number): void {
  console.log(`${name.padEnd(38)}${what.padEnd(24)}${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s`);
}

/** The runtimes whose names begin as the arguments say; all without any. */
function wantedRuntimes(names: readonly string[]): readonly Runtime[] {
  for (const name of names) {
    if (!runtimes.some((runtime) => runtime.name.startsWith(name))) throw new Error(`No runtime is called ${name}: ${runtimes.map((each) => each.name).join(', ')}.`);
  }
  return names.length === 0 ? runtimes : runtimes.filter((runtime) => names.some((name) => runtime.name.startsWith(name)));
}

async function installRuntimes(wanted: readonly Runtime[]): Promise<void> {
  const started = performance.now();
  const areThere = wanted.every((runtime) => installedVersion(runtime) === pinnedVersion(runtime));
  if (!areThere) await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], folder);
  tell('runtimes', areThere ? 'there already' : 'installed', started);
}

async function installPackage(): Promise<string> {
  const started = performance.now();
  const { tarball, remove } = await packPackage();
  try {
    const project = await projectWith(tarball, PACKAGES);
    tell('trpc-jwt-auth', 'packed and installed', started);
    return project;
  } finally {
    await remove();
  }
}

async function outcomesIn(runtime: Runtime, project: string): Promise<Outcome[]> {
  const program = programOf(runtime);
  const { entry, args = [], worker } = runtime;
  if (worker === undefined) return outcomesOfProcess(program, [...args, `${entry}.mjs`], project);
  return outcomesOfWorker(program, await bundleWorker(entry, project, worker), worker);
}

async function faultsIn(runtime: Runtime, project: string): Promise<string[]> {
  const started = performance.now();
  const outcomes = await outcomesIn(runtime, project).catch((error: unknown): Outcome[] => [{ name: 'it did not run', fault: String(error) }]);
  const faults = outcomes.flatMap(({ name, fault }) => (fault === undefined ? [] : [`${runtime.name}: ${name}: ${fault}`]));
  const passed = `${outcomes.length - faults.length} passed`;
  tell(`${runtime.name} ${installedVersion(runtime) ?? ''}`, faults.length === 0 ? passed : `${passed}, ${faults.length} FAILED`, started);
  if (outcomes.length === 0) faults.push(`${runtime.name}: it checked nothing`);
  return faults;
}

async function main(names: readonly string[]): Promise<void> {
  const wanted = wantedRuntimes(names);
  // Said before anything is installed.
  wanted.forEach(pinnedVersion);
  const [project] = await Promise.all([installPackage(), installRuntimes(wanted)]);
  const faults: string[] = [];
  try {
    await bundleEntries(wanted.map(({ entry }) => entry), project);
    for (const runtime of wanted) faults.push(...(await faultsIn(runtime, project)));
  } finally {
    await rm(project, { recursive: true, force: true });
  }
  for (const fault of faults) console.error(`\n${fault}`);
  console.log(`Runtimes: ${wanted.length} tried, ${faults.length} faults`);
  if (faults.length > 0) process.exitCode = 1;
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
