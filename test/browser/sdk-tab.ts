import type { BrowserContext, Page } from 'playwright-core';
import type { AuthState } from 'trpc-jwt-auth/client';

import { afterTest } from './browser.js';
import type { CallOutcome, PageOptions, SeenState } from './sdk-page.js';
import { LOGIN, startSdkServer } from './sdk-server.js';
import type { SdkServer, SdkServerOptions } from './sdk-server.js';

/** A server until the test has ended. */
export async function serveSdk(options: SdkServerOptions = {}): Promise<SdkServer> {
  const server = await startSdkServer(options);
  afterTest(server.close);
  return server;
}

/** A tab with the bare test page, and a client in it. */
export class SdkTab {
  readonly page: Page;
  readonly options: PageOptions;
  /** Warnings and errors on its console, but for those of the network. */
  readonly console: string[] = [];

  constructor(page: Page, options: PageOptions = {}) {
    this.page = page;
    this.options = options;
    page.on('console', (message) => {
      if (/warning|error/.test(message.type()) && !message.text().startsWith('Failed to load resource')) this.console.push(message.text());
    });
    page.on('pageerror', (error) => this.console.push(`uncaught: ${error.message}`));
  }

  static async open(profile: BrowserContext, server: SdkServer, options: PageOptions = {}): Promise<SdkTab> {
    const tab = new SdkTab(await profile.newPage(), options);
    await tab.page.goto(server.url);
    await tab.start();
    return tab;
  }

  /** A tab of somebody who has just signed in; the server's list of requests begins after that. */
  static async openSignedIn(profile: BrowserContext, server: SdkServer, options: PageOptions = {}): Promise<SdkTab> {
    const tab = await SdkTab.open(profile, server, options);
    await tab.signIn();
    server.requests.length = 0;
    return tab;
  }

  async start(): Promise<void> {
    await this.page.evaluate((options) => void (window.app = window.sdk.start(options)), this.options);
    await this.page.waitForFunction(() => window.app.authClient.getSnapshot().status !== 'loading');
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.start();
  }

  async signIn(login = LOGIN): Promise<void> {
    await this.page.evaluate((input) => window.app.authClient.obtain(input), login);
  }

  /** Makes protected calls at once: queries and mutations, by turns. */
  call(count = 1): Promise<CallOutcome> {
    return this.page.evaluate((total) => {
      const one = (index: number): Promise<unknown> => (index % 2 === 0 ? window.app.trpc.whoami.query() : window.app.trpc.change.mutate());
      return window.sdk.settle(Array.from({ length: total }, (_, index) => one(index)));
    }, count);
  }

  /** Runs an operation of the client; answers 'done' or its code. */
  async attempt(operation: 'refresh' | 'logout' | 'logoutAll' | 'me' | 'verify'): Promise<string> {
    const { failed } = await this.page.evaluate((name) => window.sdk.settle([window.app.authClient[name]()]), operation);
    return failed[0] ?? 'done';
  }

  state(): Promise<AuthState> {
    return this.page.evaluate(() => window.app.authClient.getSnapshot());
  }

  /** All states so far, the first one when the client was made. */
  seen(): Promise<SeenState[]> {
    return this.page.evaluate(() => window.app.seen);
  }

  /** The states so far in words, as 'signed-in' and 'signed-out: revoked', from when the storage had been read. */
  async history(): Promise<string[]> {
    const words = (await this.seen()).map(({ state }) => (state.status === 'signed-out' ? `signed-out: ${state.reason}` : state.status));
    return words[0] === 'loading' ? words.slice(1) : words;
  }

  /** Waits until the state is one; gives when it came. */
  async reaches(status: AuthState['status']): Promise<SeenState> {
    await this.page.waitForFunction((wanted) => window.app.authClient.getSnapshot().status === wanted, status);
    return (await this.seen()).findLast(({ state }) => state.status === status) as SeenState;
  }

  /** Waits until the access token expires later than it did. */
  async renewedAfter(expiresAt: number): Promise<void> {
    await this.page.waitForFunction((former) => {
      const state = window.app.authClient.getSnapshot();
      return state.status === 'signed-in' && state.expiresAt > former;
    }, expiresAt);
  }

  async expiresAt(): Promise<number> {
    const state = await this.state();
    return state.status === 'signed-in' ? state.expiresAt : 0;
  }

  /** Lets the page be looked at again. */
  async wake(): Promise<void> {
    await this.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })));
  }

  /** Moves this device's clock alone. */
  async moveClock(byMs: number): Promise<void> {
    await this.page.evaluate((ms) => window.moveDeviceClock(ms), byMs);
  }
}

/** Lets time pass, for the server and for tabs; as in a sleep, no timer of a page fires for it. */
export async function elapse(seconds: number, server: SdkServer, tabs: readonly SdkTab[]): Promise<void> {
  server.elapse(seconds);
  await Promise.all(tabs.map((tab) => tab.moveClock(seconds * 1000)));
}
