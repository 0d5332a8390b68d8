import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { createTRPCClient, httpBatchLink, TRPCClientError } from '@trpc/client';
import superjson from 'superjson';
import { hashPassword } from 'trpc-jwt-auth/passwords';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { openDatabase } from '../../example-app/database.js';
import type { AppDatabase } from '../../example-app/database.js';
import type { AppRouter } from '../../example-app/router.js';
import { hasProgram } from '../programs.js';
import { startExample } from '../specification/example-server.js';
import type { ExampleServer } from '../specification/example-server.js';
import { freePort, startProcess } from './example-process.js';
import type { ExampleProcess } from './example-process.js';

const login = { username: 'testuser', password: 'testpass123' };
const secondLogin = { username: 'seconduser', password: 'second pass 456' };

function client(url: string, token?: string) {
  const headers = token === undefined ? {} : { Authorization: `JWT ${token}` };
  return createTRPCClient<AppRouter>({ links: [httpBatchLink({ url: `${url}/trpc`, transformer: superjson, headers })] });
}

async function signedIn(url: string, credentials: typeof login) {
  const { token } = await client(url).auth.obtain.mutate(credentials);
  return client(url, token);
}

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  const error: unknown = await call.then(() => expect.fail('was answered'), (thrown: unknown) => thrown);
  return error instanceof TRPCClientError ? { code: error.data.code, authCode: error.data.authCode, fieldErrors: error.data.fieldErrors } : error;
}

describe('the example app', () => {
  let server: ExampleServer;
  let db: AppDatabase;
  beforeAll(async () => {
    server = await startExample();
    db = await openDatabase(server.databaseFile);
    await db
      .insertInto('users')
      .values({ username: secondLogin.username, email: 'second@example.com', password_hash: await hashPassword(secondLogin.password), is_active: 1 })
      .execute();
  });
  afterAll(async () => {
    await db.destroy();
    await server.close();
  });

  it("keeps each user's notes from the others", async () => {
    const [first, second] = [await signedIn(server.url, login), await signedIn(server.url, secondLogin)];
    const note = await first.notes.add.mutate({ text: '  Buy milk ' });
    expect(note.text).toBe('Buy milk');
    const other = await second.notes.add.mutate({ text: 'Sell milk' });

    expect(await first.notes.list.query()).toEqual([note]);
    expect(await second.notes.list.query()).toEqual([other]);
    expect(await failureOf(second.notes.delete.mutate({ id: note.id }))).toEqual({ code: 'NOT_FOUND', authCode: null, fieldErrors: null });
    expect(await first.notes.list.query()).toEqual([note]);

    await first.notes.delete.mutate({ id: note.id });
    expect(await first.notes.list.query()).toEqual([]);
    expect(await second.notes.list.query()).toEqual([other]);
  });

  it('refuses strangers, disabled users and notes out of bounds, each with its code', async () => {
    const unauthorized = { code: 'UNAUTHORIZED', fieldErrors: null };
    expect(await failureOf(client(server.url).notes.list.query())).toEqual({ ...unauthorized, authCode: 'NOT_AUTHENTICATED' });
    expect(await failureOf(client(server.url).auth.obtain.mutate({ ...login, username: 'disabled' }))).toEqual({ ...unauthorized, authCode: 'ACCOUNT_DISABLED' });
    const { notes } = await signedIn(server.url, login);
    const badText = (message: string) => ({ code: 'BAD_REQUEST', authCode: null, fieldErrors: { text: [message] } });
    expect(await failureOf(notes.add.mutate({ text: ' ' }))).toEqual(badText('Write something first.'));
    expect(await failureOf(notes.add.mutate({ text: 'x'.repeat(501) }))).toEqual(badText('At most 500 characters.'));
  });

  it('records the last login, and none of a disabled user', async () => {
    await signedIn(server.url, login);
    await failureOf(client(server.url).auth.obtain.mutate({ ...login, username: 'disabled' }));
    const rows = await db.selectFrom('users').select(['username', 'last_login']).where('username', 'in', ['testuser', 'disabled']).orderBy('username').execute();
    expect(rows).toEqual([
      { username: 'disabled', last_login: null },
      { username: 'testuser', last_login: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) },
    ]);
  });

  it('serves its page without anything inline', async () => {
    const response = await fetch(server.url);
    const page = await response.text();
    expect(response.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(page).not.toMatch(/<script(?![^>]*src=)|<style|\son\w+=|style=/);
    const files = [...page.matchAll(/(?:src|href)="\/([^"]+)"/g)].map(([, file]) => file);
    expect(files.length).toBeGreaterThanOrEqual(3);
    for (const file of files) expect((await fetch(`${server.url}/${file}`)).status).toBe(200);
  });
});

describe('a second start', () => {
  it('finds users and notes again, makes no user anew, and takes tokens of the first', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'trpc-jwt-auth-restart-'));
    const databaseFile = join(folder, 'app.sqlite3');
    try {
      const first = await startExample(databaseFile);
      const { token } = await client(first.url).auth.obtain.mutate(login);
      const note = await client(first.url, token).notes.add.mutate({ text: 'Buy milk' });
      const db = await openDatabase(databaseFile);
      await db.deleteFrom('users').where('username', '=', 'disabled').execute();
      await db.destroy();
      await first.close();

      const second = await startExample(databaseFile);
      expect(await client(second.url, token).notes.list.query()).toEqual([note]);
      expect(await failureOf(client(second.url).auth.obtain.mutate({ ...login, username: 'disabled' }))).toMatchObject({ authCode: 'INVALID_CREDENTIALS' });
      await second.close();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('npm start', () => {
  let folder: string;
  let environment: { PORT: string; DATABASE_FILE: string };
  const started: ExampleProcess[] = [];
  const start = async (): Promise<ExampleProcess> => {
    const one = await startProcess(environment);
    started.push(one);
    return one;
  };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trpc-jwt-auth-start-'));
    environment = { PORT: String(await freePort()), DATABASE_FILE: join(folder, 'data', 'app.sqlite3') };
  });
  afterEach(async () => {
    for (const one of started.splice(0)) await one.stop('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  if (hasProgram('bash', ['-c', 'curl --version'], 'the lines that npm start prints')) {
    it('prints lines that work when pasted, and keeps tokens good over a second start', { timeout: 60_000 }, async () => {
      const first = await start();
      const lines = first.printed.split('\n').filter((line) => /^ {2}(TOKEN=|curl )/.test(line));
      expect(lines).toHaveLength(3);
      const { stdout } = await promisify(execFile)('bash', ['-c', lines.join('\necho\n')]);
      const [token, , verified, called] = stdout.split('\n');
      expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
      expect(verified).toBe(`{"token":"${token}"}`);
      expect(called).toBe('{"username":"testuser"}');
      expect(((await stat(join(folder, 'data', 'jwt-secret'))).mode & 0o777).toString(8)).toBe('600');
      expect(await first.stop('SIGTERM')).toBe(0);

      const second = await start();
      const url = `http://127.0.0.1:${environment.PORT}/api/protected-endpoint/`;
      expect(await (await fetch(url, { headers: { Authorization: `JWT ${token}` } })).json()).toEqual({ username: 'testuser' });
      expect(await second.stop('SIGINT')).toBe(0);
    });
  }

  it('says so where its port is taken', { timeout: 60_000 }, async () => {
    await start();
    const late = await start();
    expect(late.printed).toContain(`Port ${environment.PORT} is taken.`);
    expect(late.exitCode).toBe(1);
  });
});
