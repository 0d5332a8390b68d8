import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { packPackage, projectWith, root, run } from './packed-package.js';

const MINUTES = 60_000;

// Both ends of the peer range, each with a TypeScript of its age.
const ENDS = [
  ['11.22.1', 'typescript@5.9'],
  ['11', 'typescript@6.0'],
] as const;

let packed: Awaited<ReturnType<typeof packPackage>>;
const projects: string[] = [];

beforeAll(async () => {
  packed = await packPackage();
}, 3 * MINUTES);

afterAll(async () => {
  await packed.remove();
  for (const project of projects) await rm(project, { recursive: true, force: true });
});

describe('the packed declarations', () => {
  it.each(ENDS)('infer and refuse as they should with tRPC %s and %s', { timeout: 5 * MINUTES }, async (trpc, typescript) => {
    const project = await projectWith(packed.tarball, [
      ...[`@trpc/server@${trpc}`, `@trpc/client@${trpc}`, typescript, 'express@5', '@types/express@5', 'fastify@5', '@types/node@20', 'superjson'],
      ...['react@19', '@types/react@19'],
    ]);
    projects.push(project);
    await cp(join(root, 'test/types/cases'), join(project, 'cases'), { recursive: true });
    const compilerOptions = { strict: true, module: 'NodeNext', target: 'ES2022', types: ['node'], skipLibCheck: false, noEmit: true };
    const server = { compilerOptions: { ...compilerOptions, lib: ['ES2023'] }, include: ['cases'], exclude: ['cases/client.ts'] };
    const client = { compilerOptions: { ...compilerOptions, lib: ['ES2023', 'DOM'] }, include: ['cases/client.ts'] };
    for (const config of [server, client]) {
      await writeFile(join(project, 'tsconfig.json'), JSON.stringify(config));
      const output = await run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.'], project).catch((error: unknown) => String(error));
      // Declarations of @trpc/client 11.22 name those of ws, which a browser's project has not.
      const faults = output.split('\n').filter((line) => line.includes('error TS') && !line.startsWith('node_modules/@trpc/server/dist/ws-'));
      expect(faults).toEqual([]);
    }
  });
});

describe('the packed package', () => {
  let project: string;
  beforeAll(async () => {
    project = await projectWith(packed.tarball, ['@trpc/server@11']);
    projects.push(project);
  }, 3 * MINUTES);

  it('holds what users need and nothing else', async () => {
    const [{ files }] = JSON.parse(await run('npm', ['pack', packed.tarball, '--dry-run', '--json'], project)) as [{ files: { path: string }[] }];
    expect(files.length).toBeGreaterThan(50);
    const strangers = files.map(({ path }) => path).filter((path) => !/^(dist\/(src|client)\/.*\.(js|d\.ts)|docs\/(recipes\/)?([a-z-]+|README)\.md|package\.json|README\.md|CHANGELOG\.md|LICENSE|SECURITY\.md)$/.test(path));
    expect(strangers).toEqual([]);
  });

  it('loads no optional peer with the root, and no parser of bodies nobody sent', async () => {
    await writeFile(
      join(project, 'loaded.mjs'),
      `import { register } from 'node:module';
       register('data:text/javascript,' + encodeURIComponent(\`
         import { writeSync } from 'node:fs';
         export async function load(url, context, next) { writeSync(1, url + '\\\\n'); return next(url, context); }
       \`));
       await import('trpc-jwt-auth');`,
    );
    const loaded = (await run(process.execPath, ['loaded.mjs'], project)).trim().split('\n');
    expect(loaded.some((url) => url.includes('/trpc-jwt-auth/dist/src/index.js'))).toBe(true);
    const packages = new Set(loaded.map((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*\/node_modules\/)/.exec(url)?.[1]).filter((name) => name !== undefined));
    const { name, dependencies, peerDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { name: string } & Record<'dependencies' | 'peerDependencies', object>;
    // What those bring along is theirs, and changes with their releases.
    const named = [...packages].filter((loadedName) => [name, ...Object.keys(dependencies), ...Object.keys(peerDependencies)].includes(loadedName));
    expect(named.sort()).toEqual(['@trpc/server', 'cookie', 'ipaddr.js', 'jose', 'lru-cache', 'superjson', 'trpc-jwt-auth', 'zod']);
  });

  it('has its command line', { timeout: MINUTES }, async () => {
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    const command = (...args: string[]): Promise<string> => run('npx', ['--no-install', 'trpc-jwt-auth', ...args], project);
    expect((await command('--version')).trim()).toBe(version);
    expect(Buffer.from(await command('secret'), 'base64')).toHaveLength(48);
  });

  it('can be required where CommonJS still is', async () => {
    const script = "const { createJwtAuth } = require('trpc-jwt-auth'); console.log(typeof createJwtAuth);";
    expect((await run(process.execPath, ['-e', script], project)).trim()).toBe('function');
  });

  it('works in each documented way', async () => {
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error', 'express@5', 'fastify@5', 'kysely@0.28', '@trpc/client@11', 'superjson', 'react@19'], project);
    await cp(join(root, 'test/package/contract.mjs'), join(project, 'contract.mjs'));
    expect((await run(process.execPath, ['contract.mjs'], project)).trim()).toBe('every documented use works');
  });

  it('has every entry it names', async () => {
    const { exports } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { exports: Record<string, unknown> };
    const names = Object.keys(exports).filter((entry) => entry !== './package.json').map((entry) => join('trpc-jwt-auth', entry));
    const script = `for (const name of ${JSON.stringify(names)}) { const entry = await import(name); console.log(Object.keys(entry).length > 0); }`;
    await writeFile(join(project, 'entries.mjs'), script);
    expect((await run(process.execPath, ['entries.mjs'], project)).trim().split('\n')).toEqual(names.map(() => 'true'));
  });
});
