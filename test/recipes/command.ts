import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

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
export async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    const options = { cwd, env: { ...process.env, ...ENVIRONMENT }, timeout: LONGEST_RUN_MS, maxBuffer: 16 * 1024 * 1024 };
    return (await promisify(execFile)(command, args, options)).stdout;
  } catch (error) {
    const { stdout = '', stderr = '', killed = false } = error as { stdout?: string; stderr?: string; killed?: boolean };
    throw new Error(`${command} ${args.join(' ')} ${killed ? `was not done after ${LONGEST_RUN_MS / 1000} s` : 'failed'}\n${stdout}\n${stderr}`, { cause: error });
  }
}
