import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { BrowserContext, Page } from 'playwright-core';
import { expect, it } from 'vitest';

import { openDatabase } from '../../example-app/database.js';
import { startExample } from '../specification/example-server.js';
import type { ExampleServer } from '../specification/example-server.js';
import { afterTest, browserSuite, openProfile, withholdAnswers } from './browser.js';
import { ExampleTab, serveExample } from './example-page.js';
import { TOKEN } from './traffic.js';

const FOLDER = fileURLToPath(new URL('../../.screenshots', import.meta.url));
const SOON = { timeout: 30_000 };

/** The profile's streams: their URLs, and how many a page has open. */
function watchStreams(profile: BrowserContext) {
  const urls: string[] = [];
  const open = new Map<Page, number>();
  const most = new Map<Page, number>();
  const count = (page: Page, change: number): void => {
    const now = (open.get(page) ?? 0) + change;
    open.set(page, now);
    most.set(page, Math.max(most.get(page) ?? 0, now));
  };
  profile.on('request', (request) => {
    urls.push(request.url());
    if (request.resourceType() === 'eventsource') count(request.frame().page(), 1);
  });
  for (const end of ['requestfinished', 'requestfailed'] as const) {
    profile.on(end as 'requestfinished', (request) => {
      if (request.resourceType() === 'eventsource') count(request.frame().page(), -1);
    });
  }
  return { urls, open, most, refreshes: () => urls.filter((url) => url.includes('auth.refresh')).length };
}

/** Notes whether one note ever stands twice in the page. */
async function watchDoubles({ page }: ExampleTab): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const doubles: string[] = [];
    Object.assign(window, { doubles });
    new MutationObserver(() => {
      const labels = [...document.querySelectorAll('li button[aria-label^="Delete: "]')].map((button) => button.getAttribute('aria-label') ?? '');
      doubles.push(...labels.filter((label, index) => labels.indexOf(label) !== index));
    }).observe(document.body, { childList: true, subtree: true });
  });
  return () => page.evaluate(() => (window as unknown as { doubles: string[] }).doubles);
}

async function addInDatabase(databaseFile: string, text: string): Promise<void> {
  const db = await openDatabase(databaseFile);
  await db.insertInto('notes').values({ user_id: 1, text, created_at: new Date().toISOString() }).execute();
  await db.destroy();
}

/** The example app on a database that outlives it. */
async function serveLasting(options: Parameters<typeof startExample>[1]) {
  const folder = await mkdtemp(join(tmpdir(), 'trpc-jwt-auth-live-page-'));
  const databaseFile = join(folder, 'app.sqlite3');
  const first = await startExample(databaseFile, options);
  let running: ExampleServer = first;
  afterTest(async () => {
    await running.close();
    await rm(folder, { recursive: true, force: true });
  });
  return {
    server: first,
    kill: () => running.close(),
    restart: async () => {
      running = await startExample(databaseFile, { ...options, port: first.port });
    },
  };
}

browserSuite('notes in a second tab', () => {
  it.each([['localStorage', false], ['cookies', true]] as const)('come and go by themselves, over expiry, a restart and a sign-out from elsewhere (tokens in %s)', { timeout: 120_000 }, async (place, cookieMode) => {
    mkdirSync(FOLDER, { recursive: true });
    const { server, kill, restart } = await serveLasting({ cookieMode, tokenSeconds: 6 });
    const profile = await openProfile();
    const streams = watchStreams(profile);
    const tab = await ExampleTab.openSignedIn(profile, server);
    const other = await ExampleTab.open(profile, server);
    await other.heading('Your notes').waitFor();
    const doubles = await watchDoubles(tab);

    await tab.addNote('Buy milk');
    await other.button('Delete: Buy milk').waitFor(SOON);
    await other.addNote('Sell milk');
    await tab.button('Delete: Sell milk').waitFor(SOON);
    await tab.page.screenshot({ path: `${FOLDER}/live-${place}-first-tab.png` });
    await other.page.screenshot({ path: `${FOLDER}/live-${place}-second-tab.png` });
    await other.button('Delete: Buy milk').click();
    await tab.button('Delete: Buy milk').waitFor({ state: 'detached', ...SOON });

    // Each token is replaced before it ends: after two more, the first has.
    const before = streams.refreshes();
    await expect.poll(streams.refreshes, SOON).toBeGreaterThanOrEqual(before + 2);
    await tab.addNote('After expiry');
    await other.button('Delete: After expiry').waitFor(SOON);

    await kill();
    await other.text('The server cannot be reached. Trying again…').waitFor(SOON);
    await addInDatabase(server.databaseFile, 'Meanwhile');
    await restart();
    for (const each of [tab, other]) await each.button('Delete: Meanwhile').waitFor(SOON);
    await other.text('The server cannot be reached. Trying again…').waitFor({ state: 'hidden', ...SOON });
    await other.addNote('After the restart');
    await tab.button('Delete: After the restart').waitFor(SOON);

    const elsewhere = await ExampleTab.openSignedIn(await openProfile(), server);
    await elsewhere.button('Sign out everywhere').click();
    const reasons = await Promise.all(
      [tab, other].map(async (each) => {
        await each.heading('Sign in').waitFor(SOON);
        return each.alert.textContent(SOON);
      }),
    );
    // Whichever tab is told later may find what the first has tidied up.
    expect(reasons).toContain('You have been signed out from another device or by an administrator. Sign in again.');
    for (const reason of reasons) expect(reason).toMatch(/from another device|in another tab/);
    await expect.poll(() => [...streams.open.values()], SOON).toEqual([0, 0]);

    expect([...streams.most.values()]).toEqual([1, 1]);
    const tickets = streams.urls.flatMap((url) => /"ticket":"([^"]+)"/.exec(decodeURIComponent(url))?.[1] ?? []);
    expect(tickets.length).toBeGreaterThanOrEqual(4);
    for (const url of streams.urls) expect(decodeURIComponent(url)).not.toMatch(TOKEN);
    expect(await doubles()).toEqual([]);
    expect([...tab.faults, ...other.faults]).toEqual([]);
  });

  it('stand there once, where the stream tells of one before its own answer has come', async () => {
    const server = await serveExample();
    const tab = await ExampleTab.openSignedIn(await openProfile(), server);
    const doubles = await watchDoubles(tab);
    const letThrough = await withholdAnswers(tab.page, '**/trpc/notes.add**');
    await tab.addNote('Buy milk');
    expect(await tab.newNote.inputValue()).toBe('Buy milk');
    letThrough();
    await expect.poll(() => tab.newNote.inputValue()).toBe('');
    expect(await tab.button('Delete: Buy milk').count()).toBe(1);
    expect(await doubles()).toEqual([]);
    expect(tab.faults).toEqual([]);
  });
});
