import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

import { runProgram } from '../../src/cli/program.js';

/** The repository. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The modules that the tests check. */
export const CONFIGS = fileURLToPath(new URL('configs/', import.meta.url));

export interface Outcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly stdin?: string;
  readonly isTTY?: boolean;
  readonly nowSeconds?: number;
  readonly directory?: string;
}

/** Runs a command in this process. */
export async function run(args: readonly string[], { stdin = '', isTTY = false, nowSeconds = 1_700_000_000, directory = CONFIGS }: RunOptions = {}): Promise<Outcome> {
  let stdout = '';
  let stderr = '';
  const exitCode = await runProgram(args, {
    stdin: Object.assign(Readable.from(stdin === '' ? [] : [Buffer.from(stdin)]), { isTTY }),
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    clock: () => nowSeconds * 1000,
    directory,
  });
  return { exitCode, stdout, stderr };
}

/** Runs a command whose answer is a JSON document. */
export async function runJson(args: readonly string[], options?: RunOptions): Promise<{ readonly exitCode: number | null; readonly document: Record<string, unknown> }> {
  const { exitCode, stdout } = await run([...args, '--json'], options);
  return { exitCode, document: JSON.parse(stdout) as Record<string, unknown> };
}

/** Runs a command as a process, from the sources. */
export function runProcess(args: readonly string[], stdin = ''): Promise<Outcome> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'src/cli/main.ts'), ...args], { cwd: ROOT, stdio: 'pipe' });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  // Who wrote to a command that reads nothing may find the pipe closed.
  child.stdin.on('error', () => undefined).end(stdin);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), 12_000);
    child.on('error', reject).on('close', (exitCode) => {
      clearTimeout(timer);
      resolve({ exitCode, stdout, stderr });
    });
  });
}
