import { describe, expect, it } from 'vitest';

import { attackable, codeOf, PASSWORD } from './target.js';
import type { Answer } from './target.js';

const target = await attackable({ cookie: { name: 'jwt', trustedOrigins: ['https://spa.example'] } });
const credentials = { username: 'ada', password: PASSWORD };
const multipart = Object.entries(credentials)
  .map(([name, value]) => `--X\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
  .join('')
  .concat('--X--\r\n');

/** Every way a page of another site can make a browser send a login, and what each is with a token in the cookie. */
const forgeries: Record<string, { path: string; headers: Record<string, string>; body: string }> = {
  'login as a form': { path: '/api-token-auth/', headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams(credentials).toString() },
  'login as multipart': { path: '/api-token-auth/', headers: { 'Content-Type': 'multipart/form-data; boundary=X' }, body: multipart },
  'login as JSON': { path: '/api-token-auth/', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(credentials) },
  'login without the slash': { path: '/api-token-auth', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(credentials) },
  'login over tRPC': { path: '/trpc/auth.obtain', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ json: credentials }) },
  'login over tRPC as multipart': { path: '/trpc/auth.obtain', headers: { 'Content-Type': 'multipart/form-data; boundary=X' }, body: multipart },
  'login in a tRPC batch': { path: '/trpc/auth.obtain?batch=1', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ 0: { json: credentials } }) },
  'refresh by cookie': { path: '/api-token-refresh/', headers: {}, body: '' },
  'refresh by cookie over tRPC': { path: '/trpc/auth.refresh', headers: { 'Content-Type': 'application/json' }, body: '' },
  'verify by cookie': { path: '/api-token-verify/', headers: {}, body: '' },
  'logout': { path: '/api-token-logout/', headers: {}, body: '' },
  'logout over tRPC': { path: '/trpc/auth.logout', headers: { 'Content-Type': 'application/json' }, body: '' },
  'a protected mutation': { path: '/trpc/change', headers: { 'Content-Type': 'application/json' }, body: '' },
  'a protected mutation as multipart': { path: '/trpc/change', headers: { 'Content-Type': 'multipart/form-data; boundary=X' }, body: '--X--\r\n' },
  'a protected endpoint': { path: '/protected', headers: {}, body: '' },
};

async function forge(name: string, browser: Record<string, string | string[]>): Promise<Answer> {
  const forgery = forgeries[name];
  if (forgery === undefined) throw new Error(name);
  return target.send('POST', forgery.path, { Cookie: `jwt=${await target.issue()}`, ...forgery.headers, ...browser }, forgery.body);
}

const foreign: Record<string, Record<string, string | string[]>> = {
  'another site': { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' },
  'another site, an older browser': { Origin: 'https://evil.example' },
  'a sibling': { Origin: 'https://other.app.example', 'Sec-Fetch-Site': 'same-site' },
  'a sandboxed frame': { Origin: 'null' },
  'a sandboxed frame that says so': { Origin: 'null', 'Sec-Fetch-Site': 'cross-site' },
  'cross-site, with our own Origin': { Origin: 'https://app.example', 'Sec-Fetch-Site': 'cross-site' },
  'same-site, with our own Origin': { Origin: 'https://app.example', 'Sec-Fetch-Site': 'same-site' },
  'a suffix of our host': { Origin: 'https://app.example.evil.example' },
  'a prefix of our host': { Origin: 'https://evil-app.example' },
  'our host as user name': { Origin: 'https://app.example@evil.example' },
  'another port': { Origin: 'https://app.example:8443' },
  'no URL': { Origin: 'app.example' },
  'an empty Origin': { Origin: '' },
  'a file': { Origin: 'file://' },
  'two Origins': { Origin: ['https://app.example', 'https://evil.example'] },
  'two Sec-Fetch-Sites': { 'Sec-Fetch-Site': ['same-origin', 'cross-site'] },
  'a trusted origin, misspelt': { Origin: 'https://spa.example/' },
  'a trusted origin over http': { Origin: 'http://spa.example' },
};

describe.each(Object.keys(forgeries))('%s', (name) => {
  it.each(Object.entries(foreign))('is refused from %s, before anything is done', async (_, browser) => {
    target.logins.length = 0;
    const answer = await forge(name, browser);
    // tRPC hands a form over as FormData, in which there are no fields to log in with.
    expect([answer.status, codeOf(answer)]).toEqual(name === 'login over tRPC as multipart' ? [400, 'VALIDATION_FAILED'] : [403, 'CSRF_FAILED']);
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(target.logins).toEqual([]);
  });

  it.each<[string, Record<string, string>]>([
    ['our own page', { Origin: 'https://app.example', 'Sec-Fetch-Site': 'same-origin' }],
    ['our own page, an older browser', { Origin: 'http://app.example' }],
    ['our own page, the port written out', { Origin: 'https://app.example', Host: 'app.example:443' }],
    ['the address bar', { 'Sec-Fetch-Site': 'none' }],
    ['a script, that sends neither', {}],
    ['a trusted origin', { Origin: 'https://spa.example', 'Sec-Fetch-Site': 'cross-site' }],
  ])('passes from %s', async (_, browser) => {
    expect(codeOf(await forge(name, browser))).not.toBe('CSRF_FAILED');
  });
});

describe('where no cookie speaks', () => {
  const evil = { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' };
  it('a header token is not the browser’s own doing, and passes', async () => {
    expect(codeOf(await target.send('POST', '/trpc/change', { ...evil, Authorization: `JWT ${await target.issue()}`, 'Content-Type': 'application/json' }))).toBe('accepted');
    expect(codeOf(await target.send('POST', '/api-token-verify/', { ...evil, 'Content-Type': 'application/json' }, JSON.stringify({ token: await target.issue() })))).toBe('accepted');
  });
  it('safe methods pass with the cookie, public procedures without looking', async () => {
    const cookie = { ...evil, Cookie: `jwt=${await target.issue()}` };
    expect(codeOf(await target.send('GET', '/trpc/whoami', cookie))).toBe('accepted');
    expect(codeOf(await target.send('GET', '/protected', cookie))).toBe('accepted');
    const batch = await target.send('POST', '/trpc/auth.verify,auth.logout?batch=1', { ...evil, 'Content-Type': 'application/json' }, JSON.stringify({ 0: { json: { token: await target.issue() } }, 1: {} }));
    expect(batch.body).toMatch(/"token":.*CSRF_FAILED/);
  });
  it('an app without cookie mode has nothing to forge', async () => {
    const plain = await attackable();
    expect(codeOf(await plain.send('POST', '/api-token-auth/', { ...evil, 'Content-Type': 'application/json' }, JSON.stringify(credentials)))).toBe('accepted');
  });
});
