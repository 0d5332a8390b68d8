import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { versionIn } from './setting.js';

/** The folder of the repository, and that of its benchmarks. */
export const FOLDERS = { root: fileURLToPath(new URL('../..', import.meta.url)), bench: fileURLToPath(new URL('..', import.meta.url)) };

const SOURCES = ['src', 'client'];
const BUILT = ['dist/src/index.js', 'dist/client/index.js'];
const isWindows = process.platform === 'win32';

/** The package, or what it is compared with, could not be made ready; npm has said why. */
export class InstallationError extends Error {
  override readonly name = 'InstallationError';
}

function npm(...args: readonly string[]): void {
  try {
    // On Windows npm is a script, which only a shell starts. What it prints is not for stdout, where the results go.
    execFileSync('npm', args, { cwd: FOLDERS.root, stdio: ['ignore', 2, 2], shell: isWindows });
  } catch (error) {
    throw new InstallationError(`npm ${args.join(' ')} failed`, { cause: error });
  }
}

function arePeersInstalled(): boolean {
  const { dependencies } = JSON.parse(readFileSync(join(FOLDERS.bench, 'package.json'), 'utf8')) as { readonly dependencies: Readonly<Record<string, string>> };
  return Object.entries(dependencies).every(([name, version]) => versionIn(join(FOLDERS.bench, 'node_modules', name)) === version);
}

function isBuilt(): boolean {
  const built = BUILT.map((file) => join(FOLDERS.root, file));
  if (!built.every((file) => existsSync(file))) return false;
  const builtAtMs = Math.min(...built.map((file) => statSync(file).mtimeMs));
  const sources = SOURCES.flatMap((folder) => readdirSync(join(FOLDERS.root, folder), { withFileTypes: true, recursive: true }));
  return sources.filter((each) => each.isFile()).every((each) => statSync(join(each.parentPath, each.name)).mtimeMs <= builtAtMs);
}

/** Under its own name the package is what an app would install, and not its source. */
function linkPackage(): void {
  const link = join(FOLDERS.bench, 'node_modules', 'trpc-jwt-auth');
  if (existsSync(link) && realpathSync(link) === realpathSync(FOLDERS.root)) return;
  rmSync(link, { recursive: true, force: true });
  if (isWindows) symlinkSync(FOLDERS.root, link, 'junction');
  else symlinkSync(join('..', '..'), link);
}

/** Installs what is compared with, builds the package and links it, where that is not done yet. @throws InstallationError where npm fails */
export function prepareInstallation(tell: (what: string) => void): void {
  if (!arePeersInstalled()) {
    tell('installing what is compared with');
    npm('ci', '--prefix', 'bench', '--ignore-scripts', '--no-audit', '--no-fund');
  }
  if (!isBuilt()) {
    tell('building the package');
    npm('run', '--silent', 'build');
  }
  linkPackage();
}
