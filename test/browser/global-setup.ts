import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';
import type { TestProject } from 'vitest/node';

import buildPage from '../example-app/built-page.js';
import { findChromium } from './chromium.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The program, or null where there is none: nothing in this folder is run then. */
    chromiumPath: string | null;
    /** The script of the bare test page. */
    sdkPageScript: string;
  }
}

/** Finds the browser and builds what it loads, once for all files. */
export default async function provideBrowser(project: TestProject): Promise<() => void> {
  const { chromiumPath, closingLine } = await findChromium().then(
    (path) => ({ chromiumPath: path, closingLine: '' }),
    (error: unknown) => {
      const why = `NOT RUN, for ${error instanceof Error ? error.message : String(error)}: all tests in a browser.`;
      if (process.env.CI !== undefined) throw new Error(why, { cause: error });
      return { chromiumPath: null, closingLine: why };
    },
  );
  project.provide('chromiumPath', chromiumPath);
  project.provide('sdkPageScript', chromiumPath === null ? '' : await bundle('sdk-page.ts'));
  if (chromiumPath !== null) await buildPage();
  return () => {
    if (closingLine !== '') console.warn(closingLine);
  };
}

async function bundle(file: string): Promise<string> {
  const entry = fileURLToPath(new URL(file, import.meta.url));
  // The clock is imported for its side effect, which package.json says nothing here has.
  const options = { bundle: true, format: 'esm', target: 'es2023', ignoreAnnotations: true, write: false, logLevel: 'error' } as const;
  const { outputFiles } = await build({ entryPoints: [entry], ...options });
  return outputFiles[0]?.text ?? '';
}
