import type { BrowserContext, Locator, Page } from 'playwright-core';

import { openDatabase } from '../../example-app/database.js';
import { forge } from '../security/forged-tokens.js';
import { SECRET, startExample } from '../specification/example-server.js';
import type { ExampleServer } from '../specification/example-server.js';
import { afterTest } from './browser.js';

export const PASSWORD = 'testpass123';

/** The example app with a database of its own, until the test has ended. */
export async function serveExample(options: Parameters<typeof startExample>[1] = {}): Promise<ExampleServer> {
  const server = await startExample(undefined, options);
  afterTest(server.close);
  return server;
}

/** Turns a user of the app off, or on again, as an administrator would. */
export async function setActive(server: ExampleServer, username: string, isActive: boolean): Promise<void> {
  const db = await openDatabase(server.databaseFile);
  await db.updateTable('users').set({ is_active: isActive ? 1 : 0 }).where('username', '=', username).execute();
  await db.destroy();
}

/** Adds a user with testuser's password. */
export async function addUser(server: ExampleServer, username: string): Promise<void> {
  const db = await openDatabase(server.databaseFile);
  const { password_hash } = await db.selectFrom('users').select('password_hash').where('username', '=', 'testuser').executeTakeFirstOrThrow();
  await db.insertInto('users').values({ username, email: `${username}@example.com`, password_hash, is_active: 1 }).execute();
  await db.destroy();
}

/** Guesses a password often enough that the next login of that name is throttled. */
export async function exhaustAttempts(server: ExampleServer, username: string): Promise<void> {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const body = JSON.stringify({ username, password: `wrong ${attempt}` });
    await fetch(`${server.url}/api-token-auth/`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
  }
}

/** A tab with the example app, by what a person finds in it. */
export class ExampleTab {
  readonly page: Page;
  readonly server: ExampleServer;
  /** What should not happen: exceptions, refused scripts and the warnings of React. */
  readonly faults: string[] = [];

  constructor(page: Page, server: ExampleServer) {
    this.page = page;
    this.server = server;
    page.on('pageerror', (error) => this.faults.push(error.message));
    page.on('console', (message) => {
      // The browser itself says of every answer that is no success that it failed.
      if (/warning|error/.test(message.type()) && !message.text().startsWith('Failed to load resource')) this.faults.push(message.text());
    });
  }

  static async open(profile: BrowserContext, server: ExampleServer): Promise<ExampleTab> {
    const tab = new ExampleTab(await profile.newPage(), server);
    await tab.page.goto(server.url);
    return tab;
  }

  static async openSignedIn(profile: BrowserContext, server: ExampleServer, username = 'testuser'): Promise<ExampleTab> {
    const tab = await ExampleTab.open(profile, server);
    await tab.signIn(username);
    return tab;
  }

  get username(): Locator {
    return this.page.getByLabel('Username', { exact: true });
  }

  get password(): Locator {
    return this.page.getByLabel('Password', { exact: true });
  }

  get newNote(): Locator {
    return this.page.getByLabel('New note', { exact: true });
  }

  get alert(): Locator {
    return this.page.getByRole('alert').filter({ hasText: /\S/ });
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, ...(typeof name === 'string' && { exact: true }) });
  }

  heading(name: string): Locator {
    return this.page.getByRole('heading', { name, exact: true });
  }

  text(text: string | RegExp): Locator {
    return this.page.getByText(text).first();
  }

  async fill(username: string, password: string): Promise<void> {
    await this.username.fill(username);
    await this.password.fill(password);
  }

  async submit(username: string, password: string): Promise<void> {
    await this.fill(username, password);
    await this.button('Sign in').click();
  }

  async signIn(username = 'testuser'): Promise<void> {
    await this.submit(username, PASSWORD);
    await this.heading('Your notes').waitFor();
  }

  async addNote(text: string): Promise<void> {
    await this.newNote.fill(text);
    await this.button('Add').click();
    await this.button(`Delete: ${text}`).waitFor();
  }

  /** Buttons that sign out other devices. */
  get otherDevices(): Locator {
    return this.button(/^Sign out (?!everywhere)./);
  }

  /** Lets the page be looked at again, so that it asks for what is new. */
  async wake(): Promise<void> {
    await this.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })));
  }

  /** Puts tokens that have run out, truly signed, in the place of the stored ones. */
  async expireTokens(): Promise<void> {
    const [token, session] = await this.page.evaluate(() => [localStorage.getItem('jwt_token') ?? '', localStorage.getItem('jwt_token.session') ?? '{}'] as const);
    const { refreshToken = '', ...rest } = JSON.parse(session) as { refreshToken?: string };
    const kept = [expired(token), JSON.stringify({ ...rest, refreshToken: expired(refreshToken) })] as const;
    await this.page.evaluate(([one, two]) => {
      localStorage.setItem('jwt_token', one);
      localStorage.setItem('jwt_token.session', two);
    }, kept);
  }
}

function expired(token: string): string {
  const [header = '', claims = ''] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString());
  const past = Math.floor(Date.now() / 1000) - 60;
  return forge(header, { ...(JSON.parse(claims) as object), exp: past }, { secret: SECRET });
}
