import { mkdir, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { packPackage, root, run } from '../package/packed-package.js';

/** This folder, whose package.json pins what the recipes are written for. */
export const folder = fileURLToPath(new URL('.', import.meta.url));

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const manifestIn = async (directory: string): Promise<Manifest> => JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as Manifest;

async function isInstalled(name: string, version: string): Promise<boolean> {
  try {
    return (await manifestIn(join(folder, 'node_modules', name))).version === version;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** Installs what is pinned, unless it is there; says which. @throws Error where something cannot be had */
export async function installPinned(): Promise<string> {
  const pinned = Object.entries((await manifestIn(folder)).dependencies);
  const missing = async (): Promise<string[]> => (await Promise.all(pinned.map(async ([name, version]) => ((await isInstalled(name, version)) ? [] : [`${name}@${version}`])))).flat();
  if ((await missing()).length === 0) return 'there already';
  // No scripts, which would download from elsewhere; no peers, of which Expo alone has hundreds.
  await run('npm', ['ci', '--ignore-scripts', '--legacy-peer-deps', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'], folder);
  const left = await missing();
  if (left.length > 0) throw new Error(`npm has not installed ${left.join(', ')}.`);
  return 'installed';
}

/** Unpacks the packed package where the projects find it, beside the dependencies that the repository has installed for it. */
export async function installPackage(): Promise<void> {
  const { tarball, remove } = await packPackage();
  const target = join(folder, 'node_modules/trpc-jwt-auth');
  await rm(target, { recursive: true, force: true });
  await mkdir(join(target, 'node_modules'), { recursive: true });
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', target], folder);
  await remove();
  for (const name of Object.keys((await manifestIn(target)).dependencies)) await symlink(join(root, 'node_modules', name), join(target, 'node_modules', name), 'junction');
}

/** The packages that a recipe may tell its reader to install. */
export async function knownPackages(): Promise<ReadonlySet<string>> {
  const manifests = [await manifestIn(folder), await manifestIn(root)];
  return new Set(['trpc-jwt-auth', ...manifests.flatMap(({ dependencies, devDependencies, peerDependencies }) => Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies }))]);
}
