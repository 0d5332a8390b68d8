import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';

import type { Outcome } from './check.js';
import type { WorkerSettings } from './runtimes.js';

const LONGEST_RUN_MS = 60_000;

/** Runs the suite as a process, which prints its outcomes on its last line. */
export async function outcomesOfProcess(program: string, args: readonly string[], project: string): Promise<Outcome[]> {
  const env = { ...process.env, DENO_DIR: join(project, '.deno'), DENO_NO_UPDATE_CHECK: '1' };
  const running = promisify(execFile)(program, args, { cwd: project, env, timeout: LONGEST_RUN_MS, killSignal: 'SIGKILL', maxBuffer: 16 * 1024 * 1024 });
  const { stdout, stderr } = await running.catch((error: unknown) => {
    throw (error as { killed?: boolean }).killed === true ? new Error(`it was not done after ${LONGEST_RUN_MS / 1000} s`, { cause: error }) : error;
  });
  const outcomes = stdout.trim().split('\n').at(-1) ?? '';
  if (!outcomes.startsWith('[')) throw new Error(`no outcomes were printed.\n${stdout}\n${stderr}`);
  return JSON.parse(outcomes) as Outcome[];
}

function configuration(module: string, { compatibilityDate, compatibilityFlags }: WorkerSettings): string {
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.mjs", esModule = embed "${basename(module)}")],
      compatibilityDate = "${compatibilityDate}",
      compatibilityFlags = [${compatibilityFlags.map((flag) => `"${flag}"`).join(', ')}],
      globalOutbound = "network",
    )),
    (name = "network", network = (allow = ["private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`;
}

/** The port that workerd says it listens on. */
async function portOf(control: Readable): Promise<number> {
  let told = '';
  for await (const chunk of control) {
    told += String(chunk);
    const { event, port } = (told.endsWith('\n') ? JSON.parse(told) : {}) as { event?: string; port?: number };
    if (event === 'listen' && port !== undefined) return port;
  }
  throw new Error('workerd did not start');
}

/** Serves a Worker and asks it for the suite's outcomes. */
export async function outcomesOfWorker(program: string, module: string, settings: WorkerSettings): Promise<Outcome[]> {
  const file = `${module}.capnp`;
  await writeFile(file, configuration(module, settings));
  const child = spawn(program, ['serve', file, '--control-fd=3'], { cwd: dirname(module), stdio: ['ignore', 'ignore', 'pipe', 'pipe'], timeout: LONGEST_RUN_MS, killSignal: 'SIGKILL' });
  let complaints = '';
  child.stderr?.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  const ended = once(child, 'exit');
  try {
    const port = await portOf(child.stdio[3] as Readable);
    const answer = await fetch(`http://127.0.0.1:${port}/outcomes/`, { signal: AbortSignal.timeout(LONGEST_RUN_MS) });
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Outcome[];
  } catch (error) {
    throw new Error(`${String(error)}\n${complaints}`, { cause: error });
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}
