import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { build } from 'esbuild';

import { bundleClient, MOST_CLIENT_BYTES } from '../scripts/client-bundle.js';
import type { Benchmark, BenchmarkResult, Table } from './harness/benchmark.js';
import { figureText, rangeText } from './harness/figures.js';
import { spreadOf } from './harness/statistics.js';
import type { Pace } from './harness/turns.js';

const RUNS = 15;
const SMOKE_RUNS = 2;
const MOST_ROOT_MS = 25;

const root = fileURLToPath(new URL('..', import.meta.url));
const bench = fileURLToPath(new URL('.', import.meta.url));
const execute = promisify(execFile);

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional: boolean }>>;
}
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;

/** What is loaded by who has it only: the peers that are optional, and the drivers that an app brings along. */
const optionalPackages = [...Object.entries(manifest.peerDependenciesMeta).flatMap(([name, { optional }]) => (optional ? [name] : [])), 'ioredis', 'pg'];

interface Entry {
  /** As an app imports it. */
  readonly specifier: string;
  /** Its own files that are loaded with it. */
  readonly modules: number;
  /** What these import from elsewhere, as they name it. */
  readonly dependencies: readonly string[];
}

interface Import {
  readonly dependenciesMs: number;
  readonly entryMs: number;
}

/** The entries of the package as it is built, the root first. */
async function readEntries(): Promise<[root: Entry, ...others: Entry[]]> {
  const read = async (subpath: string, file: string): Promise<Entry> => {
    const { metafile } = await build({
      entryPoints: [file],
      absWorkingDir: root,
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      write: false,
      metafile: true,
      logLevel: 'silent',
    });
    const { inputs } = metafile;
    const dependencies = new Set<string>();
    const modules = new Set<string>();
    // What is imported on demand is not followed: it is no part of the start.
    const walk = (module: string): void => {
      if (modules.has(module)) return;
      modules.add(module);
      for (const { path, kind, external = false } of inputs[module]?.imports ?? []) {
        if (kind !== 'import-statement') continue;
        if (external) dependencies.add(path);
        else walk(path);
      }
    };
    walk(file.replace('./', ''));
    return { specifier: join(manifest.name, subpath), modules: modules.size, dependencies: [...dependencies].sort() };
  };
  const [first, ...others] = await Promise.all(
    Object.entries(manifest.exports).flatMap(([subpath, target]) => (typeof target === 'string' ? [] : [read(subpath, target.default)])),
  );
  if (first?.specifier !== manifest.name) throw new Error('the first of the exports is not the root entry');
  return [first, ...others];
}

/** Runs in the repository, where the package can import itself by its name. */
async function runNode(script: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { stdout } = await execute(process.execPath, ['--input-type=module', '--eval', script, '--', ...args], { cwd: root, env: { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'production', ...env } });
  return stdout;
}

const IMPORT = `
  const [entry, ...dependencies] = process.argv.slice(1);
  const start = performance.now();
  for (const dependency of dependencies) await import(dependency);
  const between = performance.now();
  await import(entry);
  const end = performance.now();
  console.log(JSON.stringify({ dependenciesMs: between - start, entryMs: end - between }));
`;

async function importOnce({ specifier, dependencies }: Entry): Promise<Import> {
  return JSON.parse(await runNode(IMPORT, [specifier, ...dependencies])) as Import;
}

const MAKING = `
  const { createJwtAuth, secretKey } = await import(process.argv[1]);
  const start = performance.now();
  createJwtAuth({ keys: secretKey('0123456789abcdef0123456789abcdef'), users: { authenticate: () => null, findByUsername: () => null } });
  console.log(performance.now() - start);
`;

async function makeOnce({ specifier }: Entry): Promise<number> {
  return Number(await runNode(MAKING, [specifier]));
}

