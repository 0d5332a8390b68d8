import { expect, it } from 'vitest';

import { browserSuite, openProfile } from './browser.js';
import type { SdkServer } from './sdk-server.js';
import { elapse, SdkTab, serveSdk } from './sdk-tab.js';

const DAY_SECONDS = 86_400;

const ENDINGS: Record<string, { end: (server: SdkServer) => unknown; reason: string }> = {
  'is revoked': { end: (server) => server.auth.revokeUser(1), reason: 'revoked' },
  'is of a user who is disabled': { end: (server) => void (server.people.get('ada')!.isActive = false), reason: 'disabled' },
  'is of a user who is deleted': { end: (server) => server.people.delete('ada'), reason: 'rejected' },
};

browserSuite('a session that', () => {
  for (const [what, { end, reason }] of Object.entries(ENDINGS)) {
    for (const storage of ['local', 'cookie'] as const) {
      it(`${what} signs out once, with the reason ${reason} (${storage} tokens)`, async () => {
        const server = await serveSdk({ cookieMode: storage === 'cookie' });
        const tab = await SdkTab.openSignedIn(await openProfile(), server, { storage });
        const before = await tab.history();
        await end(server);
        expect((await tab.call(5)).succeeded).toBe(0);
        expect((await tab.call(5)).succeeded).toBe(0);
        expect(await tab.history()).toEqual([...before, `signed-out: ${reason}`]);
        expect(await tab.page.evaluate(() => localStorage.length)).toBe(0);
        expect(server.count('auth.refresh')).toBe(1);

        await tab.reload();
        await tab.reaches('signed-out');
        expect(await tab.history()).not.toContain('signed-in');
      });
    }

    it.each(['single', 'batch', 'stream'] as const)(`${what} with 20 calls in flight signs out once (%s link)`, async (link) => {
      const server = await serveSdk();
      const tab = await SdkTab.openSignedIn(await openProfile(), server, { link });
      server.fault = { path: /whoami|change/, how: 'hold' };
      const calls = tab.call(20);
      // As many as a browser sends at once.
      await expect.poll(server.held).toBeGreaterThanOrEqual(link === 'single' ? 6 : 2);
      await end(server);
      server.release();
      expect((await calls).succeeded).toBe(0);
      expect(await tab.history()).toEqual(['signed-out: none', 'signed-in', `signed-out: ${reason}`]);
      expect(server.count('auth.refresh')).toBe(1);
    });

    it(`${what} while its token is due signs out once`, async () => {
      const server = await serveSdk();
      const tab = await SdkTab.openSignedIn(await openProfile(), server);
      await elapse(301, server, [tab]);
      await end(server);
      expect((await tab.call(20)).succeeded).toBe(0);
      expect(await tab.history()).toEqual(['signed-out: none', 'signed-in', `signed-out: ${reason}`]);
      expect(server.count('auth.refresh')).toBe(1);
    });
  }

  it('is ended from another device signs out this one, and not that one', async () => {
    const server = await serveSdk();
    const [here, there] = [await SdkTab.open(await openProfile(), server), await SdkTab.open(await openProfile(), server)];
    await here.signIn();
    await there.signIn();
    const revoked = there.page.evaluate(async () => {
      const { sessions } = window.app.authClient;
      const others = (await sessions.list()).filter(({ current }) => !current);
      return Promise.all(others.map(({ id }) => sessions.revoke({ id })));
    });
    expect(await revoked).toEqual([{ revoked: 1 }]);
    expect((await here.call(20)).succeeded).toBe(0);
    expect(await here.history()).toEqual(['signed-out: none', 'signed-in', 'signed-out: revoked']);
    expect(await there.call(5)).toEqual({ succeeded: 5, failed: [] });
  });

  it('is ended with all others signs every device out', async () => {
    const server = await serveSdk();
    const [here, there] = [await SdkTab.open(await openProfile(), server), await SdkTab.open(await openProfile(), server)];
    await here.signIn();
    await there.signIn();
    expect(await there.page.evaluate(() => window.app.authClient.logoutAll())).toEqual({ revoked: 2 });
    await there.reaches('signed-out');
    expect((await there.history()).at(-1)).toBe('signed-out: signed-out');
    expect((await here.call()).succeeded).toBe(0);
    expect((await here.history()).at(-1)).toBe('signed-out: revoked');
  });

  it('has run out while the device slept signs out as expired', async () => {
    const server = await serveSdk();
    const tab = await SdkTab.openSignedIn(await openProfile(), server);
    await elapse(8 * DAY_SECONDS, server, [tab]);
    expect((await tab.call(5)).succeeded).toBe(0);
    expect(await tab.history()).toEqual(['signed-out: none', 'signed-in', 'signed-out: expired']);
  });

  it('is left while calls are in flight stays left', async () => {
    const server = await serveSdk();
    const profile = await openProfile();
    const tab = await SdkTab.openSignedIn(profile, server);
    const other = await SdkTab.open(profile, server);
    await elapse(301, server, [tab, other]);
    server.fault = { path: /auth\.refresh/, how: 'hold' };
    const [calls, others] = [tab.call(5), other.call(5)];
    await expect.poll(server.held).toBe(1);
    server.fault = undefined;
    expect(await tab.attempt('logout')).toBe('done');
    server.release();
    expect((await calls).succeeded).toBe(0);
    expect((await others).succeeded).toBe(0);
    expect(await tab.history()).toEqual(['signed-out: none', 'signed-in', 'signed-out: signed-out']);
    expect((await other.history()).at(-1)).toBe('signed-out: other-tab');
    expect(await tab.page.evaluate(() => JSON.stringify(localStorage))).not.toContain('eyJ');
  });
});
