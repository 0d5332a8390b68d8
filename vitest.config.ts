import { fileURLToPath } from 'node:url';

import { defineConfig } from 'vitest/config';

const entries: Record<string, string> = {
  'trpc-jwt-auth': 'src/index.ts',
  'trpc-jwt-auth/passwords': 'src/passwords/index.ts',
  'trpc-jwt-auth/django': 'src/django/index.ts',
  'trpc-jwt-auth/rest': 'src/transports/rest/index.ts',
  'trpc-jwt-auth/express': 'src/adapters/express.ts',
};

export default defineConfig({
  resolve: {
    alias: Object.entries(entries).map(([name, path]) => ({ find: new RegExp(`^${name}$`), replacement: fileURLToPath(new URL(path, import.meta.url)) })),
  },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 15_000,
    hookTimeout: 60_000,
    reporters: ['default', './test/closing-line-reporter.ts'],
  },
});
