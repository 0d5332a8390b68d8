import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface ExampleProcess {
  /** What it printed until it was ready, or ended. */
  readonly printed: string;
  readonly exitCode: number | null;
  /** Asks it to end, as Ctrl+C and a service manager do. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>;
}

/** The example app as `npm start` runs it, once it has said what to try or has given up. */
export async function startProcess(environment: Record<string, string>, args: readonly string[] = []): Promise<ExampleProcess> {
  const { JWT_SECRET: _secret, HOST: _host, REDIS_URL: _redis, DATABASE_URL: _database, TRUSTED_PROXIES: _proxies, ...inherited } = process.env;
  const child = spawn(process.execPath, ['--import', 'tsx', 'example-app/server.ts', ...args], { cwd: root, env: { ...inherited, ...environment } });
  const printed = await new Promise<string>((resolve, reject) => {
    let text = '';
    const collect = (chunk: Buffer): void => {
      text += chunk.toString();
      if (text.includes('/api/protected-endpoint/')) resolve(text);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', reject);
    child.on('close', () => resolve(text));
  });
  return { printed, exitCode: child.exitCode, stop: (signal = 'SIGTERM') => stop(child, signal) };
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
  return child.exitCode;
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
