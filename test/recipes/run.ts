import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { folder, installPackage, installPinned } from './installation.js';
import { RecipeProject } from './project.js';
import { recipes } from './recipes.js';
import type { Recipe } from './recipes.js';

/** How many things were tried, and what was wrong with some. */
interface Result {
  readonly passed: number;
  readonly faults: readonly string[];
}

async function timed<Value>(name: string, work: () => Promise<Value>, tell: (value: Value) => string): Promise<Value> {
  const started = performance.now();
  const value = await work();
  console.log(`${name.padEnd(24)}${tell(value).padEnd(24)}${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s`);
  return value;
}

async function tryRecipe(recipe: Recipe): Promise<Result> {
  const project = new RecipeProject(recipe);
  let step = 'is written down';
  let passed = 0;
  const make = async (what: string, work: () => Promise<void>): Promise<void> => {
    step = what;
    await work();
    passed += 1;
  };
  try {
    await make('is written down', () => project.extract());
    if (recipe.preparation !== undefined) await make(recipe.preparation.join(' '), () => project.prepare());
    await make('compiles under strict', () => project.checkTypes());
    step = 'runs';
    await project.compile();
    const outcomes = await project.outcomes();
    const faults = outcomes.flatMap(({ name, fault }) => (fault === undefined ? [] : [`${recipe.name}: ${name}: ${fault}`]));
    if (outcomes.length === 0) faults.push(`${recipe.name}: nothing was checked`);
    return { passed: passed + outcomes.filter(({ fault }) => fault === undefined).length, faults };
  } catch (error) {
    return { passed, faults: [`${recipe.name}: ${step}: ${error instanceof Error ? error.message : String(error)}`] };
  }
}

/** The recipes whose names are given; all without any. */
function wantedRecipes(names: readonly string[]): readonly Recipe[] {
  for (const name of names) {
    if (!recipes.some((recipe) => recipe.name === name)) throw new Error(`No recipe is called ${name}: ${recipes.map((each) => each.name).join(', ')}.`);
  }
  return recipes.filter(({ name }) => names.length === 0 || names.includes(name));
}

async function main(names: readonly string[]): Promise<void> {
  const wanted = wantedRecipes(names);
  const documents = await readdir(join(folder, '../../docs/recipes'));
  for (const { name } of recipes) if (!documents.includes(`${name}.md`)) throw new Error(`docs/recipes has no ${name}.md.`);
  await timed('packages', installPinned, (what) => what);
  await timed('trpc-jwt-auth', installPackage, () => 'packed and unpacked');
  const results: Result[] = [];
  try {
    for (const recipe of wanted) {
      const tell = ({ passed, faults }: Result): string => (faults.length === 0 ? `${passed} passed` : `${passed} passed, ${faults.length} FAILED`);
      results.push(await timed(recipe.name, () => tryRecipe(recipe), tell));
    }
  } finally {
    await rm(join(folder, 'dist'), { recursive: true, force: true });
  }
  const faults = results.flatMap((result) => result.faults);
  for (const fault of faults) console.error(`\n${fault}`);
  console.log(`${results.reduce((sum, { passed }) => sum + passed, 0)} passed, ${faults.length} failed`);
  if (faults.length > 0) process.exitCode = 1;
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
