import { expect, it } from 'vitest';

import { browserSuite, openProfile } from './browser.js';
import { elapse, SdkTab, serveSdk } from './sdk-tab.js';
import { heapOf, listen, readable, TOKEN } from './traffic.js';
import type { Heard } from './traffic.js';

const tokensBy = (heard: readonly Heard[]): string[] => [...new Set(heard.flatMap(({ via, text }) => (TOKEN.test(text) ? [via] : [])))].sort();

browserSuite('in cookie mode', () => {
  it('no script ever gets hold of a token: signed in, refreshed, reloaded, in a second tab, signed out', async () => {
    const server = await serveSdk({ cookieMode: true });
    const profile = await openProfile();
    const heard = await listen(profile);
    const tab = await SdkTab.open(profile, server, { storage: 'cookie' });
    const look = async (each: SdkTab): Promise<void> => {
      for (const [place, text] of Object.entries(await readable(each.page))) expect(text, place).not.toMatch(TOKEN);
      const heap = await heapOf(each.page);
      for (const token of server.cookieTokens) expect(token === '' || !heap.includes(token.slice(-20))).toBe(true);
      expect(heap).not.toMatch(/eyJ[\w-]{8,}\.eyJ/);
    };

    await tab.signIn();
    expect(await tab.call(5)).toEqual({ succeeded: 5, failed: [] });
    await look(tab);
    await elapse(301, server, [tab]);
    expect(await tab.call(5)).toEqual({ succeeded: 5, failed: [] });
    expect(await tab.attempt('refresh')).toBe('done');
    expect(await tab.attempt('verify')).toBe('done');
    expect(await tab.attempt('me')).toBe('done');
    expect(await tab.page.evaluate(async () => (await window.app.authClient.fetch('/protected')).status)).toBe(200);
    await tab.page.evaluate(() => window.app.authClient.sessions.list());
    await look(tab);
    await tab.reload();
    const second = await SdkTab.open(profile, server, { storage: 'cookie' });
    expect(await second.call(5)).toEqual({ succeeded: 5, failed: [] });
    expect(await tab.attempt('refresh')).toBe('done');
    await look(tab);
    await look(second);
    expect(await second.attempt('logout')).toBe('done');
    await tab.reaches('signed-out');
    await look(tab);

    expect(tokensBy(heard)).toEqual([]);
    // The ways were watched, and there were tokens to be heard of.
    expect(new Set(heard.map(({ via }) => via))).toEqual(new Set(['url', 'body', 'header', 'setItem', 'storage event']));
    expect(server.cookieTokens.filter((token) => TOKEN.test(token)).length).toBeGreaterThanOrEqual(8);
    // The browser has them, where no script reads: HttpOnly.
    await tab.signIn();
    const cookies = await profile.cookies();
    expect(cookies.map(({ name, httpOnly, sameSite }) => [name, httpOnly, sameSite])).toEqual(
      expect.arrayContaining([
        ['jwt-token', true, 'Lax'],
        ['jwt-token-refresh', true, 'Lax'],
      ]),
    );
  });

  it('a script that is let in with a stolen note of the client gets nothing but the name', async () => {
    const server = await serveSdk({ cookieMode: true });
    const profile = await openProfile();
    const tab = await SdkTab.openSignedIn(profile, server, { storage: 'cookie' });
    const note = await tab.page.evaluate(() => JSON.parse(localStorage.getItem('jwt_session') ?? '{}') as Record<string, unknown>);
    expect(note).toMatchObject({ user: { user_id: 1, username: 'ada' } });
    expect(Object.keys(note)).not.toContain('token');
    expect(Object.keys(note)).not.toContain('refreshToken');

    // Taken elsewhere, it is no session: the server knows nobody there.
    const elsewhere = await SdkTab.open(await openProfile(), server, { storage: 'cookie' });
    await elsewhere.page.evaluate((text) => localStorage.setItem('jwt_session', text), JSON.stringify(note));
    await elsewhere.reload();
    expect((await elsewhere.call(3)).succeeded).toBe(0);
    await elsewhere.reaches('signed-out');
  });

  it('a token that runs out by its cookie is replaced, and a session that runs out by its cookies is over', async () => {
    const server = await serveSdk({ cookieMode: true, expiresInSeconds: 2 });
    const profile = await openProfile();
    const tab = await SdkTab.openSignedIn(profile, server, { storage: 'cookie' });
    await profile.clearCookies({ name: 'jwt-token' });
    expect(await tab.call(10)).toEqual({ succeeded: 10, failed: [] });
    expect(server.count('auth.refresh')).toBe(1);
    await profile.clearCookies({ name: 'jwt-token' });
    await tab.reload();
    expect(await tab.call(10)).toEqual({ succeeded: 10, failed: [] });
    await profile.clearCookies();
    expect((await tab.call(10)).succeeded).toBe(0);
    expect(await tab.history()).toEqual(expect.arrayContaining(['signed-out: expired']));
  });

  it('a page that finds cookies and no note of its own asks whose they are', async () => {
    const server = await serveSdk({ cookieMode: true });
    const profile = await openProfile();
    const tab = await SdkTab.openSignedIn(profile, server, { storage: 'cookie' });
    await tab.page.evaluate(() => localStorage.clear());
    await tab.reload();
    expect(await tab.state()).toMatchObject({ status: 'signed-in', user: { username: 'ada' } });
    await tab.page.evaluate(() => localStorage.clear());
    await profile.clearCookies({ name: 'jwt-token' });
    await tab.reload();
    expect(await tab.state()).toMatchObject({ status: 'signed-in', user: { username: 'ada' } });
    expect(await tab.call(5)).toEqual({ succeeded: 5, failed: [] });
  });
});

