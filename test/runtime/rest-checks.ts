import { LOGIN } from './app.js';
import { equal } from './check.js';
import type { Check, Target } from './check.js';
import { moveClock } from './trpc-checks.js';

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

const PROTECTED = '/api/protected-endpoint/';

async function ask({ origin }: Target, path: string, init?: RequestInit): Promise<Answer> {
  const { status, headers, ...answer } = await fetch(origin + path, init).then(async (response) => ({ status: response.status, headers: response.headers, text: await response.text() }));
  return { status, headers, body: JSON.parse(answer.text) as Record<string, unknown> };
}

const post = (target: Target, path: string, body: BodyInit, headers: Record<string, string> = {}): Promise<Answer> => ask(target, path, { method: 'POST', body, headers });
const form = (fields: Record<string, unknown>): URLSearchParams => new URLSearchParams(fields as Record<string, string>);
const login = (target: Target): Promise<Answer> => post(target, '/api-token-auth/', form(LOGIN));
const signed = ({ body }: Answer): Record<string, string> => ({ Authorization: `JWT ${String(body.token)}` });
const cookiesOf = ({ headers }: Answer): Map<string, string> =>
  new Map(headers.getSetCookie().map((cookie) => [cookie.split('=', 1)[0] ?? '', cookie.slice(cookie.indexOf('=') + 1)]));

/** Not of a Worker that calls itself: its fetch loses an answer that comes while it is still sending. */
export const largeBodyCheck: Check = {
  name: 'refuses a body over 100 KiB',
  run: async (target) => {
    equal((await post(target, '/api-token-auth/', form({ username: 'a'.repeat(110 * 1024) }))).status, 413);
    equal((await login(target)).status, 200);
  },
};

/** The token URLs and a protected endpoint, by the fetch of the runtime. */
export const restChecks: readonly Check[] = [
  {
    name: 'obtains tokens with a form and with JSON',
    run: async (target) => {
      for (const answer of [await login(target), await post(target, '/api-token-auth/', JSON.stringify(LOGIN), { 'Content-Type': 'application/json' })]) {
        equal([answer.status, Object.keys(answer.body), answer.body.user], [200, ['token', 'refresh_token', 'user'], { id: 1 }]);
        equal([answer.headers.get('Content-Type'), answer.headers.get('Cache-Control')], ['application/json', 'no-store']);
      }
    },
  },
  {
    name: 'refuses a wrong password, and says which field is missing',
    run: async (target) => {
      const wrong = await post(target, '/api-token-auth/', form({ ...LOGIN, password: 'wrong' }));
      equal([wrong.status, wrong.body], [401, { non_field_errors: ['Unable to log in with provided credentials.'] }]);
      equal([wrong.headers.get('Auth-Error-Code'), wrong.headers.has('WWW-Authenticate')], ['INVALID_CREDENTIALS', true]);
      const missing = await post(target, '/api-token-auth/', form({ username: 'ada' }));
      equal([missing.status, missing.body], [400, { password: ['This field is required.'] }]);
    },
  },
  {
    name: 'verifies a token and refuses a changed one',
    run: async (target) => {
      const { body } = await login(target);
      const token = String(body.token);
      equal((await post(target, '/api-token-verify/', form({ token }))).body.token, token);
      const changed = await post(target, '/api-token-verify/', form({ token: `${token.slice(0, -8)}AAAAAAAA` }));
      equal([changed.status, changed.headers.get('Auth-Error-Code')], [401, 'TOKEN_UNDECODABLE']);
    },
  },
  {
    name: 'rotates the refresh token, and ends the session of one that comes back',
    run: async (target) => {
      const refresh = (refreshToken: unknown): Promise<Answer> => post(target, '/api-token-refresh/', form({ refresh_token: refreshToken }));
      const first = await login(target);
      const second = await refresh(first.body.refresh_token);
      equal([second.status, second.body.refresh_token === first.body.refresh_token], [200, false]);
      const third = await refresh(second.body.refresh_token);
      equal(third.status, 200);
      await moveClock(target, 11);
      const replayed = await refresh(first.body.refresh_token);
      equal([replayed.status, replayed.headers.get('Auth-Error-Code')], [401, 'TOKEN_REVOKED']);
      equal((await refresh(third.body.refresh_token)).status, 401);
    },
  },
  {
    name: 'guards a protected endpoint',
    run: async (target) => {
      const stranger = await ask(target, PROTECTED);
      equal([stranger.status, stranger.body], [401, { detail: 'Authentication credentials were not provided.' }]);
      const known = await ask(target, PROTECTED, { headers: signed(await login(target)) });
      equal([known.status, known.body], [200, { username: 'ada' }]);
    },
  },
  {
    name: 'answers 405, 415, 406 and 400 to what it cannot take',
    run: async (target) => {
      const get = await ask(target, '/api-token-auth/');
      equal([get.status, get.headers.get('Allow'), get.body], [405, 'POST, OPTIONS', { detail: 'Method "GET" not allowed.' }]);
      equal((await post(target, '/api-token-auth/', '<login/>', { 'Content-Type': 'application/xml' })).status, 415);
      equal((await post(target, '/api-token-auth/', form(LOGIN), { Accept: 'text/html' })).status, 406);
      equal((await post(target, '/api-token-auth/', '{', { 'Content-Type': 'application/json' })).status, 400);
    },
  },
  {
    name: 'reads a multipart form',
    run: async (target) => {
      const fields = new FormData();
      for (const [name, value] of Object.entries(LOGIN)) fields.set(name, value);
      const answer = await post(target, '/api-token-auth/', fields);
      // Without Node's modules there is no parser of these.
      const expected = target.hasNode ? [200, ['token', 'refresh_token', 'user']] : [415, ['detail']];
      equal([answer.status, Object.keys(answer.body)], expected);
    },
  },
  {
    name: 'sets cookies, takes them, refuses them from a foreign page, and removes them',
    run: async (target) => {
      const cookies = cookiesOf(await login(target));
      equal([...cookies.keys()], ['jwt-token', 'jwt-token-refresh']);
      for (const cookie of cookies.values()) equal([/; HttpOnly/i, /; SameSite=Lax/i, /; Path=\//i].map((attribute) => attribute.test(cookie)), [true, true, true]);
      const Cookie = [...cookies].map(([name, cookie]) => `${name}=${cookie.split(';', 1)[0] ?? ''}`).join('; ');
      equal((await ask(target, PROTECTED, { headers: { Cookie } })).body, { username: 'ada' });
      const foreign = await post(target, '/api-token-refresh/', '', { Cookie, Origin: 'https://evil.example' });
      equal([foreign.status, foreign.headers.get('Auth-Error-Code')], [403, 'CSRF_FAILED']);
      const refreshed = await post(target, '/api-token-refresh/', '', { Cookie });
      equal([refreshed.status, [...cookiesOf(refreshed).keys()]], [200, [...cookies.keys()]]);
      const out = await post(target, '/api-token-logout/', '', { Cookie });
      equal([out.status, [...cookiesOf(out).values()].every((cookie) => cookie.startsWith(';'))], [200, true]);
      equal((await ask(target, PROTECTED, { headers: { Cookie } })).status, 401);
    },
  },
  {
    name: 'knows the address of its client',
    run: async (target) => {
      const sessions = (await ask(target, '/api-token-sessions/', { headers: signed(await login(target)) })).body as unknown as Record<string, unknown>[];
      equal(sessions.find(({ current }) => current === true)?.client_address, target.clientAddress);
    },
  },
];
