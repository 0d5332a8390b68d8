import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** A server of a test's own, on 127.0.0.1, that can be ended, halted and started again. */
export interface ServerProcess {
  readonly url: string;
  readonly port: number;
  /** Its folder: data and log. */
  readonly dir: string;
  /** Another one after a restart. */
  readonly pid: number;
  /** Ends it and its children with SIGKILL, and waits until they are gone. */
  readonly kill: () => Promise<void>;
  /** Halts it: connections stay open, and nothing answers. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Starts it again after `kill`, or kills it first: at the same port, with the same data. */
  readonly restart: () => Promise<void>;
  /** Ends it for good, and removes the folder if that is its own. */
  readonly stop: () => Promise<void>;
}

export interface ServerOptions {
  /** Where data is kept, @default a new folder that `stop` removes */
  readonly dir?: string;
  /** @default a free one */
  readonly port?: number;
  /** Further arguments; the last one of a name counts. */
  readonly args?: readonly string[];
}

interface ServerProgram {
  readonly program: string;
  readonly args: readonly string[];
  readonly user?: SystemUser;
  readonly env?: NodeJS.ProcessEnv;
  readonly answers: () => Promise<boolean>;
}

export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

const START_MS = 20_000;
const GONE_MS = 5000;

/** A port nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A folder for a server's data, and what removes it: nothing where the folder was somebody's before. */
export function serverFolder(name: string, dir?: string): { dir: string; remove: () => void } {
  if (dir !== undefined) return { dir, remove: () => undefined };
  const own = mkdtempSync(join(tmpdir(), `${name}-`));
  return { dir: own, remove: () => rmSync(own, { recursive: true, force: true }) };
}

/** Starts a server and waits until it answers. */
export async function startServer(url: string, port: number, dir: string, program: ServerProgram, remove: () => void): Promise<ServerProcess> {
  const log = join(dir, 'log');
  let child: ChildProcess | undefined;
  let family: readonly number[] = [];

  const start = async (): Promise<void> => {
    const out = openSync(log, 'a');
    // In a group of its own, or Ctrl+C would end it before the tests that use it.
    const started = spawn(program.program, program.args, { ...program.user, env: program.env ?? process.env, cwd: dir, detached: true, stdio: ['ignore', out, out] });
    closeSync(out);
    child = started;
    let failure: Error | undefined;
    started.once('error', (error) => (failure = error));
    started.unref();
    for (const end = Date.now() + START_MS; !(await program.answers()); await wait(20)) {
      if (failure === undefined && started.exitCode === null && started.signalCode === null && Date.now() < end) continue;
      started.kill('SIGKILL');
      throw new Error(`${program.program} did not start:\n${readFileSync(log, 'utf8').slice(-2000)}`, { cause: failure });
    }
  };
  const kill = async (): Promise<void> => {
    const pid = child?.pid;
    if (pid === undefined || !isRunning(pid)) return;
    // What is halted forks no more; PostgreSQL's children are in groups of their own.
    signal([pid], 'SIGSTOP');
    const all = [pid, ...childrenOf(pid)];
    signal(all, 'SIGKILL');
    for (const end = Date.now() + GONE_MS; all.some(isRunning); await wait(5)) {
      if (Date.now() > end) throw new Error(`${program.program} cannot be killed`);
    }
  };
  const atExit = (): void => {
    if (child?.pid !== undefined) signal([child.pid, ...childrenOf(child.pid)], 'SIGKILL');
    remove();
  };
  process.once('exit', atExit);
  const stop = async (): Promise<void> => {
    process.off('exit', atExit);
    await kill();
    remove();
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    port,
    dir,
    get pid() {
      return child?.pid ?? -1;
    },
    kill,
    pause: () => {
      const pid = child?.pid ?? -1;
      signal([pid], 'SIGSTOP');
      family = [...childrenOf(pid), pid];
      signal(family, 'SIGSTOP');
    },
    resume: () => {
      signal(family, 'SIGCONT');
      family = [];
    },
    restart: async () => {
      await kill();
      await start();
    },
    stop,
  };
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      if (pid > 0) process.kill(pid, name);
    } catch (error) {
      // It was faster.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

function childrenOf(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  return existsSync(file) ? readFileSync(file, 'utf8').split(' ').filter(Boolean).map(Number) : [];
}

/** A zombie, which nobody may ever collect, runs no more. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && !existsSync('/proc/self');
  }
}
