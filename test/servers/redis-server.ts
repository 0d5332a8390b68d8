import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { promisify } from 'node:util';

import { freePort, serverFolder, startServer } from './server-process.js';
import type { ServerOptions, ServerProcess } from './server-process.js';

const execute = promisify(execFile);
const ANSWER_MS = 500;

/** Whether a Redis answers there, without a password. */
export function redisAnswers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const end = (answers: boolean): void => {
      socket.destroy();
      resolve(answers);
    };
    socket.setTimeout(ANSWER_MS, () => end(false));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
    socket.once('data', (data) => end(data.toString().startsWith('+PONG')));
    socket.write('PING\r\n');
  });
}

let found: Promise<void> | undefined;

/** Sees to it that there is a redis-server, once. @throws Error that says what is missing */
function requireRedisServer(): Promise<void> {
  found ??= execute('redis-server', ['--version']).then(
    () => undefined,
    async (missing: unknown) => {
      const why = 'redis-server is not on the PATH';
      if (process.getuid?.() !== 0) throw new Error(why, { cause: missing });
      const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
      try {
        await execute('apt-get', ['update'], options);
        await execute('apt-get', ['install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=60', 'redis-server'], options);
        await execute('redis-server', ['--version']);
      } catch (cause) {
        throw new Error(`${why}, and apt-get could not install it`, { cause });
      }
    },
  );
  return found;
}

/** Starts a Redis of its own. What it has answered survives `kill`. */
export async function startRedis(options: ServerOptions = {}): Promise<ServerProcess> {
  await requireRedisServer();
  const port = options.port ?? (await freePort());
  const { dir, remove } = serverFolder('redis', options.dir);
  // The log of writes is written before the answer; that it reaches the disk matters only when the machine goes down.
  const kept = ['--appendonly', 'yes', '--appendfsync', 'no', '--save', ''];
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, ...kept, ...(options.args ?? [])];
  return startServer(`redis://127.0.0.1:${port}`, port, dir, { program: 'redis-server', args, answers: () => redisAnswers(port) }, remove);
}

/** Starts a Redis Cluster of one node, which has all slots. */
export async function startRedisCluster(options: ServerOptions = {}): Promise<ServerProcess> {
  // A node that met no other does not know its own address, which clients go by.
  const node = ['--cluster-announce-ip', '127.0.0.1', '--cluster-port', String(await freePort())];
  const cluster = ['--cluster-enabled', 'yes', ...node, ...(options.args ?? [])];
  const server = await startRedis({ ...options, args: cluster });
  const socket = connect({ port: server.port, host: '127.0.0.1' });
  try {
    await new Promise<void>((resolve, reject) => {
      let all = '';
      socket.once('error', reject);
      socket.on('data', (data) => {
        all += data.toString();
        if (all.includes('-ERR')) reject(new Error(all));
        // It takes a moment until the node finds the cluster complete.
        if (all.includes('cluster_state:ok')) resolve();
        else if (all.includes('\r\n')) setTimeout(() => socket.write('CLUSTER INFO\r\n'), 20);
      });
      socket.write('CLUSTER ADDSLOTSRANGE 0 16383\r\n');
    });
  } catch (error) {
    await server.stop();
    throw error;
  } finally {
    socket.destroy();
  }
  return server;
}
