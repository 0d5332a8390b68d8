import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

import { configDefaults, defineConfig } from 'vitest/config';

interface TsConfig {
  compilerOptions: { paths: Record<string, [path: string]> };
}
const { compilerOptions } = JSON.parse(readFileSync(new URL('tsconfig.json', import.meta.url), 'utf8')) as TsConfig;

// Tests import the package by its name; tsconfig.json says which source each name is.
const alias = Object.entries(compilerOptions.paths).map(([name, [path]]) => ({
  find: new RegExp(`^${name}$`),
  replacement: fileURLToPath(new URL(path, import.meta.url)),
}));

const PACKED = ['test/package/**/*.test.ts', 'test/types/**/*.test.ts'];
const BROWSER = ['test/browser/**/*.test.ts'];
// Minutes of killed servers are run by themselves.
const exclude = [...configDefaults.exclude, 'test/types/packed/**', 'test/chaos/**'];

export default defineConfig({
  test: {
    pool: 'forks',
    // Two on two cores: much of what tests do is waiting.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 15_000,
    hookTimeout: 60_000,
    reporters: ['default', './test/closing-line-reporter.ts'],
    projects: [
      {
        extends: true,
        resolve: { alias },
        test: { name: 'source', include: ['test/**/*.test.ts'], exclude: [...exclude, ...PACKED, ...BROWSER], globalSetup: ['test/servers/global-setup.ts', 'test/example-app/built-page.ts'] },
      },
      // These see the package as it is published, and start last: npm and tsc take the cores from whoever measures time.
      { extends: true, test: { name: 'packed', include: PACKED, exclude, sequence: { groupOrder: 1 } } },
      // Two browsers at a time. Without any, its files have no tests, and the last line of the run says why.
      {
        extends: true,
        resolve: { alias },
        test: {
          name: 'browser',
          include: BROWSER,
          exclude,
          globalSetup: ['test/browser/global-setup.ts'],
          // Obeyed, though a project's type does not list it.
          ...({ passWithNoTests: true } as object),
          testTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