browserSuite('with tokens in localStorage', () => {
  it('no message and no URL carries one, and nothing but localStorage keeps one', async () => {
    const server = await serveSdk();
    const profile = await openProfile();
    const heard = await listen(profile);
    const [tab, other] = [await SdkTab.open(profile, server), await SdkTab.open(profile, server, { link: 'batch' })];
    await tab.signIn();
    await other.reaches('signed-in');
    await elapse(301, server, [tab, other]);
    for (const each of [tab, other]) expect(await each.call(5)).toEqual({ succeeded: 5, failed: [] });
    expect(await tab.page.evaluate(async () => (await window.app.authClient.fetch('/protected')).status)).toBe(200);
    await tab.attempt('verify');
    await tab.reload();
    const { localStorage: kept, ...elsewhere } = await readable(tab.page);
    expect(kept).toMatch(TOKEN);
    expect(await heapOf(tab.page)).toMatch(/eyJ[\w-]{8,}\.eyJ/);
    for (const [place, text] of Object.entries(elsewhere)) expect(text, place).not.toMatch(TOKEN);
    await other.attempt('logout');
    await tab.reaches('signed-out');

    // These must carry it, and show that the ways are watched.
    expect(tokensBy(heard)).toEqual(['body', 'setItem', 'storage event']);
    expect(JSON.stringify(await readable(tab.page))).not.toMatch(TOKEN);
    expect(heard.filter(({ via }) => via === 'url').length).toBeGreaterThan(10);
    // A message would have been heard.
    await tab.page.evaluate(() => new BroadcastChannel('any').postMessage({ a: 'canary' }));
    await expect.poll(() => heard.some(({ via, text }) => via === 'message' && text.includes('canary'))).toBe(true);
  });

  it('a request to another origin is sent without one', async () => {
    const [server, foreign] = [await serveSdk(), await serveSdk()];
    const profile = await openProfile();
    const tab = await SdkTab.openSignedIn(profile, server);
    const sent: (string | undefined)[] = [];
    await profile.route(`${foreign.url}/**`, (route) => {
      sent.push(route.request().headers().authorization);
      return route.fulfill({ status: 200, headers: { 'Access-Control-Allow-Origin': '*' }, body: '{}' });
    });
    const statuses = tab.page.evaluate(async (url) => {
      const { authClient } = window.app;
      const urls = [`${url}/protected`, new URL(`${url}/protected`), new Request(`${url}/protected`)];
      return Promise.all(urls.map(async (each) => (await authClient.fetch(each)).status));
    }, foreign.url);
    expect(await statuses).toEqual([200, 200, 200]);
    expect(sent).toEqual([undefined, undefined, undefined]);
  });
});
