import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { createRestAuthClient } from 'trpc-jwt-auth/client';
import { expect, it } from 'vitest';

import { browserSuite, openProfile } from './browser.js';
import { GreetingPage } from './greeting.js';
import { LOGIN } from './sdk-server.js';
import { SdkTab, serveSdk } from './sdk-tab.js';

/** With React's own checks, which speak of every difference between what was rendered and what is hydrated. */
async function bundlePage(): Promise<string> {
  const entryPoints = [fileURLToPath(new URL('greeting-page.tsx', import.meta.url))];
  const { outputFiles } = await build({ entryPoints, bundle: true, format: 'iife', write: false, jsx: 'automatic', define: { 'process.env.NODE_ENV': '"development"' }, logLevel: 'error' });
  return outputFiles[0]?.text ?? '';
}

browserSuite('React', () => {
  it('hydrates what a server has rendered, follows the state in StrictMode, and lets go', async () => {
    const markup = renderToString(createElement(GreetingPage, { client: createRestAuthClient() }));
    expect(markup).toBe('<p>Loading</p><p>Loading</p>');
    const script = await bundlePage();
    const server = await serveSdk();
    const profile = await openProfile();
    // The tokens are there before the page comes alive, which the server could not know.
    const other = await SdkTab.openSignedIn(profile, server);
    const tab = await SdkTab.open(profile, server);
    await tab.page.evaluate((html) => void (document.body.innerHTML = `<div id="root">${html}</div>`), markup);
    await tab.page.evaluate(script);
    const shows = (text: string): Promise<void> => expect.poll(() => tab.page.evaluate(() => document.getElementById('root')?.innerText.split(/\s*\n\s*/))).toEqual([text, text]);
    await shows('Hello, ada');

    await other.attempt('logout');
    await shows('Signed out: other-tab');
    await tab.page.evaluate((login) => window.greeting.client.obtain(login), LOGIN);
    await shows('Hello, ada');
    await tab.page.evaluate(() => window.greeting.client.logout());
    await shows('Signed out: signed-out');

    await tab.page.evaluate(() => window.greeting.unmount());
    await tab.page.evaluate((login) => window.greeting.client.obtain(login), LOGIN);
    expect(await tab.page.evaluate(() => document.getElementById('root')?.innerHTML)).toBe('');
    expect(await tab.page.evaluate(() => window.greeting.faults)).toEqual([]);
    expect(tab.console).toEqual([]);
  });
});
