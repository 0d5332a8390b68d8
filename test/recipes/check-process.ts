import { outcomesOf } from '../runtime/check.js';

/** Makes the checks of a recipe in its project, and prints how they went, as a line of JSON. */
export async function runChecks(checks: Readonly<Record<string, () => Promise<void>>>): Promise<never> {
  const list = Object.entries(checks).map(([name, run]) => ({ name, run }));
  const outcomes = await outcomesOf(list, { origin: '', hasNode: true, clientAddress: null }, 'runs');
  await new Promise<void>((resolve) => process.stdout.write(`${JSON.stringify(outcomes)}\n`, () => resolve()));
  process.exit();
}

/** A compiled module of the recipe, as what its document makes of it. */
export async function recipeModule<Module>(name: string): Promise<Module> {
  return (await import(new URL(name, import.meta.url).href)) as Module;
}
