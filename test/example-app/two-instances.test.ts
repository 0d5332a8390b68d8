import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, inject, it } from 'vitest';

import type { AppOptions } from '../../example-app/app.js';
import { openSchema } from '../servers/postgres-server.js';
import { startExample } from '../specification/example-server.js';
import type { ExampleServer } from '../specification/example-server.js';
import { liveClient } from './live-client.js';

type Urls = Pick<AppOptions, 'redisUrl' | 'databaseUrl'>;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Two instances, as `npm start` and `PORT=8001 npm start`. */
async function startTwo(urls: Urls): Promise<[ExampleServer, ExampleServer]> {
  const folder = await mkdtemp(join(tmpdir(), 'trpc-jwt-auth-two-'));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  const servers = await Promise.all([0, 1].map(() => startExample(join(folder, 'app.sqlite3'), { ...urls, trustedProxies: 1 })));
  for (const server of servers) closing.push(server.close);
  return servers as [ExampleServer, ExampleServer];
}

const post = async (server: ExampleServer, path: string, body: object, from = '192.0.2.1') => {
  const headers = { 'Content-Type': 'application/json', 'X-Forwarded-For': from, 'User-Agent': 'a test' };
  const response = await fetch(`${server.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: response.status, code: response.headers.get('auth-error-code'), body: (await response.json()) as { token: string; refresh_token: string } };
};
const visit = async (server: ExampleServer, token: string) => (await fetch(`${server.url}/api/protected-endpoint/`, { headers: { Authorization: `JWT ${token}` } })).status;
const login = { username: 'testuser', password: 'testpass123' };

const places: [name: string, urls: () => Promise<Urls>][] = [['SQLite', () => Promise.resolve({})]];
const [redisUrl, databaseUrl] = [inject('redisUrl'), inject('databaseUrl')];
if (redisUrl !== null) places.push(['Redis', () => Promise.resolve({ redisUrl })]);
if (databaseUrl !== null) {
  places.push(['PostgreSQL', async () => {
    const { schema, drop } = await openSchema(databaseUrl);
    closing.push(drop);
    return { databaseUrl: `${databaseUrl}?options=${encodeURIComponent(`-c search_path=${schema}`)}` };
  }]);
}

describe.each(places)('two instances of the example app on %s', (_name, urls) => {
  it('share sessions: what one ends, the other refuses', { timeout: 30_000 }, async () => {
    const [one, other] = await startTwo(await urls());
    const first = (await post(one, '/api-token-auth/', login)).body;
    const second = (await post(other, '/api-token-refresh/', { refresh_token: first.refresh_token })).body;
    expect([await visit(one, second.token), await visit(other, second.token)]).toEqual([200, 200]);

    expect((await post(one, '/api-token-logout/', { refresh_token: second.refresh_token })).status).toBe(200);
    expect([await visit(one, second.token), await visit(other, second.token)]).toEqual([401, 401]);
    expect(await post(other, '/api-token-refresh/', { refresh_token: second.refresh_token })).toMatchObject({ status: 401, code: 'TOKEN_REVOKED' });
  });

  it('tell of notes that the other has changed', { timeout: 30_000 }, async () => {
    const [one, other] = await startTwo(await urls());
    const [here, there] = [await liveClient(one.url), await liveClient(other.url)];
    const heard = there.listen();
    await expect.poll(() => heard.ids, { timeout: 10_000 }).toEqual(['0-0']);
    const { id } = await here.notes.add.mutate({ text: 'Buy milk' });
    await expect.poll(() => heard.ids, { timeout: 10_000 }).toEqual(['0-0', `${id}-1`]);
    heard.stop();
    // And it resumes here what it heard there.
    await there.notes.delete.mutate({ id });
    const resumed = here.listen(`${id}-1`);
    await expect.poll(() => resumed.ids, { timeout: 10_000 }).toEqual(['0-0']);
  });

  it('share limits', { timeout: 30_000 }, async () => {
    const [one, other] = await startTwo(await urls());
    const from = `203.0.113.${Math.floor(Math.random() * 256)}`;
    const username = `nobody-${Math.random()}`;
    const codes: (string | null)[] = [];
    for (let each = 0; each < 12; each += 1) codes.push((await post(each % 2 === 0 ? one : other, '/api-token-auth/', { username, password: 'wrong' }, from)).code);
    expect(codes).toEqual([...Array.from({ length: 10 }, () => 'INVALID_CREDENTIALS'), 'THROTTLED', 'THROTTLED']);
  });
});

describe('the example app whose store is away', () => {
  it('answers 503, and does not end', async () => {
    const [server] = await startTwo({ redisUrl: 'redis://127.0.0.1:1' });
    expect(await post(server, '/api-token-auth/', login)).toMatchObject({ status: 503, code: 'STORE_UNAVAILABLE' });
    expect((await fetch(server.url)).status).toBe(200);
  });
});

it('an unreachable PostgreSQL is said at the start', async () => {
  await expect(startTwo({ databaseUrl: 'postgres://postgres@127.0.0.1:1/postgres' })).rejects.toThrow(/ECONNREFUSED|connect/);
});
