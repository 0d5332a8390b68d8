import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { buildPackage } from '../../scripts/package-build.js';

/** The repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

const execute = promisify(execFile);

/** What a command may be run with. */
export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** In milliseconds. @default for ever */
  readonly timeout?: number;
}

/** Runs a command; a failure's message has its output. */
export async function run(command: string, args: readonly string[], cwd: string, options: RunOptions = {}): Promise<string> {
  try {
    const { stdout } = await execute(command, args, { cwd, maxBuffer: 64 * 1024 * 1024, ...options });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '', killed = false } = error as { stdout?: string; stderr?: string; killed?: boolean };
    const what = killed && options.timeout !== undefined ? `was not done after ${options.timeout / 1000} s` : 'failed';
    throw new Error(`${command} ${args.join(' ')} ${what}\n${stdout}\n${stderr}`, { cause: error });
  }
}

/** Builds the package into a folder of its own, so that no two test files write one dist, and packs it. */
export async function packPackage(): Promise<{ tarball: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'trpc-jwt-auth-pack-'));
  await buildPackage(join(folder, 'dist'));
  for (const file of ['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE', 'SECURITY.md']) await writeFile(join(folder, file), await readFile(join(root, file)));
  await cp(join(root, 'docs'), join(folder, 'docs'), { recursive: true });
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], folder);
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  return { tarball: join(folder, `trpc-jwt-auth-${version}.tgz`), remove: () => rm(folder, { recursive: true, force: true }) };
}

/** An empty project that has installed the tarball and the packages named. */
export async function projectWith(tarball: string, packages: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'trpc-jwt-auth-project-'));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'project', private: true, type: 'module' }));
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error', tarball, ...packages], folder);
  return folder;
}

