import { expect, it } from 'vitest';

import { browserSuite, openProfile } from './browser.js';
import { elapse, SdkTab, serveSdk } from './sdk-tab.js';

browserSuite('a connection that fails', () => {
  it.each(['local', 'cookie'] as const)('and comes back leaves the session as it was, and a refresh due meanwhile is made once (%s tokens)', async (storage) => {
    const server = await serveSdk({ cookieMode: storage === 'cookie' });
    const profile = await openProfile();
    const tab = await SdkTab.openSignedIn(profile, server, { storage });
    const before = await tab.expiresAt();
    await profile.setOffline(true);
    expect((await tab.call(5)).succeeded).toBe(0);
    await elapse(301, server, [tab]);
    expect((await tab.call(5)).succeeded).toBe(0);
    expect(await tab.attempt('refresh')).toBe('UNREACHABLE');
    expect((await tab.history()).at(-1)).toBe('signed-in');

    await profile.setOffline(false);
    await tab.renewedAfter(before);
    expect(server.count('auth.refresh')).toBe(1);
    expect(await tab.call(5)).toEqual({ succeeded: 5, failed: [] });
    expect(server.count('auth.refresh')).toBe(1);
    expect(await tab.history()).not.toContainEqual(expect.stringMatching(/^signed-out: (?!none)/));
  });

  it('is told of by five tabs, which refresh once together when it is back', async () => {
    const server = await serveSdk();
    const profile = await openProfile();
    const first = await SdkTab.openSignedIn(profile, server);
    const tabs = [first, ...(await Promise.all([1, 2, 3, 4].map(() => SdkTab.open(profile, server))))];
    const before = await first.expiresAt();
    await profile.setOffline(true);
    await elapse(301, server, tabs);
    for (const { succeeded } of await Promise.all(tabs.map((tab) => tab.call(3)))) expect(succeeded).toBe(0);
    await profile.setOffline(false);
    await Promise.all(tabs.map((tab) => tab.renewedAfter(before)));
    expect(await Promise.all(tabs.map((tab) => tab.call(3)))).toEqual(tabs.map(() => ({ succeeded: 3, failed: [] })));
    expect(server.count('auth.refresh')).toBe(1);
  });

  it.each(['cut', 500, 429] as const)('in a refresh (%s) signs nobody out, is not asked again at once, and passes', async (how) => {
    const server = await serveSdk();
    const tab = await SdkTab.openSignedIn(await openProfile(), server);
    await elapse(301, server, [tab]);
    server.fault = { path: /auth\.refresh/, how };
    const startedAt = performance.now();
    // Of the page, for Chromium repeats what was cut by itself, once on each connection it has kept.
    let asked = 0;
    tab.page.on('request', (request) => {
      if (request.url().includes('auth.refresh')) asked += 1;
    });
    for (let round = 0; round < 5; round += 1) expect((await tab.call(10)).succeeded).toBe(0);
    expect(await tab.state()).toMatchObject({ status: 'signed-in' });
    // 50 calls, and those who ask again back off: half a second at the least, and twice as long each time.
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThanOrEqual(1 + Math.floor(Math.log2(1 + (2 * (performance.now() - startedAt)) / 1000)));

    server.fault = undefined;
    await expect.poll(async () => (await tab.call()).succeeded, { timeout: 15_000 }).toBe(1);
    expect(await tab.call(10)).toEqual({ succeeded: 10, failed: [] });
    expect(await tab.history()).toEqual(['signed-out: none', 'signed-in', 'signed-in']);
  });

  it('in a refresh that never answers holds no call up for ever', async () => {
    const server = await serveSdk();
    const tab = await SdkTab.openSignedIn(await openProfile(), server, { timeoutMs: 300 });
    await elapse(301, server, [tab]);
    server.fault = { path: /auth\.refresh/, how: 'hold' };
    expect((await tab.call(10)).succeeded).toBe(0);
    expect(await tab.state()).toMatchObject({ status: 'signed-in' });
    server.release();
    await expect.poll(async () => (await tab.call()).succeeded, { timeout: 15_000 }).toBe(1);
    expect(server.countEvents('reuse-detected')).toBe(0);
  });

  it('in a sign-in or sign-out is told', async () => {
    const server = await serveSdk();
    const tab = await SdkTab.open(await openProfile(), server);
    server.fault = { path: /auth\.obtain/, how: 'cut' };
    const failing = tab.page.evaluate(() => window.sdk.settle([window.app.authClient.obtain({ username: 'ada', password: 'engine' })]));
    expect(await failing).toEqual({ succeeded: 0, failed: ['UNREACHABLE'] });
    server.fault = { path: /auth\.logout/, how: 'cut' };
    await tab.signIn();
    expect(await tab.attempt('logout')).toBe('UNREACHABLE');
    expect(await tab.history()).toEqual(['signed-out: none', 'signed-in', 'signed-out: signed-out']);
    expect(await tab.page.evaluate(() => JSON.stringify(localStorage))).not.toContain('eyJ');
  });
});
