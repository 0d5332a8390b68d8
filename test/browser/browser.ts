import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, describe, inject } from 'vitest';

import { deferred } from '../deferred.js';
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

/** Keeps back what a server answers to requests it has served; gives a function that lets it through. */
export async function withholdAnswers(pages: BrowserContext | Page, url: string): Promise<() => void> {
  const { promise, resolve } = deferred<void>();
  await pages.route(url, async (route) => {
    const response = await route.fetch();
    await promise;
    await route.fulfill({ response });
  });
  return resolve;
}
