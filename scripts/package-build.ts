import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const execute = promisify(execFile);

const OUTPUT = { format: 'esm', platform: 'node', target: 'es2023', logLevel: 'warning' } as const;

interface Manifest {
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
}

/** The sources of what package.json says can be imported, or run, of the server. */
async function entryPoints(): Promise<string[]> {
  const { bin, exports } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest;
  const built = [...Object.values(exports).flatMap((entry) => (typeof entry === 'string' ? [] : [entry.default])), ...Object.values(bin)];
  return built.filter((path) => path.startsWith('./dist/src/')).map((path) => join(root, path.replace('./dist/', '').replace(/\.js$/, '.ts')));
}

async function declare(config: string, outDir: string): Promise<void> {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  await execute(process.execPath, [compiler, '-p', join(root, config), '--outDir', outDir, '--emitDeclarationOnly'], { cwd: root }).catch((error: unknown) => {
    throw new Error(`tsc found faults:\n${(error as { stdout: string }).stdout}`, { cause: error });
  });
}

/**
 * Builds the package into a folder, of which nothing is kept.
 *
 * The server's modules are joined, those that several entries share in files of their own: Node takes longer to find and link sixty files than to run
 * what is in them. The client's stay apart, for bundlers to leave out what an app does without.
 *
 * @throws Error with what the compiler says
 */
export async function buildPackage(outDir: string): Promise<void> {
  await rm(outDir, { recursive: true, force: true });
  await Promise.all([
    declare('tsconfig.build.json', outDir),
    declare('tsconfig.client.json', outDir),
    build({ ...OUTPUT, entryPoints: await entryPoints(), outdir: join(outDir, 'src'), outbase: join(root, 'src'), bundle: true, splitting: true, packages: 'external', chunkNames: 'modules/[name]-[hash]' }),
    build({ ...OUTPUT, entryPoints: [join(root, 'client/**/*.ts')], outdir: join(outDir, 'client'), outbase: join(root, 'client') }),
  ]);
}
