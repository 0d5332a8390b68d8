import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

import { fencedBlocks, ROOT } from './markdown.js';
import type { Block } from './markdown.js';

/** The sources of the package, as `src/core/errors.ts`. */
export function sourceFiles(): string[] {
  return ['src', 'client'].flatMap((room) =>
    readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${room}/${name.replaceAll('\\', '/')}`)
      .sort(),
  );
}

/** The sources behind the package's entries, each by its way of relative imports. */
function publicSourceFiles(): string[] {
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { exports: Record<string, string | { default: string }> };
  const entries = Object.values(exports).flatMap((entry) => (typeof entry === 'string' ? [] : [entry.default]));
  const reached = new Set(entries.map((path) => path.replace(/^\.\/dist\//, '').replace(/\.js$/, '.ts')));
  for (const path of reached) {
    for (const [, imported = ''] of readFileSync(join(ROOT, path), 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']+)\.js'/g)) {
      reached.add(normalize(join(dirname(path), `${imported}.ts`)).replaceAll('\\', '/'));
    }
  }
  return [...reached].sort();
}

/** Every fenced block in a docstring of what the package exports. */
export function docstringBlocks(): Block[] {
  return publicSourceFiles().flatMap((path) => {
    const text = readFileSync(join(ROOT, path), 'utf8');
    return [...text.matchAll(/\/\*\*[^]*?\*\//g)].flatMap(({ 0: comment, index }) => {
      const firstLine = text.slice(0, index).split('\n').length;
      const prose = comment
        .replace(/^\/\*\*/, '')
        .replace(/\*\/$/, '')
        .split('\n')
        .map((line) => line.replace(/^\s*\* ?/, ''))
        .join('\n');
      return fencedBlocks(path, prose, firstLine);
    });
  });
}
