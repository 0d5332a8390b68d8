import { builtinModules } from 'node:module';
import { join } from 'node:path';

import { build } from 'esbuild';

import { folder } from './runtimes.js';
import type { WorkerSettings } from './runtimes.js';

// Without the paths of tsconfig.json, which lead to the sources: the packed package is meant.
const OPTIONS = { bundle: true, format: 'esm', target: 'es2022', outExtension: { '.js': '.mjs' }, tsconfigRaw: {}, logLevel: 'error' } as const;

/** The suite's entries as JavaScript in the project, packages left to each runtime's own resolution. */
export async function bundleEntries(entries: readonly string[], project: string): Promise<void> {
  await build({ ...OPTIONS, entryPoints: entries.map((entry) => join(folder, `${entry}.ts`)), packages: 'external', outdir: project });
}

/** One module that is the whole Worker, as wrangler bundles it; without Node's modules the parser of multipart forms stays outside. */
export async function bundleWorker(entry: string, project: string, { hasNode }: WorkerSettings): Promise<string> {
  const outdir = join(project, 'workers');
  await build({
    ...OPTIONS,
    entryPoints: [join(project, `${entry}.mjs`)],
    outdir,
    platform: 'browser',
    conditions: ['workerd', 'worker', 'browser'],
    ...(hasNode
      ? { external: ['node:*', ...builtinModules], banner: { js: "import { createRequire } from 'node:module'; const require = createRequire('/');" } }
      : { external: ['busboy'] }),
  });
  return join(outdir, `${entry}.mjs`);
}
