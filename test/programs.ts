import { execFileSync } from 'node:child_process';

/**
 * Whether this machine has a program that some tests run. Without it they are not registered, and a line says so loudly;
 * under CI that is a failure, for there everything is run.
 */
export function hasProgram(program: string, args: readonly string[], whatIsNotRun: string): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch (error) {
    const why = `NOT RUN, for ${program} is missing or fails: ${whatIsNotRun}.`;
    if (process.env.CI !== undefined) throw new Error(why, { cause: error });
    console.warn(why);
    return false;
  }
}
