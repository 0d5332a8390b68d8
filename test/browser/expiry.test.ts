import { expect, it } from 'vitest';

import { browserSuite, openProfile } from './browser.js';
import type { PageOptions } from './sdk-page.js';
import { elapse, SdkTab, serveSdk } from './sdk-tab.js';

const LINKS: NonNullable<PageOptions['link']>[] = ['single', 'batch', 'stream'];
const STORAGES: NonNullable<PageOptions['storage']>[] = ['local', 'session', 'memory', 'cookie'];

browserSuite('a token that has expired', () => {
  it.each(LINKS)('is refreshed once for 50 calls at once, and all succeed (%s link)', async (link) => {
    const server = await serveSdk();
    const tab = await SdkTab.openSignedIn(await openProfile(), server, { link });
    await elapse(301, server, [tab]);

    expect(await tab.call(50)).toEqual({ succeeded: 50, failed: [] });
    expect(server.count('auth.refresh')).toBe(1);
    expect(await tab.history()).toEqual(['signed-out: none', 'signed-in', 'signed-in']);
    expect(tab.console).toEqual([]);
  });

  it.each(LINKS)('and that the client takes for live is refreshed once for 50 calls at once, and all succeed (%s link)', async (link) => {
    const server = await serveSdk();
    const tab = await SdkTab.openSignedIn(await openProfile(), server, { link });
    server.elapse(301);

    expect(await tab.call(50)).toEqual({ succeeded: 50, failed: [] });
    expect(server.count('auth.refresh')).toBe(1);
    expect(await tab.call(50)).toEqual({ succeeded: 50, failed: [] });
    expect(server.count('auth.refresh')).toBe(1);
  });

  it.each(STORAGES)('is refreshed once for 50 calls at once, again and again (%s tokens)', async (storage) => {
    const server = await serveSdk({ cookieMode: storage === 'cookie' });
    const tab = await SdkTab.openSignedIn(await openProfile(), server, { storage });
    for (let round = 1; round <= 5; round += 1) {
      if (round % 2 === 0) server.elapse(301);
      else await elapse(301, server, [tab]);
      expect(await tab.call(50)).toEqual({ succeeded: 50, failed: [] });
      expect(server.count('auth.refresh')).toBe(round);
    }
    expect(server.countEvents('reuse-detected')).toBe(0);
  });

  it('is refreshed once without sessions too, by itself', async () => {
    const server = await serveSdk({ hasSessions: false });
    const tab = await SdkTab.openSignedIn(await openProfile(), server);
    // There is no refresh token: what has expired can't be exchanged, what is about to can.
    await elapse(290, server, [tab]);
    expect(await tab.call(50)).toEqual({ succeeded: 50, failed: [] });
    await tab.wake();
    await expect.poll(() => server.count('auth.refresh')).toBe(1);
    await elapse(280, server, [tab]);
    expect(await tab.call(50)).toEqual({ succeeded: 50, failed: [] });
    expect(await tab.history()).not.toContain('signed-out: expired');
  });

  it('is replaced before it expires, without a call', async () => {
    const server = await serveSdk({ expiresInSeconds: 2 });
    const tab = await SdkTab.openSignedIn(await openProfile(), server);
    const first = await tab.expiresAt();
    await tab.renewedAfter(first);
    expect(server.count('auth.refresh')).toBe(1);
    await tab.renewedAfter(await tab.expiresAt());
    expect(await tab.history()).toEqual(['signed-out: none', 'signed-in', 'signed-in', 'signed-in']);
    // No call ever saw an expired token.
    expect(await tab.call()).toEqual({ succeeded: 1, failed: [] });
  });

  it('is refreshed for `fetch` and for operations of the client as well', async () => {
    const server = await serveSdk();
    const tab = await SdkTab.openSignedIn(await openProfile(), server);
    await elapse(301, server, [tab]);
    const answers = tab.page.evaluate(async () => {
      const { authClient } = window.app;
      const many = Array.from({ length: 10 }, async () => (await authClient.fetch('/protected')).status);
      const [statuses, me, sessions] = await Promise.all([Promise.all(many), authClient.me(), authClient.sessions.list()]);
      return { statuses: [...new Set(statuses)], username: me.username, sessions: sessions.length };
    });
    expect(await answers).toEqual({ statuses: [200], username: 'ada', sessions: 1 });
    expect(server.count('auth.refresh')).toBe(1);
  });
});
