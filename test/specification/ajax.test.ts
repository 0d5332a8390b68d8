import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { startExample } from './example-server.js';
import type { ExampleServer } from './example-server.js';

const text = readFileSync(new URL('../fixtures/specification/ajax.js', import.meta.url), 'utf8');

interface Page {
  authenticateUser: (credentials: object) => Promise<string>;
  makeAuthenticatedRequest: (url: string, options?: RequestInit) => Promise<Response>;
}

describe("the specification's AJAX functions, against the example app", () => {
  let server: ExampleServer;
  let storage: Map<string, string>;
  let page: Page;
  let logged: unknown[][];
  beforeAll(async () => {
    server = await startExample();
  });
  afterAll(() => server.close());
  beforeEach(() => {
    storage = new Map();
    logged = [];
    const globals = {
      fetch: (url: string, init?: RequestInit) => fetch(new URL(url, server.url), init),
      localStorage: { getItem: (key: string) => storage.get(key) ?? null, setItem: (key: string, value: string) => void storage.set(key, value) },
      getCsrfToken: () => 'a-csrf-token',
      console: { error: (...said: unknown[]) => void logged.push(said) },
    };
    page = runInNewContext(`${text}; ({ authenticateUser, makeAuthenticatedRequest })`, globals) as Page;
  });

  it('signs in, and stores the bare token under jwt_token', async () => {
    const token = await page.authenticateUser({ username: 'testuser', password: 'testpass123' });
    expect(token.split('.')).toHaveLength(3);
    expect([...storage]).toEqual([['jwt_token', token]]);
  });

  it('throws what the server said of a bad login', async () => {
    const failed = page.authenticateUser({ username: 'testuser', password: 'wrong' });
    await expect(failed).rejects.toThrow('Authentication failed: {"non_field_errors":["Unable to log in with provided credentials."]}');
    await expect(page.authenticateUser({})).rejects.toThrow('{"username":["This field is required."],"password":["This field is required."]}');
    expect(logged.map(([what]) => what)).toEqual(['Authentication error:', 'Authentication error:']);
    expect([...storage]).toEqual([]);
  });

  it('reaches the protected endpoint with the token, and nothing without', async () => {
    await expect(page.makeAuthenticatedRequest('/api/protected-endpoint/')).rejects.toThrow('No authentication token available');
    await page.authenticateUser({ username: 'testuser', password: 'testpass123' });
    const response = await page.makeAuthenticatedRequest('/api/protected-endpoint/');
    expect(await response.json()).toEqual({ username: 'testuser' });
  });

  it('is in the example page to the letter', async () => {
    const served = await (await fetch(`${server.url}/ajax.js`)).text();
    expect(served.startsWith(text)).toBe(true);
  });
});
