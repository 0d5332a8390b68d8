import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { hashPassword } from 'trpc-jwt-auth/passwords';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { openDatabase } from '../../example-app/database.js';
import { noteStore } from '../../example-app/notes.js';
import { seedUsers } from '../../example-app/users.js';
import { startExample } from '../specification/example-server.js';
import type { ExampleServer } from '../specification/example-server.js';
import { freePort, startProcess } from './example-process.js';
import { liveClient } from './live-client.js';

const SOON = { timeout: 10_000 };

async function serve(): Promise<ExampleServer> {
  const server = await startExample();
  onTestFinished(server.close);
  return server;
}

async function folderOfItsOwn(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'trpc-jwt-auth-live-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe('notes.changes', () => {
  it('tells of each change, with an id that says which notes there are', async () => {
    const { notes, listen } = await liveClient((await serve()).url);
    const heard = listen();
    await expect.poll(() => heard.ids, SOON).toEqual(['0-0']);
    const { id } = await notes.add.mutate({ text: 'Buy milk' });
    await expect.poll(() => heard.ids, SOON).toEqual(['0-0', `${id}-1`]);
    await notes.delete.mutate({ id });
    await expect.poll(() => heard.ids, SOON).toEqual(['0-0', `${id}-1`, '0-0']);
    expect(heard.ended()).toBeUndefined();
  });

  it('resumes behind lastEventId: with what was missed, and with nothing where nothing was', async () => {
    const { notes, listen } = await liveClient((await serve()).url);
    const first = listen();
    await expect.poll(() => first.ids, SOON).toHaveLength(1);
    first.stop();
    const unchanged = listen('0-0');
    const { id } = await notes.add.mutate({ text: 'Buy milk' });
    await expect.poll(() => unchanged.ids, SOON).toEqual([`${id}-1`]);
    unchanged.stop();

    await notes.add.mutate({ text: 'Sell milk' });
    const { id: third } = await notes.add.mutate({ text: 'Drink milk' });
    const missed = listen(`${id}-1`);
    await expect.poll(() => missed.ids, SOON).toEqual([`${third}-3`]);
    // Whatever else a client may say it knows is another version.
    for (const unknown of ['', '999-999', "' OR 1=1", 'x'.repeat(1000)]) {
      const strange = listen(unknown);
      await expect.poll(() => strange.ids, SOON).toEqual([`${third}-3`]);
      strange.stop();
    }
  });

  it("tells nobody of another user's notes, and a stranger of nothing", async () => {
    const server = await serve();
    const grace = { username: 'grace', password: 'grace pass 456' };
    const db = await openDatabase(server.databaseFile);
    await db.insertInto('users').values({ username: grace.username, email: 'grace@example.com', password_hash: await hashPassword(grace.password), is_active: 1 }).execute();
    await db.destroy();
    const [one, other] = [await liveClient(server.url), await liveClient(server.url, grace)];
    const [heard, heardByOther] = [one.listen(), other.listen()];
    await expect.poll(() => [heard.ids.length, heardByOther.ids.length], SOON).toEqual([1, 1]);
    const { id } = await one.notes.add.mutate({ text: 'Of testuser' });
    await expect.poll(() => heard.ids, SOON).toEqual(['0-0', `${id}-1`]);
    const { id: second } = await other.notes.add.mutate({ text: 'Of grace' });
    await expect.poll(() => heardByOther.ids, SOON).toEqual(['0-0', `${second}-1`]);
    expect(heard.ids).toHaveLength(2);

    await one.authClient.logout();
    const refused = one.listen();
    await expect.poll(refused.ended, SOON).toBe('NOT_AUTHENTICATED');
    expect(refused.ids).toEqual([]);
  });

  it('ends at once, and not with the next note, when its session is ended from elsewhere', async () => {
    const { url } = await serve();
    const [here, there] = [await liveClient(url), await liveClient(url)];
    const heard = here.listen();
    await expect.poll(() => heard.ids, SOON).toHaveLength(1);
    await there.authClient.logoutAll();
    await expect.poll(heard.ended, SOON).toBe('TOKEN_REVOKED');
    expect(here.authClient.getSnapshot()).toMatchObject({ status: 'signed-out', reason: 'revoked' });
  });

  it('does not keep a server from ending', { timeout: 60_000 }, async () => {
    const environment = { PORT: String(await freePort()), DATABASE_FILE: join(await folderOfItsOwn(), 'app.sqlite3') };
    const server = await startProcess(environment);
    onTestFinished(() => void server.stop('SIGKILL'));
    const heard = (await liveClient(`http://127.0.0.1:${environment.PORT}`)).listen();
    await expect.poll(() => heard.ids, SOON).toHaveLength(1);
    expect(await server.stop('SIGTERM')).toBe(0);
  });
});

describe('the versions of notes', () => {
  async function open() {
    const db = await openDatabase(join(await folderOfItsOwn(), 'app.sqlite3'));
    onTestFinished(() => db.destroy());
    await seedUsers(db);
    return noteStore(db);
  }

  it('are one for one set of notes, and another for every other', async () => {
    const notes = await open();
    const versionNow = async (): Promise<string> => {
      const { value } = await notes.versions(1, undefined, undefined).next();
      return String(value);
    };
    const known = new Map<string, string>();
    for (let step = 0; step < 60; step += 1) {
      const listed = await notes.list(1);
      const victim = listed[(step * 7) % (listed.length + 3)];
      if (victim === undefined) await notes.add(1, `note ${step}`);
      else await notes.delete(1, victim.id);
      const ids = JSON.stringify((await notes.list(1)).map(({ id }) => id));
      const version = await versionNow();
      expect(known.get(version) ?? ids).toBe(ids);
      known.set(version, ids);
    }
    expect(known.size).toBeGreaterThan(30);
  });

  it('begin with what is not known yet', async () => {
    const notes = await open();
    const first = notes.versions(1, '0-0', undefined).next();
    const { id } = await notes.add(1, 'Buy milk');
    expect(await first).toEqual({ done: false, value: `${id}-1` });
    const second = notes.versions(1, `${id}-1`, undefined).next();
    await new Promise(setImmediate);
    await notes.add(2, 'Of somebody else');
    await notes.delete(1, id);
    expect(await second).toEqual({ done: false, value: '0-0' });
  });

  it('end with their signal, and leave no timer', async () => {
    const notes = await open();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const gone = new AbortController();
    const versions = notes.versions(1, undefined, gone.signal);
    expect(await versions.next()).toEqual({ done: false, value: '0-0' });
    const next = versions.next();
    expect(vi.getTimerCount()).toBe(1);
    gone.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(vi.getTimerCount()).toBe(0);
  });
});
