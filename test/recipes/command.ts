import { run } from '../package/packed-package.js';

const LONGEST_RUN_MS = 120_000;

/** What the recipes find in their environment. No command may ask the network for anything. */
export const ENVIRONMENT = {
  JWT_SECRET: 'not-a-secret-only-for-the-recipes-0123456789',
  DATABASE_URL: 'file:./recipe.sqlite3',
  NEXT_TELEMETRY_DISABLED: '1',
  CHECKPOINT_DISABLE: '1',
  // `prisma generate` does not use this engine, and downloads it unless it is told of one.
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
};

/** Runs a command in a recipe's project. @throws Error with its output, or where it hangs */
export function runInProject(command: string, args: readonly string[], project: string): Promise<string> {
  return run(command, args, project, { env: { ...process.env, ...ENVIRONMENT }, timeout: LONGEST_RUN_MS });
}
