import { expect, it } from 'vitest';

import { browserSuite, openProfile } from './browser.js';
import { elapse, SdkTab, serveSdk } from './sdk-tab.js';

const HOUR_MS = 3_600_000;
const STORAGES = ['local', 'cookie'] as const;

browserSuite('a device whose clock is', () => {
  for (const hours of [6, -6]) {
    it.each(STORAGES)(`${hours} hours off works like any other (%s tokens)`, async (storage) => {
      const server = await serveSdk({ cookieMode: storage === 'cookie' });
      const profile = await openProfile();
      await profile.addInitScript((ms) => void (window.deviceErrorMs = ms), hours * HOUR_MS);
      const tab = await SdkTab.openSignedIn(profile, server, { storage });
      expect(Math.round((await tab.page.evaluate(() => Date.now()) - Date.now()) / HOUR_MS)).toBe(hours);
      expect(await tab.call(10)).toEqual({ succeeded: 10, failed: [] });
      const left = await tab.page.evaluate(() => window.app.authClient.remainingSeconds());
      expect(left).toBeGreaterThan(250);
      expect(left).toBeLessThanOrEqual(301);
      expect(server.count('auth.refresh')).toBe(0);

      await tab.reload();
      expect(await tab.call(10)).toEqual({ succeeded: 10, failed: [] });
      expect(server.count('auth.refresh')).toBe(0);

      for (let round = 1; round <= 3; round += 1) {
        await elapse(301, server, [tab]);
        expect(await tab.call(10)).toEqual({ succeeded: 10, failed: [] });
        expect(server.count('auth.refresh')).toBe(round);
      }
      expect(await tab.history()).not.toContainEqual(expect.stringContaining('signed-out'));
    });

    it.each(STORAGES)(`set by ${hours} hours costs one refresh at most (%s tokens)`, async (storage) => {
      const server = await serveSdk({ cookieMode: storage === 'cookie' });
      const tab = await SdkTab.openSignedIn(await openProfile(), server, { storage });
      await tab.moveClock(hours * HOUR_MS);
      for (let round = 0; round < 3; round += 1) expect(await tab.call(10)).toEqual({ succeeded: 10, failed: [] });
      expect(server.count('auth.refresh')).toBeLessThanOrEqual(1);
      const extra = server.count('auth.refresh');

      await elapse(301, server, [tab]);
      for (let round = 0; round < 3; round += 1) expect(await tab.call(10)).toEqual({ succeeded: 10, failed: [] });
      expect(server.count('auth.refresh')).toBeLessThanOrEqual(extra + 1);
      await tab.moveClock(-hours * HOUR_MS);
      for (let round = 0; round < 3; round += 1) expect(await tab.call(10)).toEqual({ succeeded: 10, failed: [] });
      expect(server.count('auth.refresh')).toBeLessThanOrEqual(extra + 2);
      expect((await tab.history()).slice(1).every((state) => state === 'signed-in')).toBe(true);
    });

    it(`set by ${hours} hours while five tabs are open costs one refresh at most for them all`, async () => {
      const server = await serveSdk();
      const profile = await openProfile();
      const first = await SdkTab.openSignedIn(profile, server);
      const tabs = [first, ...(await Promise.all([1, 2, 3, 4].map(() => SdkTab.open(profile, server))))];
      await Promise.all(tabs.map((tab) => tab.moveClock(hours * HOUR_MS)));
      for (let round = 0; round < 3; round += 1) {
        expect(await Promise.all(tabs.map((tab) => tab.call(5)))).toEqual(tabs.map(() => ({ succeeded: 5, failed: [] })));
      }
      expect(server.count('auth.refresh')).toBeLessThanOrEqual(1);
    });

    it(`set by ${hours} hours between two visits costs one refresh at most`, async () => {
      const server = await serveSdk();
      const profile = await openProfile();
      const tab = await SdkTab.openSignedIn(profile, server);
      await profile.addInitScript((ms) => void (window.deviceErrorMs = ms), hours * HOUR_MS);
      await tab.reload();
      for (let round = 0; round < 3; round += 1) expect(await tab.call(10)).toEqual({ succeeded: 10, failed: [] });
      expect(server.count('auth.refresh')).toBeLessThanOrEqual(1);
      expect(await tab.history()).not.toContainEqual(expect.stringContaining('signed-out'));
    });
  }
});
