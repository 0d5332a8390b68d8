import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { defineConfig } from 'vitest/config';

interface TsConfig {
  compilerOptions: { paths: Record<string, [path: string]> };
}
const root = fileURLToPath(new URL('../..', import.meta.url));
const { compilerOptions } = JSON.parse(readFileSync(new URL('../../tsconfig.json', import.meta.url), 'utf8')) as TsConfig;

// Processes and databases that are killed under load: minutes, so the suite is run by itself.
export default defineConfig({
  root,
  resolve: { alias: Object.entries(compilerOptions.paths).map(([name, [path]]) => ({ find: new RegExp(`^${name}$`), replacement: `${root}${path}` })) },
  test: {
    name: 'chaos',
    include: ['test/chaos/**/*.test.ts'],
    pool: 'forks',
    // A suite needs the cores to itself: its own processes are several already.
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 60_000,
    // Progress is shown while it is made.
    disableConsoleIntercept: true,
    reporters: ['default', './test/closing-line-reporter.ts', './test/chaos/figures-reporter.ts'],
  },
});
