import type { BrowserContext } from 'playwright-core';
import { expect, it } from 'vitest';

import { browserSuite, openProfile, withholdAnswers } from './browser.js';
import type { PageOptions } from './sdk-page.js';
import type { SdkServer } from './sdk-server.js';
import { elapse, SdkTab, serveSdk } from './sdk-tab.js';

// From a tab's own change to another's. It takes some milliseconds; the rest is for a machine with other things to do.
const REACH_MS = 1000;

async function openTabs(profile: BrowserContext, server: SdkServer, count: number, options: PageOptions = {}): Promise<[SdkTab, ...SdkTab[]]> {
  const first = await SdkTab.openSignedIn(profile, server, options);
  const others = await Promise.all(Array.from({ length: count - 1 }, () => SdkTab.open(profile, server, options)));
  return [first, ...others];
}

async function withoutLocks(profile: BrowserContext): Promise<void> {
  await profile.addInitScript(() => Object.defineProperty(Navigator.prototype, 'locks', { value: undefined }));
}

/** Lets a tab see what another has stored only after a time, as a browser with other things to do. */
async function withLateNews(profile: BrowserContext, byMs: number): Promise<void> {
  await profile.addInitScript((ms) => {
    const known = new Map<string, string | null>();
    const { getItem, setItem, removeItem } = Storage.prototype;
    Object.assign(Storage.prototype, {
      getItem(this: Storage, key: string): string | null {
        if (!known.has(key)) known.set(key, getItem.call(this, key));
        return known.get(key) ?? null;
      },
      setItem(this: Storage, key: string, value: string): void {
        known.set(key, value);
        setItem.call(this, key, value);
      },
      removeItem(this: Storage, key: string): void {
        known.set(key, null);
        removeItem.call(this, key);
      },
    });
    addEventListener('storage', (event) => {
      if (!event.isTrusted || event.key === null) return;
      event.stopImmediatePropagation();
      const { key, newValue } = event;
      setTimeout(() => {
        known.set(key, newValue);
        dispatchEvent(new StorageEvent('storage', { key, newValue }));
      }, ms);
    });
  }, byMs);
}

