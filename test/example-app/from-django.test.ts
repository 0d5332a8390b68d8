import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { sign } from '../conformance/issued.js';
import { startExample } from '../specification/example-server.js';
import type { ExampleServer } from '../specification/example-server.js';
import { freePort, startProcess } from './example-process.js';

const FIXTURE = fileURLToPath(new URL('../fixtures/django-users.sqlite3', import.meta.url));
const SECRET_KEY = 'the SECRET_KEY of a Django project of fifty letters';

/** As Django made them; `becomes` is the format of the hash after a login. */
const USERS = [
  { username: 'testuser', password: 'testpass123', becomes: /^scrypt\$16384\$/ },
  { username: 'jürgen', password: 'pässwörd ✓', becomes: /^argon2\$argon2id\$v=19\$m=102400,/ },
  { username: 'user@example.com', password: 'password123', becomes: /^scrypt\$16384\$/ },
  { username: 'sha1user', password: 'old-password', becomes: /^scrypt\$16384\$/ },
  { username: 'bcryptuser', password: 'bcrypt-pass', becomes: /^scrypt\$16384\$/ },
];

let folder: string;
let databaseFile: string;
let server: ExampleServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trpc-jwt-auth-django-'));
  databaseFile = join(folder, 'db.sqlite3');
  await copyFile(FIXTURE, databaseFile);
  server = await startExample(join(folder, 'app.sqlite3'), { django: { databaseFile, settings: { SECRET_KEY, JWT_AUTH: { JWT_ALLOW_REFRESH: true } } } });
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

async function post(path: string, body: object): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${server.url}${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

function row(username: string): { password: string; last_login: string | null } {
  const db = new Database(databaseFile);
  try {
    return db.prepare('SELECT password, last_login FROM auth_user WHERE username = ?').get(username) as { password: string; last_login: string | null };
  } finally {
    db.close();
  }
}

describe('the example app on the database of a Django project', () => {
  it.each(USERS)('logs $username in, and upgrades the hash where a new one is stronger', async ({ username, password, becomes }) => {
    const { password: before } = row(username);
    expect((await post('/api-token-auth/', { username, password: `${password} ` })).body).toEqual({ non_field_errors: ['Unable to log in with provided credentials.'] });
    const login = await post('/api-token-auth/', { username, password });
    expect(login).toMatchObject({ status: 200, body: { token: expect.any(String) as string } });
    await vi.waitFor(() => expect(row(username).password).toMatch(becomes), { timeout: 10_000 });
    if (becomes.test(before)) expect(row(username).password).toBe(before);
    expect(row(username).last_login).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/);
    expect((await post('/api-token-auth/', { username, password })).status).toBe(200);
  }, 60_000);

  it.each([
    ['the inactive user', 'disabled', 'testpass123', 'User account is disabled.'],
    ['the inactive user with a wrong password', 'disabled', 'wrong', 'Unable to log in with provided credentials.'],
    ['the user without a password', 'nopassword', '!', 'Unable to log in with provided credentials.'],
    ['the user without a password, by what is stored', 'nopassword', '', 'This field may not be blank.'],
    ['nobody', 'nobody', 'testpass123', 'Unable to log in with provided credentials.'],
  ])('does not log in %s, and changes no hash', async (_who, username, password, message) => {
    const before = username === 'nobody' ? undefined : row(username).password;
    const answer = await post('/api-token-auth/', { username, password });
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).toContain(message);
    if (before !== undefined) expect(row(username).password).toBe(before);
  }, 60_000);

  it('takes a token that Django issued, at every door, and makes it a session', async () => {
    const now = Math.floor(Date.now() / 1000);
    const token = sign({ typ: 'JWT', alg: 'HS256' }, { user_id: 1, username: 'testuser', exp: now + 300, email: 'testuser@example.com', orig_iat: now - 60 }, SECRET_KEY);
    expect(await post('/api-token-verify/', { token })).toEqual({ status: 200, body: { token } });
    const page = await fetch(`${server.url}/api/protected-endpoint/`, { headers: { Authorization: `JWT ${token}` } });
    expect([page.status, await page.json()]).toEqual([200, { username: 'testuser' }]);
    const refreshed = await post('/api-token-refresh/', { token });
    expect(refreshed).toMatchObject({ status: 200, body: { token: expect.any(String) as string, refresh_token: expect.any(String) as string } });
    expect((await post('/api-token-refresh/', { refresh_token: refreshed.body.refresh_token })).status).toBe(200);
  });
});

describe('npm run start:from-django', () => {
  it('serves a copy of its sample, or says what it needs', async () => {
    const environment = { PORT: String(await freePort()), DATABASE_FILE: join(folder, 'process.sqlite3') };
    const sample = await startProcess(environment, ['--from-django']);
    expect(sample.printed).toMatch(/Users of Django: .*example-app.data.django-users\.sqlite3/);
    expect(await sample.stop()).toBe(0);

    const settings = join(folder, 'settings.json');
    await writeFile(settings, JSON.stringify({ SECRET_KEY, JWT_AUTH: { JWT_AUTH_HEADER_PREFIX: 'Bearer' } }));
    const own = await startProcess({ ...environment, DJANGO_SETTINGS: settings }, ['--from-django', databaseFile]);
    expect(own.printed).toContain(`Users of Django: ${databaseFile}`);
    expect(await own.stop()).toBe(0);

    for (const [args, extra, complaint] of [
      [[join(folder, 'none.sqlite3')], { DJANGO_SETTINGS: settings }, /There is no file .*none\.sqlite3\. Give the path of the Django project's SQLite file/],
      [[join(folder, 'process.sqlite3')], { DJANGO_SETTINGS: settings }, /has no table auth_user\. Is it the Django project's file/],
      [[databaseFile], {}, /Give the project’s settings too, DJANGO_SETTINGS=settings\.json/],
    ] as const) {
      const refused = await startProcess({ ...environment, ...extra }, ['--from-django', ...args]);
      expect(refused.printed).toMatch(complaint);
      expect(refused.exitCode).toBe(1);
    }
  }, 60_000);
});
