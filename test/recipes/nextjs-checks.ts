import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { fileURLToPath } from 'node:url';

import { equal } from '../runtime/check.js';
import { runChecks } from './check-process.js';

const folder = fileURLToPath(new URL('.', import.meta.url));
const server = spawn(process.execPath, ['../../node_modules/next/dist/bin/next', 'start', '--hostname', '127.0.0.1', '--port', '0'], { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] });
process.once('exit', () => server.kill('SIGKILL'));
process.once('SIGTERM', () => process.exit(1));

/** Where it says that it listens. */
async function originOf(): Promise<string> {
  let told = '';
  const ended = once(server, 'exit').then(() => {
    throw new Error(`next start ended\n${told}`);
  });
  const found = new Promise<string>((resolve) => {
    const listen = (chunk: Buffer): void => {
      told += chunk.toString();
      const [, port] = /http:\/\/127\.0\.0\.1:(\d+)[^]*Ready/.exec(told) ?? [];
      if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
    };
    server.stdout.on('data', listen);
    server.stderr.on('data', listen);
  });
  return Promise.race([found, ended]);
}

const origin = await originOf();
const call = (path: string, init: RequestInit = {}) => fetch(origin + path, { redirect: 'manual', signal: AbortSignal.timeout(20_000), ...init });
const cookiesOf = (answer: Response): string => answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0]).join('; ');
const post = (path: string, body: object, headers: Record<string, string> = {}) =>
  call(path, { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', ...headers } });
const jsonOf = async (answer: Response): Promise<unknown> => [answer.status, await answer.json()];

/** The status of a login at a name that `fetch` could not give. */
async function loginStatus(headers: Record<string, string>): Promise<number | undefined> {
  const sent = request(`${origin}/api-token-auth/`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, signal: AbortSignal.timeout(20_000) });
  sent.end(JSON.stringify(LOGIN));
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  answer.resume();
  return answer.statusCode;
}

/** What the page shows: the text of its body, without scripts. */
async function page(cookie = ''): Promise<string> {
  const answer = await call('/', { headers: { cookie } });
  const body = /<body>([^]*?)<script/.exec(await answer.text())?.[1] ?? '';
  return `${answer.status} ${body.replaceAll(/<!--.*?-->/g, '').replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ').trim()}`;
}

const LOGIN = { username: 'ada', password: 'engine' };
const FORGED = 'eyJhbGciOiJub25lIn0.eyJ1c2VyX2lkIjoxLCJ1c2VybmFtZSI6ImFkYSIsImV4cCI6OTk5OTk5OTk5OX0.';
let cookie = '';

await runChecks({
  'renders a page for nobody': async () => equal(await page(), '200 One moment…'),
  'signs in over tRPC, into cookies that no script can read': async () => {
    const answer = await post('/trpc/auth.obtain', LOGIN, { Origin: origin, 'Sec-Fetch-Site': 'same-origin' });
    const set = answer.headers.getSetCookie();
    equal([answer.status, set.map((each) => each.split('=')[0]).sort()], [200, ['__Host-jwt-token', '__Host-jwt-token-refresh']]);
    equal(set.every((each) => /; HttpOnly; Secure; SameSite=Lax/.test(each)), true);
    const { result } = (await answer.json()) as { result: { data: object } };
    equal(Object.keys(result.data), ['expires_at']);
    cookie = cookiesOf(answer);
  },
  'renders the page for who is signed in': async () => equal(await page(cookie), '200 Hello, ada Sign out'),
  'renders it for nobody where the cookie is forged, or another': async () => {
    equal([await page(`__Host-jwt-token=${FORGED}`), await page('__Host-jwt-token=x'), await page(cookie.replaceAll('__Host-', ''))], Array<string>(3).fill('200 One moment…'));
  },
  'knows the user in a procedure and in a route handler': async () => {
    equal(await jsonOf(await call('/trpc/hello', { headers: { cookie } })), [200, { result: { data: 'Hello, ada' } }]);
    equal(await jsonOf(await call('/api/whoami', { headers: { cookie } })), [200, { username: 'ada' }]);
    equal((await call('/api/whoami')).status, 401);
  },
  'refreshes over REST, at the URL with its slash and without': async () => {
    for (const path of ['/api-token-refresh/', '/api-token-refresh']) {
      const answer = await post(path, {}, { cookie });
      equal(answer.status, 200);
      equal(cookiesOf(answer) === cookie, false);
      cookie = cookiesOf(answer);
    }
    equal(await page(cookie), '200 Hello, ada Sign out');
  },
  'takes a login as JSON and as either kind of form': async () => {
    const form = new FormData();
    for (const [name, value] of Object.entries(LOGIN)) form.set(name, value);
    const bodies = [new URLSearchParams(LOGIN), form];
    for (const body of bodies) equal((await call('/api-token-auth/', { method: 'POST', body })).status, 200);
  },
  'answers what is not its own with 404, and a wrong method with 405': async () => {
    equal([(await call('/nowhere/at/all')).status, (await call('/api-token-auth/')).status, (await call('/api-token-auth/', { method: 'DELETE' })).status], [404, 405, 405]);
  },
  'refuses the login of a foreign page': async () => {
    equal((await post('/api-token-auth/', LOGIN, { Origin: 'https://evil.example' })).status, 403);
    equal((await post('/trpc/auth.obtain', LOGIN, { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' })).status, 403);
  },
  'knows a page of its own by the header Host, whatever it listens as': async () => {
    equal([await loginStatus({ host: 'app.example.com', origin: 'https://app.example.com' }), await loginStatus({ host: 'app.example.com', origin })], [200, 403]);
  },
  'reads the address of a client behind its proxy': async () => {
    const answer = await call('/trpc/auth.sessions.list', { headers: { cookie } });
    const before = (await answer.json()) as { result: { data: { client_address: string }[] } };
    equal(before.result.data.every(({ client_address }) => /127\.0\.0\.1$/.test(client_address)), true);
    const from = { 'X-Forwarded-For': '203.0.113.7, 192.0.2.9' };
    const other = cookiesOf(await post('/api-token-auth/', LOGIN, from));
    const list = (await (await call('/trpc/auth.sessions.list', { headers: { cookie: other } })).json()) as typeof before;
    equal(list.result.data.filter(({ client_address }) => client_address === '192.0.2.9').length, 1);
  },
  'renders for nobody when the session has ended': async () => {
    equal((await post('/trpc/auth.logout', {}, { cookie, Origin: origin })).status, 200);
    equal(await page(cookie), '200 One moment…');
  },
});