browserSuite('tabs of one browser', () => {
  for (const storage of ['local', 'cookie'] as const) {
    it.each([2, 5])(`refresh once, %s of them, and all calls succeed (${storage} tokens)`, async (count) => {
      const server = await serveSdk({ cookieMode: storage === 'cookie' });
      const tabs = await openTabs(await openProfile(), server, count, { storage });
      for (let round = 1; round <= 3; round += 1) {
        await elapse(301, server, tabs);
        const outcomes = await Promise.all(tabs.map((tab) => tab.call(10)));
        expect(outcomes).toEqual(tabs.map(() => ({ succeeded: 10, failed: [] })));
        expect(server.count('auth.refresh')).toBe(round);
      }
      expect(server.countEvents('reuse-detected')).toBe(0);
    });
  }

  it.each(['local', 'cookie'] as const)('refresh once where one hears of it late (%s tokens)', async (storage) => {
    const server = await serveSdk({ cookieMode: storage === 'cookie' });
    const profile = await openProfile();
    await withLateNews(profile, 300);
    const tabs = await openTabs(profile, server, 3, { storage });
    await Promise.all(tabs.map((tab) => tab.reaches('signed-in')));
    await elapse(301, server, tabs);
    expect(await Promise.all(tabs.map((tab) => tab.call(10)))).toEqual(tabs.map(() => ({ succeeded: 10, failed: [] })));
    expect(server.count('auth.refresh')).toBe(1);
  });

  it.each([2, 5])('that take the token for live refresh once, %s of them', async (count) => {
    const server = await serveSdk();
    const tabs = await openTabs(await openProfile(), server, count);
    server.elapse(301);
    const outcomes = await Promise.all(tabs.map((tab) => tab.call(10)));
    expect(outcomes).toEqual(tabs.map(() => ({ succeeded: 10, failed: [] })));
    expect(server.count('auth.refresh')).toBe(1);
  });

  it.each([2, 5])('refresh a few times at most without Web Locks, %s of them, and nobody is signed out', async (count) => {
    const server = await serveSdk();
    const profile = await openProfile();
    await withoutLocks(profile);
    const tabs = await openTabs(profile, server, count);
    expect(await tabs[0].page.evaluate(() => (navigator as Partial<Navigator>).locks === undefined)).toBe(true);
    for (let round = 1; round <= 3; round += 1) {
      await elapse(301, server, tabs);
      const outcomes = await Promise.all(tabs.map((tab) => tab.call(10)));
      expect(outcomes).toEqual(tabs.map(() => ({ succeeded: 10, failed: [] })));
    }
    expect(server.count('auth.refresh')).toBeGreaterThanOrEqual(3);
    expect(server.count('auth.refresh')).toBeLessThanOrEqual(9);
    for (const tab of tabs) expect((await tab.history()).slice(1).every((state) => state === 'signed-in')).toBe(true);
  });

  it('refresh once when the time comes by itself', async () => {
    const server = await serveSdk({ expiresInSeconds: 4 });
    const tabs = await openTabs(await openProfile(), server, 5);
    const first = await tabs[0].expiresAt();
    await Promise.all(tabs.map((tab) => tab.renewedAfter(first)));
    expect(server.count('auth.refresh')).toBe(1);
    expect(new Set(await Promise.all(tabs.map((tab) => tab.expiresAt()))).size).toBe(1);
  });

  for (const storage of ['local', 'cookie'] as const) {
    it(`learn of a sign-in, a refresh and a sign-out in one of them (${storage} tokens)`, async () => {
      const server = await serveSdk({ cookieMode: storage === 'cookie' });
      const profile = await openProfile();
      const [one, other] = [await SdkTab.open(profile, server, { storage }), await SdkTab.open(profile, server, { storage })];

      await one.signIn();
      const arrived = await other.reaches('signed-in');
      expect(arrived.at - (await one.reaches('signed-in')).at).toBeLessThan(REACH_MS);
      expect(arrived.state).toMatchObject({ user: { user_id: 1, username: 'ada' } });
      const asked = server.requests.length;

      const before = await one.expiresAt();
      await elapse(60, server, [one, other]);
      expect(await one.attempt('refresh')).toBe('done');
      await other.renewedAfter(before);
      const renewed = await other.reaches('signed-in');
      expect(renewed.at - (await one.reaches('signed-in')).at).toBeLessThan(REACH_MS);
      expect(await other.expiresAt()).toBe(await one.expiresAt());

      expect(await one.attempt('logout')).toBe('done');
      const left = await other.reaches('signed-out');
      expect(left.at - (await one.reaches('signed-out')).at).toBeLessThan(REACH_MS);
      expect([left.state, (await one.reaches('signed-out')).state]).toEqual([
        { status: 'signed-out', reason: 'other-tab' },
        { status: 'signed-out', reason: 'signed-out' },
      ]);
      // The other one asked the server nothing.
      expect(server.requests.slice(asked)).toEqual(['POST /trpc/auth.refresh', 'POST /trpc/auth.logout']);
    });

    it(`keep the session over a reload, and give it to a tab opened later (${storage} tokens)`, async () => {
      const server = await serveSdk({ cookieMode: storage === 'cookie' });
      const profile = await openProfile();
      const [tab] = await openTabs(profile, server, 1, { storage });
      await tab.reload();
      // It is there at once, without a flash of the sign-in form.
      expect(await tab.history()).toEqual(['signed-in']);
      expect(await tab.call(3)).toEqual({ succeeded: 3, failed: [] });

      const later = await SdkTab.open(profile, server, { storage });
      expect(await later.history()).toEqual(['signed-in']);
      expect(await later.state()).toEqual(await tab.state());
      expect(await later.call(3)).toEqual({ succeeded: 3, failed: [] });
      expect(server.count('auth.refresh')).toBe(0);

      await elapse(301, server, [tab, later]);
      await tab.reload();
      expect(await tab.call(3)).toEqual({ succeeded: 3, failed: [] });
      expect(server.count('auth.refresh')).toBe(1);
    });
  }

  for (const [storage, operation] of [
    ['cookie', 'logout'],
    ['cookie', 'logoutAll'],
    ['local', 'logoutAll'],
  ] as const) {
    it(`are told the truth of a ${operation} that the server has done before its answer arrives (${storage} tokens)`, async () => {
      const server = await serveSdk({ cookieMode: storage === 'cookie' });
      const profile = await openProfile();
      const [one, other] = await openTabs(profile, server, 2, { storage });
      const letThrough = await withholdAnswers(profile, `**/auth.${operation}`);
      const leaving = one.attempt(operation);
      await expect.poll(() => server.countEvents('revoked')).toBe(1);
      const calls = other!.call(3);
      // It goes as far as it can.
      await other!.page.waitForTimeout(300);
      letThrough();
      expect(await leaving).toBe('done');
      expect((await calls).succeeded).toBe(0);
      expect((await one.history()).at(-1)).toBe('signed-out: signed-out');
      expect((await other!.history()).slice(1)).toEqual(['signed-out: other-tab']);
      expect(await profile.cookies()).toEqual([]);
    });
  }

  it('stay signed out where a refresh was under way, in cookie mode without sessions', async () => {
    const server = await serveSdk({ cookieMode: true, hasSessions: false });
    const profile = await openProfile();
    const [one, other] = await openTabs(profile, server, 2, { storage: 'cookie' });
    const letThrough = await withholdAnswers(profile, '**/auth.refresh');
    const refreshing = other!.attempt('refresh');
    await expect.poll(() => server.count('auth.refresh')).toBe(1);
    const leaving = one.attempt('logout');
    await one.page.waitForTimeout(300);
    letThrough();
    expect([await refreshing, await leaving]).toEqual(['done', 'done']);
    expect(await profile.cookies()).toEqual([]);
    expect((await other!.reaches('signed-out')).state).toEqual({ status: 'signed-out', reason: 'other-tab' });
  });

  it('follow a sign-in as somebody else', async () => {
    const server = await serveSdk();
    const [one, other] = await openTabs(await openProfile(), server, 2);
    await other!.signIn({ username: 'grace', password: 'engine' });
    await one.page.waitForFunction(() => {
      const state = window.app.authClient.getSnapshot();
      return state.status === 'signed-in' && state.user.username === 'grace';
    });
    expect(await one.page.evaluate(() => window.app.trpc.whoami.query())).toBe('grace');
  });

  it('go on when the one that refreshes is closed before the answer', async () => {
    const server = await serveSdk();
    const [one, other] = await openTabs(await openProfile(), server, 2);
    await elapse(301, server, [one, other!]);
    server.fault = { path: /auth\.refresh/, how: 'hold' };
    const cutOff = one.call().catch(() => undefined);
    await expect.poll(server.held).toBe(1);
    const waiting = other!.call(10);
    await one.page.close();
    await cutOff;
    server.release();
    expect(await waiting).toEqual({ succeeded: 10, failed: [] });
    expect(server.count('auth.refresh')).toBe(2);
    expect(server.countEvents('reuse-detected')).toBe(0);
  });

  it('go on when the one that refreshes hangs', async () => {
    const server = await serveSdk();
    const [one, other] = await openTabs(await openProfile(), server, 2, { lockTimeoutMs: 200 });
    await elapse(301, server, [one, other!]);
    server.fault = { path: /auth\.refresh/, how: 'hold' };
    const hanging = one.call();
    await expect.poll(server.held).toBe(1);
    server.fault = undefined;
    expect(await other!.call(10)).toEqual({ succeeded: 10, failed: [] });
    server.release();
    expect(await hanging).toEqual({ succeeded: 1, failed: [] });
    for (const tab of [one, other!]) {
      expect(await tab.call(5)).toEqual({ succeeded: 5, failed: [] });
      expect((await tab.history()).slice(1).every((state) => state === 'signed-in')).toBe(true);
    }
    await elapse(301, server, [one, other!]);
    expect(await one.call(5)).toEqual({ succeeded: 5, failed: [] });
    expect(await other!.call(5)).toEqual({ succeeded: 5, failed: [] });
  });
});
