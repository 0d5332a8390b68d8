import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of this suite, whose package.json pins the runtimes. */
export const folder = fileURLToPath(new URL('.', import.meta.url));

interface Manifest {
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

/** What workerd is told of a Worker. */
export interface WorkerSettings {
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
  /** Whether these give it Node's modules. */
  readonly hasNode: boolean;
}

/** Where the suite runs, and how it is started there. */
export interface Runtime {
  readonly name: string;
  /** The package of this platform, and the program in it. */
  readonly packageName: string;
  readonly program: string;
  /** The module of the suite, and the arguments before it. */
  readonly entry: string;
  readonly args?: readonly string[];
  /** What makes a Worker of it, which is served and asked for the outcomes. */
  readonly worker?: WorkerSettings;
}

const { platform, arch } = process;
const bunArch = arch === 'arm64' ? 'aarch64' : arch;
const denoLibrary = platform === 'linux' ? '-glibc' : '';
const workerd = { packageName: `@cloudflare/workerd-${platform}-${arch === 'x64' ? '64' : arch}`, program: 'bin/workerd' };

/** Every runtime that the package is for. */
export const runtimes: readonly Runtime[] = [
  ...[20, 22, 24, 26].map((major) => ({ name: `node-${major}`, packageName: `node-${major}-${platform}-${arch}`, program: 'bin/node', entry: 'node-process' })),
  { name: 'bun', packageName: `@oven/bun-${platform}-${bunArch}`, program: 'bin/bun', entry: 'bun-process' },
  { name: 'deno', packageName: `@deno/${platform}-${arch}${denoLibrary}`, program: 'deno', entry: 'deno-process', args: ['run', '--allow-all', '--no-lock', '--node-modules-dir=manual'] },
  // Node's modules are there unasked since 2026-08-04; before, one asks for them, and has all that the stores need since 2025-12-04.
  { name: 'workerd', ...workerd, entry: 'worker-with-node', worker: { compatibilityDate: '2026-11-01', compatibilityFlags: [], hasNode: true } },
  { name: 'workerd-nodejs-compat', ...workerd, entry: 'worker-with-node', worker: { compatibilityDate: '2025-12-04', compatibilityFlags: ['nodejs_compat'], hasNode: true } },
  { name: 'workerd-without-node', ...workerd, entry: 'worker', worker: { compatibilityDate: '2025-12-04', compatibilityFlags: [], hasNode: false } },
];

const { optionalDependencies } = JSON.parse(readFileSync(`${folder}package.json`, 'utf8')) as Manifest;

/** The version that is pinned for this platform. @throws Error where npm has none */
export function pinnedVersion({ name, packageName }: Runtime): string {
  const pinned = optionalDependencies[packageName];
  if (pinned === undefined) throw new Error(`${name} cannot be had for ${platform} on ${arch}: test/runtime/package.json names no ${packageName}.`);
  return pinned.slice(pinned.lastIndexOf('@') + 1);
}

/** The version that is installed; undefined where none is. */
export function installedVersion({ packageName }: Runtime): string | undefined {
  try {
    return (JSON.parse(readFileSync(`${folder}node_modules/${packageName}/package.json`, 'utf8')) as { version: string }).version.replace(/^v/, '');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The program itself. @throws Error where it is not installed as pinned */
export function programOf(runtime: Runtime): string {
  const [pinned, installed] = [pinnedVersion(runtime), installedVersion(runtime)];
  // npm passes over an optional package that it cannot load.
  if (installed !== pinned) throw new Error(`${runtime.name} cannot be had: npm installed ${installed ?? 'no'} ${runtime.packageName}, ${pinned} is wanted.`);
  return `${folder}node_modules/${runtime.packageName}/${runtime.program}`;
}
