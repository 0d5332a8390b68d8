import { bodyChecks } from './body-checks.js';
import { outcomesOf } from './check.js';
import type { Check, Outcome, Target } from './check.js';
import { clientChecks } from './client-checks.js';
import { keyChecks } from './key-checks.js';
import { restChecks } from './rest-checks.js';
import { trpcChecks } from './trpc-checks.js';

/** Whether a server does all it should. */
export function checkServer(name: string, target: Target, further: readonly Check[] = []): Promise<Outcome[]> {
  return outcomesOf([...restChecks, ...trpcChecks, ...clientChecks, ...further], target, name);
}

/** Whether a runtime does what no kind of server makes a difference to. */
export function checkRuntime(target: Target, further: readonly Check[] = []): Promise<Outcome[]> {
  return outcomesOf([...bodyChecks, ...keyChecks, ...further], target, 'runtime');
}
