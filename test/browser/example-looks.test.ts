import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import type { BrowserContext } from 'playwright-core';
import { expect, it } from 'vitest';

import { violationsOf } from './axe.js';
import { browserSuite, openProfile } from './browser.js';
import { exhaustAttempts, ExampleTab, PASSWORD, serveExample, setActive } from './example-page.js';

const FOLDER = fileURLToPath(new URL('../../.screenshots', import.meta.url));
const SCREENS = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
const LONG = 'A note with a-very-long-word-that-nobody-would-ever-write-and-somebody-will-write-all-the-same-one-day, and more text than fits on one line of it.';
const MOST_SHIFT = 0.02;

declare global {
  interface Window {
    layoutShift: number;
  }
}

async function observeLayout(profile: BrowserContext): Promise<void> {
  await profile.addInitScript(() => {
    window.layoutShift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean })[]) {
        if (!entry.hadRecentInput) window.layoutShift += entry.value;
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
}

browserSuite('the example app looks right', () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [screen, viewport] of Object.entries(SCREENS)) {
      it(`in each state, and axe finds nothing (${colorScheme}, ${screen})`, { timeout: 180_000 }, async () => {
        mkdirSync(FOLDER, { recursive: true });
        const server = await serveExample();
        await exhaustAttempts(server, 'somebody');
        const profile = await openProfile({ colorScheme, viewport });
        const tab = await ExampleTab.open(profile, server);
        const { page } = tab;
        const faults: string[] = [];
        const look = async (state: string): Promise<void> => {
          await page.screenshot({ path: `${FOLDER}/${state}-${colorScheme}-${screen}.png`, fullPage: true, animations: 'disabled' });
          faults.push(...(await violationsOf(page)).map((line) => `${state}: ${line}`));
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
          if (overflow > 0) faults.push(`${state}: ${overflow} px wider than the screen`);
        };

        await tab.heading('Sign in').waitFor();
        await look('signed-out');
        await tab.submit('testuser', 'wrong');
        await tab.alert.waitFor();
        await look('wrong-password');
        await tab.submit('', '');
        await tab.text('This field may not be blank.').waitFor();
        await look('field-errors');
        await tab.submit('disabled', PASSWORD);
        await tab.alert.getByText('User account is disabled.').waitFor();
        await look('disabled');
        await tab.submit('somebody', PASSWORD);
        await tab.alert.getByText('Too many attempts.').waitFor();
        await look('throttled');
        await profile.setOffline(true);
        await tab.submit('testuser', PASSWORD);
        await tab.alert.getByText('The server cannot be reached.').waitFor();
        await look('unreachable');
        await profile.setOffline(false);

        await tab.signIn();
        await tab.text('This device').waitFor();
        await look('signed-in-empty');
        for (const text of ['Buy milk', LONG, 'Call Ada']) await tab.addNote(text);
        const second = await ExampleTab.openSignedIn(await openProfile(), server);
        await tab.wake();
        await tab.otherDevices.waitFor({ timeout: 30_000 });
        await look('signed-in');
        await profile.setOffline(true);
        await tab.text('You are offline.').waitFor();
        await look('offline');
        await profile.setOffline(false);
        await tab.text('You are offline.').waitFor({ state: 'hidden' });

        await second.button('Sign out everywhere').click();
        await tab.wake();
        await tab.text('You have been signed out from another device').waitFor({ timeout: 30_000 });
        await look('signed-out-revoked');
        await tab.signIn();
        await tab.button('Sign out').click();
        await tab.text('You have signed out.').waitFor();
        await look('signed-out-here');
        await tab.signIn();
        await tab.expireTokens();
        await page.reload();
        await tab.text('Your session has expired.').waitFor();
        await look('signed-out-expired');
        await tab.signIn();
        const sameBrowser = await ExampleTab.open(profile, server);
        await sameBrowser.button('Sign out').click();
        await tab.text('You have been signed out in another tab.').waitFor();
        await look('signed-out-other-tab');
        // It would be told first, now and then, that the account is disabled.
        await sameBrowser.page.close();
        await tab.signIn();
        await setActive(server, 'testuser', false);
        await tab.wake();
        await tab.text('User account is disabled.').waitFor({ timeout: 30_000 });
        await look('signed-out-disabled');
        expect(faults).toEqual([]);
        expect(tab.faults).toEqual([]);
      });
    }
  }

  it.each(Object.entries(SCREENS))('and nothing jumps, from loading to signed in and after a reload (%s)', async (_screen, viewport) => {
    const server = await serveExample();
    const profile = await openProfile({ viewport });
    await observeLayout(profile);
    const tab = await ExampleTab.open(profile, server);
    await tab.heading('Sign in').waitFor();
    await tab.submit('testuser', 'wrong');
    await tab.alert.waitFor();
    await tab.signIn();
    await tab.text('This device').waitFor();
    expect(await tab.page.evaluate(() => window.layoutShift)).toBeLessThan(MOST_SHIFT);
    for (const text of ['Buy milk', LONG]) await tab.addNote(text);

    await tab.page.reload();
    await tab.button('Delete: Buy milk').waitFor();
    await tab.text('This device').waitFor();
    await expect.poll(() => tab.page.evaluate(() => document.fonts.status)).toBe('loaded');
    expect(await tab.page.evaluate(() => window.layoutShift)).toBeLessThan(MOST_SHIFT);
  });

  it('and stands still for whoever wants it to', async () => {
    const server = await serveExample();
    const tab = await ExampleTab.openSignedIn(await openProfile({ reducedMotion: 'reduce' }), server);
    await tab.text('This device').waitFor();
    const moving = tab.page.evaluate(() => document.getAnimations().filter(({ playState, effect }) => playState === 'running' && Number(effect?.getComputedTiming().activeDuration) > 50).length);
    expect(await moving).toBe(0);
  });
});
