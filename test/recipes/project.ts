import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { build } from 'esbuild';

import { readDocument, ROOT } from '../docs/markdown.js';
import type { Block } from '../docs/markdown.js';
import { fileName } from '../docs/workshop.js';
import type { Outcome } from '../runtime/check.js';
import { runInProject } from './command.js';
import { folder, knownPackages } from './installation.js';
import type { Recipe } from './recipes.js';

/** What makes no difference to the code. */
const UNTRIED = ['npx prisma migrate dev'];

// Without the paths of tsconfig.json, which lead to the sources: the packed package is meant.
const OPTIONS = { bundle: true, format: 'esm', platform: 'node', target: 'es2023', tsconfigRaw: {}, logLevel: 'error' } as const;

/** The name of a block's file, which a recipe says with its folders. */
function pathOf(block: Block): string {
  const path = /^\/\/ ([\w./[\]-]+\.(?:tsx?|prisma))\n/.exec(block.code)?.[1];
  if (path === undefined || path.split('/').includes('..')) throw new Error(`${block.place}: say in its first line which file it is, as // lib/auth.ts`);
  return path;
}

/** @throws Error for a command that nobody has tried, or a package that the tests do not know */
async function checkCommands({ place, code }: Block, { preparation = [] }: Recipe): Promise<void> {
  const packages = await knownPackages();
  const tried = [`npx ${preparation.join(' ')}`, ...UNTRIED];
  for (const line of code.split('\n').filter((each) => each !== '')) {
    const named = /^npm install (.+)$/.exec(line)?.[1]?.split(' ');
    if (named === undefined ? !tried.includes(line) : named.some((name) => !packages.has(name))) throw new Error(`${place}: nobody has tried "${line}"`);
  }
}

function configOf({ resolution }: Recipe): object {
  return {
    compilerOptions: {
      target: 'ES2023',
      lib: ['ES2023', 'DOM', 'DOM.Iterable'],
      module: resolution === 'nodenext' ? 'nodenext' : 'preserve',
      moduleResolution: resolution,
      types: ['node'],
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      verbatimModuleSyntax: true,
      isolatedModules: true,
      jsx: 'react-jsx',
      // The frameworks' own declarations are not ours to check.
      skipLibCheck: true,
      noEmit: true,
      paths: { '@/*': ['./*'] },
    },
    include: ['**/*.ts', '**/*.tsx'],
    exclude: ['node_modules', '.next'],
  };
}

/** A recipe as the reader has it when all is written down. */
export class RecipeProject {
  readonly recipe: Recipe;
  readonly directory: string;
  readonly #modules: string[] = [];

  constructor(recipe: Recipe) {
    this.recipe = recipe;
    // In the repository, and ignored by it: a bundler looks for packages in the folders above, and follows no link out of them.
    this.directory = join(folder, 'dist', recipe.name);
  }

  async #write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.directory, path)), { recursive: true });
    await writeFile(join(this.directory, path), text);
  }

  /** Writes the blocks into their files. @throws Error for one that cannot be executed */
  async extract(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
    await this.#write('package.json', '{ "private": true, "type": "module" }');
    await this.#write('tsconfig.json', JSON.stringify(configOf(this.recipe)));
    const { blocks } = readDocument(`docs/recipes/${this.recipe.name}.md`);
    for (const block of blocks) {
      if (block.language === 'sh') await checkCommands(block, this.recipe);
      else if (!['ts', 'tsx', 'prisma'].includes(block.language)) throw new Error(`${block.place}: nobody executes ${block.language || 'a block without a language'}`);
      else {
        const path = pathOf(block);
        if (this.#modules.includes(path)) throw new Error(`${block.place}: another block is ${path} already`);
        this.#modules.push(path);
        await this.#write(path, block.code);
      }
    }
    // As everywhere in the documents, a server that a recipe does not write is the README's.
    const server = readDocument('README.md').blocks.find((block) => fileName(block) === 'server.ts');
    if (server !== undefined && !this.#modules.includes('server.ts') && blocks.some(({ code }) => code.includes("'./server.js'"))) await this.#write('server.ts', server.code);
  }

  /** Runs the recipe's own command. @throws Error with its output */
  async prepare(): Promise<void> {
    const [command, ...args] = this.recipe.preparation ?? [];
    if (command !== undefined) await runInProject(join(folder, 'node_modules/.bin', command), args, this.directory);
  }

  /** @throws Error with what the compiler says */
  async checkTypes(): Promise<void> {
    await runInProject(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', this.directory, '--pretty', 'false'], this.directory);
  }

  /** Compiles the recipe's modules, one instance of each. */
  async compile(): Promise<void> {
    const { isBuilt, replaced = {} } = this.recipe;
    if (isBuilt === true) return;
    const stands = [...new Set(Object.values(replaced))];
    await build({
      ...OPTIONS,
      entryPoints: [...this.#modules.filter((path) => path.endsWith('.ts')).map((path) => join(this.directory, path)), ...stands.map((module) => join(folder, `${module}.ts`))],
      outdir: this.directory,
      entryNames: '[name]',
      splitting: true,
      ...(stands.length === 0
        ? { packages: 'external' }
        : { external: ['trpc-jwt-auth', '@trpc/*'], alias: Object.fromEntries(Object.entries(replaced).map(([each, module]) => [each, join(folder, `${module}.ts`)])) }),
    });
  }

  /** Compiles the checks, and runs them; gives how each went. */
  async outcomes(): Promise<Outcome[]> {
    const checks = join(this.directory, 'checks.mjs');
    await build({ ...OPTIONS, entryPoints: [join(folder, `${this.recipe.name}-checks.ts`)], outfile: checks, packages: 'external' });
    const printed = await runInProject(process.execPath, [checks], this.directory);
    return JSON.parse(printed.trim().split('\n').at(-1) ?? '') as Outcome[];
  }
}
