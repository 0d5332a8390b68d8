import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { docstringBlocks } from './docstrings.js';
import { isRecipe } from '../recipes/recipes.js';
import { documents } from './markdown.js';
import type { Block } from './markdown.js';
import { Workshop } from './workshop.js';

// Recipes for packages that are not installed here are projects of their own: `npm run test:recipes`.
const blocks = [...documents().filter((document) => !isRecipe(document)).flatMap((document) => document.blocks), ...docstringBlocks()];
const snippets = blocks.filter(({ language }) => language === 'ts' || language === 'tsx');
const workshop = new Workshop(snippets);
afterAll(() => workshop.close());

/** What a snippet says it prints: its `// prints: …` lines, or else the comment behind each `console.log(…);`. */
function promised({ code, place }: Block): string[] {
  const lines = code.split('\n');
  const prints = lines.filter((line) => line.startsWith('// prints: '));
  if (prints.length > 0) return prints.map((line) => line.slice('// prints: '.length));
  return lines
    .filter((line) => line.includes('console.log('))
    .map((line) => {
      const comment = /console\.log\(.*\);\s*\/\/ (.+)$/.exec(line)?.[1];
      if (comment === undefined) throw new Error(`${place}: say in a comment what it prints: ${line.trim()}`);
      return comment;
    });
}

const named = (block: Block): [string, Block] => [block.place, block];

describe('every fenced block', () => {
  it('is of a language that is checked', () => {
    const known = ['ts', 'tsx', 'sh', 'json'];
    expect(blocks.filter(({ language }) => !known.includes(language)).map(({ place, language }) => `${place} ${language}`)).toEqual([]);
  });

  it.each(blocks.filter(({ language }) => language === 'json').map(named))('%s is JSON', (_place, { code }) => {
    JSON.parse(code);
  });
});

describe('every ts and tsx block of the documents and the docstrings', () => {
  beforeAll(() => workshop.check(), 60_000);

  it.each(snippets.map(named))('%s compiles', (_place, snippet) => {
    expect(workshop.diagnostics(snippet)).toEqual([]);
  });

  it.concurrent.each(snippets.map(named))(
    '%s runs, and prints what it says',
    async (_place, snippet) => {
      expect(await workshop.run(snippet)).toEqual(promised(snippet));
    },
    30_000,
  );
});
