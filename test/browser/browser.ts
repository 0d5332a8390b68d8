import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, BrowserContextOptions } from 'playwright-core';
import { afterAll, afterEach, describe, inject } from 'vitest';

import { CHROMIUM_ARGS } from './chromium.js';

let browser: Promise<Browser> | undefined;
const closing: (() => Promise<unknown>)[] = [];

/** A suite in Chromium; without one nothing is registered, and the run's last line says so. */
export function browserSuite(name: string, suite: () => void): void {
  if (inject('chromiumPath') === null) return;
  describe(name, () => {
    afterEach(async () => {
      for (const close of closing.splice(0).reverse()) await close();
    });
    afterAll(async () => {
      await (await browser)?.close();
      browser = undefined;
    });
    suite();
  });
}

/** Does something when the test has ended, the last first. */
export function afterTest(close: () => Promise<unknown>): void {
  closing.push(close);
}

/** A browser profile of its own, until the test has ended: its pages share cookies and storage with each other, and with nobody else. */
export async function openProfile(options: BrowserContextOptions = {}): Promise<BrowserContext> {
  browser ??= chromium.launch({ executablePath: inject('chromiumPath') ?? '', args: CHROMIUM_ARGS });
  const profile = await (await browser).newContext(options);
  profile.setDefaultTimeout(15_000);
  afterTest(() => profile.close());
  return profile;
}
