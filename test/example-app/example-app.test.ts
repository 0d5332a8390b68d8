import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { createTRPCClient, httpBatchLink, TRPCClientError } from '@trpc/client';
import superjson from 'superjson';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { AppRouter } from '../../example-app/router.js';
import { startExample } from '../specification/example-server.js';
import type { ExampleServer } from '../specification/example-server.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const login = { username: 'testuser', password: 'testpass123' };

function client(url: string, token?: string) {
  const headers = token === undefined ? {} : { Authorization: `JWT ${token}` };
  return createTRPCClient<AppRouter>({ links: [httpBatchLink({ url: `${url}/trpc`, transformer: superjson, headers })] });
}

describe('the example app', () => {
  let server: ExampleServer;
  beforeAll(async () => {
    server = await startExample();
  });
  afterAll(() => server.close());

  it('keeps notes for whoever is signed in, and finds them after a restart', async () => {
    const { token } = await client(server.url).auth.obtain.mutate(login);
    const trpc = client(server.url, token);
    const note = await trpc.notes.add.mutate({ text: '  Buy milk ' });
    expect(note.text).toBe('Buy milk');

    const again = await startExample(server.databaseFile);
    try {
      const later = client(again.url, token);
      expect(await later.notes.list.query()).toEqual([note]);
      await later.notes.delete.mutate({ id: note.id });
    } finally {
      await again.close();
    }
    expect(await trpc.notes.list.query()).toEqual([]);
  });

  it('refuses strangers, disabled users and empty notes, each with its code', async () => {
    const codeOf = async (call: Promise<unknown>): Promise<unknown> => {
      const error: unknown = await call.then(() => expect.fail('was answered'), (thrown: unknown) => thrown);
      return error instanceof TRPCClientError ? { authCode: error.data.authCode, fieldErrors: error.data.fieldErrors } : error;
    };
    expect(await codeOf(client(server.url).notes.list.query())).toEqual({ authCode: 'NOT_AUTHENTICATED', fieldErrors: null });
    expect(await codeOf(client(server.url).auth.obtain.mutate({ ...login, username: 'disabled' }))).toEqual({ authCode: 'ACCOUNT_DISABLED', fieldErrors: null });
    const { token } = await client(server.url).auth.obtain.mutate(login);
    expect(await codeOf(client(server.url, token).notes.add.mutate({ text: ' ' }))).toEqual({ authCode: null, fieldErrors: { text: ['Write something first.'] } });
  });

  it('serves its page without anything inline', async () => {
    const response = await fetch(server.url);
    const page = await response.text();
    expect(response.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(page).not.toMatch(/<script(?![^>]*src=)|<style|\son\w+=|style=/);
    for (const [, file] of page.matchAll(/(?:src|href)="([^"]+)"/g)) expect((await fetch(`${server.url}/${file}`)).status).toBe(200);
  });
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  return port;
}

async function startProcess(environment: Record<string, string>) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'example-app/server.ts'], { cwd: root, env: { ...process.env, ...environment } });
  let printed = '';
  child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  for await (const chunk of child.stdout) {
    printed += String(chunk);
    if (printed.includes('protected-endpoint')) break;
  }
  return { child, printed: () => printed };
}

describe('npm start', () => {
  it('prints lines that work when pasted, and keeps users and tokens over a second start', { timeout: 60_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'trpc-jwt-auth-start-'));
    const port = await freePort();
    const environment = { PORT: String(port), DATABASE_FILE: join(folder, 'app.sqlite3') };
    const first = await startProcess(environment);
    const lines = first.printed().split('\n').filter((line) => /^ {2}(TOKEN=|curl )/.test(line));
    expect(lines).toHaveLength(3);
    const { stdout } = await promisify(execFile)('bash', ['-c', lines.join('\necho\n')]);
    const [token, , verified, called] = stdout.split('\n');
    expect(verified).toBe(`{"token":"${token}"}`);
    expect(called).toBe('{"username":"testuser"}');

    first.child.kill('SIGTERM');
    await once(first.child, 'exit');
    expect(first.child.exitCode).toBe(0);
    const { child } = await startProcess(environment);
    const again = await fetch(`http://127.0.0.1:${port}/api/protected-endpoint/`, { headers: { Authorization: `JWT ${token}` } });
    expect(await again.json()).toEqual({ username: 'testuser' });

    const second = await startProcess(environment);
    if (second.child.exitCode === null) await once(second.child, 'exit');
    expect(second.printed()).toContain(`Port ${port} is taken.`);
    child.kill('SIGTERM');
    await once(child, 'exit');
    await rm(folder, { recursive: true, force: true });
  });
});
