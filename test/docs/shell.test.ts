import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { hasProgram } from '../programs.js';
import { isRecipe } from '../recipes/recipes.js';
import { documents, ROOT } from './markdown.js';
import type { Block } from './markdown.js';
import { ENVIRONMENT, Workshop } from './workshop.js';
import type { Served } from './workshop.js';

const all = documents().filter((document) => !isRecipe(document));
const shell = all.flatMap(({ blocks }) => blocks).filter(({ language }) => language === 'sh');
const requests = shell.filter(({ code }) => code.includes('curl '));
const commands = shell.filter((block) => block.code.includes('npx trpc-jwt-auth') && !requests.includes(block));

/** What a block says its commands print: its comment lines, in which `…` stands for anything; alone, for any lines. */
function promised({ code }: Block): RegExp {
  const lines = code.split('\n').filter((line) => line.startsWith('# '));
  const pattern = lines.map((line) => line.slice(2).split('…').map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join(line === '# …' ? '[^]*' : '.*'));
  return new RegExp(`^${pattern.join('\n')}$`);
}

function request({ code }: Block, port: number, directory: string): Promise<string> {
  // Answers end without a line break, which a terminal shows all the same.
  return run(`curl() { command curl -w '\\n' "$@"; }\n${code.replaceAll('localhost:3000', `127.0.0.1:${port}`)}`, directory);
}

/** Runs the command line of the workshop's package, which is src/cli/main.ts compiled, beside the modules of its document. */
function command({ code, document }: Block, workshop: Workshop): Promise<string> {
  const main = join(workshop.directory, 'node_modules/trpc-jwt-auth/dist/src/cli/main.js');
  return run(`npx() { [ "$1" = trpc-jwt-auth ] && shift && '${process.execPath}' '${main}' "$@"; }\n${code}`, workshop.directoryOf(document));
}

function run(script: string, directory: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('bash', ['-e', '-c', script], { cwd: directory, timeout: 20_000, env: { ...process.env, ...ENVIRONMENT } }, (error, printed, complaints) => {
      if (error === null) resolve(printed);
      else reject(new Error(`${error.message}\n${printed}${complaints}`));
    });
  });
}

function lines(printed: string): string {
  return printed.replaceAll('\r', '').split('\n').filter((line) => line !== '').join('\n');
}

if (hasProgram('bash', ['-c', 'curl --version'], 'the sh blocks of the documents')) {
  describe('every sh block with curl or the command line', () => {
    const workshop = new Workshop(all.flatMap(({ blocks }) => blocks).filter(({ language }) => language === 'ts' || language === 'tsx'));
    const servers = new Map<string, Served>();

    beforeAll(async () => {
      for (const document of new Set(requests.map((block) => block.document))) servers.set(document, await workshop.serve(document));
    }, 30_000);

    afterAll(() => {
      for (const { stop } of servers.values()) stop();
      workshop.close();
    });

    it.each(requests.map((block) => [block.place, block] as const))('%s, against the server of its document', async (_place, block) => {
      expect(lines(await request(block, servers.get(block.document)?.port ?? 0, workshop.directory))).toMatch(promised(block));
    });

    it.each(commands.map((block) => [block.place, block] as const))('%s, beside the modules of its document', async (_place, block) => {
      expect(lines(await command(block, workshop))).toMatch(promised(block));
    });
  });
}

describe('every other sh block', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
  const others = shell.filter((block) => !requests.includes(block) && !commands.includes(block));

  it.each(others.map((block) => [block.place, block] as const))('%s names scripts that exist', (_place, { code }) => {
    const parts = code.split(/\n|&&/).map((command) => command.replace(/#.*/, '').trim()).filter((command) => command !== '');
    for (const command of parts) {
      const script = /^npm (?:run )?(?!ci|install|pack)([\w:-]+)/.exec(command)?.[1];
      if (script !== undefined) expect(Object.keys(scripts)).toContain(script);
      else expect(command).toMatch(/^(npm (ci|install|pack)|npx (vitest|tsx) |openssl |git )/);
    }
  });
});