/** The packages of which the entry loads a file, by whatever way: V8 lists every script that ran. */
async function loadedPackages({ specifier }: Entry): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    await runNode('await import(process.argv[1]);', [specifier], { NODE_V8_COVERAGE: folder });
    const [file = ''] = readdirSync(folder);
    const { result } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { readonly result: readonly { readonly url: string }[] };
    const names = result.map(({ url }) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]);
    return [...new Set(names.filter((name) => name !== undefined))].sort();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function clientSize(): Promise<{ readonly table: Table; readonly finding: string }> {
  const { addedBytes, trpcBytes } = await bundleClient(bench);
  return {
    table: { columns: ['Minified and gzipped', 'Bytes'], rows: [['@trpc/client alone', figureText(trpcBytes)], ['added by trpc-jwt-auth/client', figureText(addedBytes)]] },
    finding: `The client adds ${figureText(addedBytes)} bytes to the ${figureText(trpcBytes)} of @trpc/client, minified and gzipped; ${wanted(addedBytes, MOST_CLIENT_BYTES, 'bytes')}.`,
  };
}

const wanted = (value: number, most: number, unit: string): string => `wanted: at most ${figureText(most)} ${unit}, ${value <= most ? 'reached' : 'missed'}`;

/** What an app pays before it serves its first request: the import of each entry, the making of an auth, and the bytes of the client. */
export const startUp: Benchmark = {
  name: 'start-up',
  title: 'Import of the package, and the size of its client',
  run: async ({ secondsARound }: Pace, progress): Promise<BenchmarkResult> => {
    const entries = await readEntries();
    const [rootEntry] = entries;
    const loaded = await loadedPackages(rootEntry);
    if (!loaded.includes('jose')) throw new Error(`the root entry loads ${loaded.join(', ')} and not jose: the list of what it loads is wrong`);
    const unwelcome = optionalPackages.filter((name) => loaded.includes(name));
    if (unwelcome.length > 0) throw new Error(`the root entry loads ${unwelcome.join(', ')}, which an app may be without`);

    const runs = secondsARound < 0.5 ? SMOKE_RUNS : RUNS;
    const imports = new Map(entries.map((entry) => [entry, [] as Import[]]));
    const makingMs: number[] = [];
    for (let run = 1; run <= runs; run += 1) {
      progress(`run ${run} of ${runs}`);
      for (const [entry, made] of imports) made.push(await importOnce(entry));
      makingMs.push(await makeOnce(rootEntry));
    }
    const rows = [...imports].map(([{ specifier, modules, dependencies }, made]) => ({
      specifier,
      modules,
      dependencies,
      own: spreadOf(made.map(({ entryMs }) => entryMs)),
      total: spreadOf(made.map(({ dependenciesMs, entryMs }) => dependenciesMs + entryMs)),
    }));
    const making = spreadOf(makingMs);
    progress('the bundle of the client');
    const client = await clientSize();

    const [first] = rows;
    if (first === undefined) throw new Error('the package has no entries');
    return {
      tables: [
        {
          columns: ['Entry', 'Over its dependencies, ms', 'Least–most', 'In total, ms', 'Least–most', 'Files', 'Dependencies'],
          rows: rows.map(({ specifier, modules, dependencies, own, total }) => [
            specifier,
            figureText(own.median),
            rangeText(own),
            figureText(total.median),
            rangeText(total),
            String(modules),
            dependencies.join(', '),
          ]),
        },
        client.table,
      ],
      charts: [
        {
          kind: 'bars',
          title: 'Import of each entry, over its dependencies',
          unit: 'ms',
          bars: rows.map(({ specifier, own }) => ({ label: specifier, value: own.median, least: own.least, most: own.most, isOurs: true })),
        },
      ],
      ratios: [],
      findings: [
        `The root entry, ${first.modules} files, takes ${figureText(first.own.median)} ms (${rangeText(first.own)}) over its dependencies, of ${figureText(first.total.median)} ms in total; ${wanted(first.own.median, MOST_ROOT_MS, 'ms')}.`,
        `The first \`createJwtAuth\` of a process takes ${figureText(making.median)} ms (${rangeText(making)}).`,
        `The root entry loads ${loaded.join(', ')}, and nothing that is optional.`,
        client.finding,
      ],
    };
  },
};
