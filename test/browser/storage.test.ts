import type { BrowserContext } from 'playwright-core';
import { expect, it } from 'vitest';

import { browserSuite, openProfile } from './browser.js';
import { elapse, SdkTab, serveSdk } from './sdk-tab.js';

const DEFECTS: Record<string, (profile: BrowserContext) => Promise<unknown>> = {
  'that is denied': (profile) =>
    profile.addInitScript(() => {
      const get = (): never => {
        throw new DOMException('Access is denied for this document.', 'SecurityError');
      };
      for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name, { get });
    }),
  'that is full': (profile) =>
    profile.addInitScript(() => {
      Storage.prototype.setItem = () => {
        throw new DOMException('Exceeded the quota.', 'QuotaExceededError');
      };
    }),
  'that is not there': (profile) => profile.addInitScript(() => ['localStorage', 'sessionStorage'].forEach((name) => Object.defineProperty(window, name, { value: null }))),
};

browserSuite('a storage', () => {
  for (const [defect, install] of Object.entries(DEFECTS)) {
    it.each(['local', 'session', 'cookie'] as const)(`${defect} leaves the tokens in memory, and one warning (%s tokens)`, async (storage) => {
      const server = await serveSdk({ cookieMode: storage === 'cookie' });
      const profile = await openProfile();
      await install(profile);
      const tab = await SdkTab.openSignedIn(profile, server, { storage });
      expect(await tab.call(10)).toEqual({ succeeded: 10, failed: [] });
      await elapse(301, server, [tab]);
      expect(await tab.call(10)).toEqual({ succeeded: 10, failed: [] });
      expect(server.count('auth.refresh')).toBe(1);
      await tab.signIn({ username: 'grace', password: 'engine' });
      expect(await tab.attempt('logout')).toBe('done');
      expect((await tab.history()).at(-1)).toBe('signed-out: signed-out');
      expect(tab.console).toHaveLength(1);
      expect(tab.console[0]).toMatch(/storage/i);
    });

    it(`${defect} does no harm where there are no Web Locks either`, async () => {
      const server = await serveSdk();
      const profile = await openProfile();
      await install(profile);
      await profile.addInitScript(() => Object.defineProperty(Navigator.prototype, 'locks', { value: undefined }));
      const tab = await SdkTab.openSignedIn(profile, server);
      await elapse(301, server, [tab]);
      expect(await tab.call(10)).toEqual({ succeeded: 10, failed: [] });
      expect(tab.console).toHaveLength(1);
    });
  }

  it('that becomes full keeps nobody from going on, and leaves nothing behind that looks stolen', async () => {
    const server = await serveSdk();
    const tab = await SdkTab.openSignedIn(await openProfile(), server);
    await tab.page.evaluate(() => {
      Storage.prototype.setItem = () => {
        throw new DOMException('Exceeded the quota.', 'QuotaExceededError');
      };
    });
    await elapse(301, server, [tab]);
    expect(await tab.call(10)).toEqual({ succeeded: 10, failed: [] });
    await elapse(301, server, [tab]);
    expect(await tab.call(10)).toEqual({ succeeded: 10, failed: [] });
    expect(tab.console).toHaveLength(1);
    await tab.reload();
    await tab.call();
    expect(server.countEvents('reuse-detected')).toBe(0);
  });

  it('cleared by hand signs out, in that tab and in the others', async () => {
    const server = await serveSdk();
    const profile = await openProfile();
    const tab = await SdkTab.openSignedIn(profile, server);
    const other = await SdkTab.open(profile, server);
    await tab.page.evaluate(() => localStorage.clear());
    await other.reaches('signed-out');
    await tab.wake();
    await tab.reaches('signed-out');
    expect(await tab.history()).toHaveLength(3);
  });

  it('with rubbish in it is no session', async () => {
    const server = await serveSdk();
    const tab = await SdkTab.open(await openProfile(), server);
    const rubbish: [string, string][] = [['%%%', '{'], ['', 'null'], ['eyJ.eyJ.x', '[1]'], ['a.b.c', '{"expiresAt":"never","user":7}']];
    for (const [token, session] of rubbish) {
      await tab.page.evaluate(([one, two]) => {
        localStorage.setItem('jwt_token', one);
        localStorage.setItem('jwt_token.session', two);
      }, [token, session] as const);
      await tab.reload();
      expect((await tab.call()).succeeded).toBe(0);
      await tab.reaches('signed-out');
      await tab.signIn();
      expect(await tab.call()).toEqual({ succeeded: 1, failed: [] });
      await tab.attempt('logout');
    }
    expect(tab.console).toEqual([]);
  });
});

browserSuite('a tab that is duplicated with its sessionStorage', () => {
  it('and its copy both go on, and no refresh token is used twice', async () => {
    const server = await serveSdk({ graceSeconds: 0 });
    const profile = await openProfile();
    const tab = await SdkTab.openSignedIn(profile, server, { storage: 'session' });

    // A window that a page opens gets a copy of its sessionStorage, as a duplicated tab does.
    const opened = profile.waitForEvent('page');
    await tab.page.evaluate(() => void window.open(location.href));
    const copy = new SdkTab(await opened, tab.options);
    await copy.page.waitForLoadState();
    expect(await copy.page.evaluate(() => Object.keys(sessionStorage))).toContain('jwt_token');
    await copy.start();
    // Each tab signs in for itself.
    expect(await copy.history()).toEqual(['signed-out: none']);
    expect(await copy.page.evaluate(() => JSON.stringify(sessionStorage))).not.toContain('eyJ');
    await copy.signIn({ username: 'grace', password: 'engine' });

    for (let round = 1; round <= 3; round += 1) {
      await elapse(301, server, [tab, copy]);
      expect(await tab.call(5)).toEqual({ succeeded: 5, failed: [] });
      expect(await copy.call(5)).toEqual({ succeeded: 5, failed: [] });
    }
    expect(await tab.page.evaluate(() => window.app.trpc.whoami.query())).toBe('ada');
    expect(await copy.page.evaluate(() => window.app.trpc.whoami.query())).toBe('grace');
    expect(server.count('auth.refresh')).toBe(6);
    expect(server.countEvents('reuse-detected')).toBe(0);

    await copy.attempt('logout');
    expect(await tab.call()).toEqual({ succeeded: 1, failed: [] });
  });

  it('keeps its session over reloads', async () => {
    const server = await serveSdk({ graceSeconds: 0 });
    const tab = await SdkTab.openSignedIn(await openProfile(), server, { storage: 'session' });
    for (let round = 1; round <= 3; round += 1) {
      await tab.reload();
      await elapse(301, server, [tab]);
      expect(await tab.call(5)).toEqual({ succeeded: 5, failed: [] });
      expect(await tab.history()).not.toContainEqual(expect.stringContaining('signed-out'));
    }
    expect(server.count('auth.refresh')).toBe(3);
  });
});
