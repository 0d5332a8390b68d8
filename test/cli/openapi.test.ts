import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

import { openApiDocument } from 'trpc-jwt-auth/rest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { CONFIGS, run, runJson, runProcess } from './command-run.js';
import { auth } from './configs/plain-auth.js';

interface Document {
  readonly info: object;
  readonly paths: object;
  readonly servers?: readonly object[];
}

const documentOf = async (...args: string[]): Promise<Document> => {
  const { exitCode, stdout, stderr } = await run(['openapi', ...args]);
  expect([exitCode, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Document;
};

describe('openapi', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trpc-jwt-auth-cli-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('prints the document, and nothing else', async () => {
    expect(await documentOf('plain-auth.ts')).toEqual(openApiDocument(auth, { info: { title: 'Authentication', version: '1.0.0' } }));
  });

  it('takes a title and a version', async () => {
    expect((await documentOf('plain-auth.ts', '--title', 'Notes', '--api-version', '2.1')).info).toEqual({ title: 'Notes', version: '2.1' });
  });

  it('takes what the module exports as openApi; the options go before it', async () => {
    const { info, paths, servers } = await documentOf('described-auth.ts', '--api-version', '3.1.0');
    expect(info).toEqual({ title: 'Notes', version: '3.1.0', description: 'Logs users in.' });
    expect(servers).toEqual([{ url: '/v3' }]);
    expect(Object.keys(paths)).toEqual(['/login/', '/api-token-refresh/', '/api-token-verify/', '/api-token-logout/']);
  });

  it('writes it to a file, over what was there', async () => {
    const file = join(directory, 'new', 'openapi.json');
    const out = relative(CONFIGS, file);
    const { exitCode, stdout, stderr } = await run(['openapi', 'plain-auth.ts', '--out', out]);
    expect([exitCode, stdout, stderr]).toEqual([0, '', `${out} describes 4 operations.\n`]);
    const text = await readFile(file, 'utf8');
    expect(text).toBe((await run(['openapi', 'plain-auth.ts'])).stdout);
    expect(await runJson(['openapi', 'plain-auth.ts', '--title', 'Notes', '--out', out])).toEqual({ exitCode: 0, document: { file: out, operations: 4 } });
    expect(await readFile(file, 'utf8')).toContain('"title": "Notes"');
  });

  it('says where it cannot write', async () => {
    await writeFile(join(directory, 'file'), '');
    const out = relative(CONFIGS, join(directory, 'file', 'openapi.json'));
    expect(await run(['openapi', 'plain-auth.ts', '--out', out])).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringMatching(/openapi\.json cannot be written \(E\w+\)\.\n$/) as string });
  });

  it.each([
    [['missing.ts'], 'There is no file missing.ts.'],
    [['no-auth.ts'], 'and nothing that createJwtAuth made as auth or default'],
    [['refused-auth.ts'], 'refused-auth.ts does not load.'],
    [['misdescribed-auth.ts'], 'openApiDocument: pahts is unknown; there are info, servers, paths, views.'],
    [['plain-auth.ts', '--title', ''], 'openApiDocument: info.title is "";'],
  ])('says what is wrong with %j', async (args, message) => {
    const outcome = await run(['openapi', ...args]);
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    expect(outcome.stderr).toContain(message);
    const { stdout, stderr } = await run(['openapi', ...args, '--json']);
    expect([stdout, Object.keys(JSON.parse(stderr) as object)]).toEqual(['', ['error']]);
  });

  it('asks no user table, and ends as a process though a server listens', async () => {
    expect(Object.keys((await documentOf('unasked-auth.ts')).paths)).toContain('/api-token-auth/');
    const { exitCode, stdout, stderr } = await runProcess(['openapi', 'test/cli/configs/listening-auth.ts']);
    expect([exitCode, stderr]).toEqual([0, 'listening\n']);
    expect(JSON.parse(stdout)).toMatchObject({ openapi: '3.1.1' });
  });
});
