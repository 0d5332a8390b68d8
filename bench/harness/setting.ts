import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, machine, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

import type { Pace } from './turns.js';

/** What a machine is, as far as it bears on its figures. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
}

/** When, where, how long and with which versions something was measured. */
export interface Setting {
  /** ISO 8601, in UTC. */
  readonly measuredAt: string;
  readonly machine: Machine;
  readonly pace: Pace;
  /** By the name of the package; the repository's own first. */
  readonly versions: Readonly<Record<string, string>>;
}

const COMPARED = ['express', 'fastify', '@trpc/server', 'jose', 'hono', '@hono/node-server', 'express-jwt', '@fastify/jwt', 'better-auth'];
const BYTES_A_GB = 2 ** 30;
const OS_RELEASE = '/etc/os-release';

/** The version that a package's own file says, or undefined where there is none. */
export function versionIn(folder: string): string | undefined {
  const file = join(folder, 'package.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { readonly version?: string }).version : undefined;
}

function systemName(): string {
  const kernel = `${type()} ${release()} ${machine()}`;
  const distribution = existsSync(OS_RELEASE) ? parseEnv(readFileSync(OS_RELEASE, 'utf8'))['PRETTY_NAME'] : undefined;
  return distribution === undefined ? kernel : `${distribution}, ${kernel}`;
}

function thisMachine(): Machine {
  const cpu = cpus()[0]?.model.replace(/\s+/g, ' ').trim();
  return { cpu: cpu === undefined || cpu === '' ? 'unknown CPU' : cpu, cores: availableParallelism(), memoryGb: Math.round(totalmem() / BYTES_A_GB), system: systemName(), node: process.version };
}

/** The setting here and now; a package that is installed twice has both its versions. */
export function currentSetting({ root, bench }: { readonly root: string; readonly bench: string }, pace: Pace): Setting {
  const versionsOf = (name: string): string => {
    const found = [root, bench].map((folder) => versionIn(join(folder, 'node_modules', name))).filter((version) => version !== undefined);
    return [...new Set(found)].join(' and ');
  };
  const versions = Object.fromEntries(COMPARED.map((name) => [name, versionsOf(name)]).filter(([, version]) => version !== ''));
  return { measuredAt: new Date().toISOString(), machine: thisMachine(), pace, versions: { 'trpc-jwt-auth': versionIn(root) ?? '', ...versions } };
}
