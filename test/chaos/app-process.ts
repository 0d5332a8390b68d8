import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import type { AppOptions } from './app-server.js';

/** A server process of the package. */
export interface AppProcess {
  /** The same after a restart. */
  readonly port: number;
  /** How often it was killed. */
  readonly kills: number;
  /** How often it ended by itself. */
  readonly crashes: number;
  /** What it wrote to stderr. */
  readonly complaints: string;
  /** SIGKILL, and waits until it is gone. */
  readonly kill: () => Promise<void>;
  /** Starts it again after `kill`. */
  readonly start: () => Promise<void>;
  readonly setClock: (offsetMs: number) => Promise<void>;
  /** How often each kind of event was told since its start. */
  readonly events: () => Promise<Record<string, number>>;
  readonly stop: () => Promise<void>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const MOST_COMPLAINTS = 4000;

/** Starts a server process, and waits until it listens. */
export async function startApp(options: AppOptions): Promise<AppProcess> {
  let child: ChildProcess | undefined;
  let [port, kills, crashes, complaints] = [0, 0, 0, ''];

  const start = async (): Promise<void> => {
    const env = { ...process.env, CHAOS_APP: JSON.stringify({ ...options, port }) };
    const started = spawn(process.execPath, ['--import', 'tsx', 'test/chaos/app-server.ts'], { cwd: root, env, stdio: ['pipe', 'pipe', 'pipe'] });
    child = started;
    started.stderr.on('data', (chunk: Buffer) => (complaints = (complaints + chunk.toString()).slice(-MOST_COMPLAINTS)));
    started.once('exit', () => {
      if (child === started) crashes += 1;
    });
    port = await new Promise((resolve, reject) => {
      let printed = '';
      started.stdout.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
        const listening = /listening (\d+)/.exec(printed);
        if (listening !== null) resolve(Number(listening[1]));
      });
      started.once('error', reject);
      started.once('close', () => reject(new Error(`The server process ended.\n${complaints}`)));
    });
  };
  const kill = async (): Promise<void> => {
    const killed = child;
    child = undefined;
    if (killed === undefined || killed.exitCode !== null || killed.signalCode !== null) return;
    const ended = once(killed, 'exit');
    killed.kill('SIGKILL');
    await ended;
  };
  const control = async (method: string, path: string): Promise<unknown> => {
    const answer = await fetch(`http://127.0.0.1:${port}/chaos/${path}/`, { method });
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return answer.json();
  };

  await start();
  return {
    get port() {
      return port;
    },
    get kills() {
      return kills;
    },
    get crashes() {
      return crashes;
    },
    get complaints() {
      return complaints;
    },
    kill: async () => {
      kills += 1;
      await kill();
    },
    start,
    setClock: async (offsetMs) => {
      await control('POST', `clock/${offsetMs}`);
    },
    events: async () => (await control('GET', 'events')) as Record<string, number>,
    stop: kill,
  };
}
