import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

interface TsConfig {
  compilerOptions: { paths: Record<string, [path: string]> };
}
const root = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const { compilerOptions } = JSON.parse(readFileSync(root('tsconfig.json'), 'utf8')) as TsConfig;

export default defineConfig({
  root: root('example-app/page'),
  plugins: [react()],
  // In a project of its own, where trpc-jwt-auth is installed, this is not needed.
  resolve: { alias: Object.entries(compilerOptions.paths).map(([name, [path]]) => ({ find: new RegExp(`^${name}$`), replacement: root(path) })) },
  // The page's Content-Security-Policy allows nothing inline.
  build: { outDir: root('example-app/dist'), emptyOutDir: true, assetsInlineLimit: 0 },
});
