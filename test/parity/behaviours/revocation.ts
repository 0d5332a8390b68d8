import { expect } from 'vitest';
import { memorySessions } from 'trpc-jwt-auth/stores/memory';

import { decodeSegment } from '../../conformance/issued.js';
import { accepted, bodyTokens, refused, signed } from '../behaviour.js';
import type { Behaviour, Stage } from '../behaviour.js';
import { NOW, tokenFor } from '../scene.js';
import type { Settings } from '../scene.js';
import type { Outcome, SetCookie } from '../transport.js';

const REVOKED = refused('TOKEN_REVOKED');
const AT_ENDPOINT = { place: 'protected' } as const;
const ADA = accepted({ username: 'ada' });
const anyToken = expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) as string;
const NAME = 'jwt-token';

const REACHES = [`${NAME} example.com /api Strict`, `${NAME}-refresh  / Strict`];

const sessions = (): Settings => ({ sessions: { store: memorySessions() } });
const cookieMode = (): Settings => ({ ...sessions(), cookie: { name: NAME } });
const bodyless = (): Settings => ({ ...sessions(), cookie: { name: NAME, tokenInBody: false } });

const login = async ({ app }: Stage, username = 'ada'): Promise<{ token: string; refresh_token: string }> =>
  bodyTokens(await app.obtain({ username, password: `${username}-pass` }, { 'user-agent': `${username}'s browser` }));
const sidOf = (token: string): string => String(decodeSegment(token, 1)?.sid);
const valueOf = (outcome: Outcome, name: string): string => outcome.setCookies.find((cookie) => cookie.name === name)?.value ?? '';

function revoked(name: string, act: Behaviour['act'], expected: Behaviour['expected'], rest: Partial<Behaviour> = {}): Behaviour {
  return { name, settings: sessions, act, expected, ...rest };
}

function cookie(name: string, value: string, expiresAt: number, maxAge: number): SetCookie {
  return { name, value, attributes: { path: '/', httponly: true, samesite: 'Lax', expires: new Date(expiresAt * 1000).toUTCString(), 'max-age': String(maxAge) } };
}

/** Logs in in cookie mode, and gives the Cookie header of a browser that has both cookies, or one. */
async function cookies({ app }: Stage, ...names: readonly string[]): Promise<{ cookie: string }> {
  const outcome = await app.obtain({ username: 'ada', password: 'ada-pass' });
  return { cookie: (names.length === 0 ? [NAME, `${NAME}-refresh`] : names).map((name) => `${name}=${valueOf(outcome, name)}`).join('; ') };
}

/** Logout that revokes, and the list of devices. */
export const revocation: readonly Behaviour[] = [
  ...(['refresh_token', 'token'] as const).map((field) =>
    revoked(`logout by ${field} ends the session`, async (stage) => {
      const tokens = await login(stage);
      await stage.app.logout({}, { [field]: tokens[field] });
      return stage.app.protectedRead(signed(tokens.token));
    }, REVOKED, AT_ENDPOINT),
  ),
  revoked('logout by the Authorization header', async (stage) => {
    const tokens = await login(stage);
    await stage.app.logout(signed(tokens.token));
    return stage.app.refresh({ refresh_token: tokens.refresh_token });
  }, REVOKED),
  revoked('logout after the access token has expired', async (stage) => {
    const tokens = await login(stage);
    stage.scene.clock.advance({ seconds: 4000 });
    await stage.app.logout(signed(tokens.token));
    return stage.app.refresh({ refresh_token: tokens.refresh_token });
  }, REVOKED),
  revoked('logout ends that session only', async (stage) => {
    const [one, other] = [await login(stage), await login(stage)];
    await stage.app.logout({}, { refresh_token: one.refresh_token });
    return stage.app.protectedRead(signed(other.token));
  }, ADA),
  revoked('logout without anything', ({ app }) => app.logout(), accepted({})),
  revoked('logout twice', async (stage) => {
    const { refresh_token } = await login(stage);
    await stage.app.logout({}, { refresh_token });
    return stage.app.logout({}, { refresh_token });
  }, accepted({})),
  revoked('logout by a forged token says so', ({ app }) => app.logout({}, { refresh_token: tokenFor({ secret: 'x'.repeat(40), header: { typ: 'refresh+jwt' } }) }), refused('TOKEN_UNDECODABLE')),
  revoked('a bad header on the way is no hindrance', ({ app }) => app.logout(signed('nonsense')), accepted({})),
  revoked('logout everywhere', async (stage) => {
    const [one, other] = [await login(stage), await login(stage)];
    await stage.app.logoutAll(signed(one.token));
    return stage.app.protectedRead(signed(other.token));
  }, REVOKED, AT_ENDPOINT),
  revoked('logout everywhere says how many', async (stage) => {
    await login(stage);
    await login(stage, 'bob');
    return stage.app.logoutAll(signed((await login(stage)).token));
  }, accepted({ revoked: 2 })),
  revoked('and leaves others’ alone', async (stage) => {
    const bob = await login(stage, 'bob');
    await stage.app.logoutAll(signed((await login(stage)).token));
    return stage.app.protectedRead(signed(bob.token));
  }, accepted({ username: 'bob' })),
  revoked('logout everywhere needs a live token', ({ app }) => app.logoutAll(), refused('NOT_AUTHENTICATED'), AT_ENDPOINT),

  revoked('the list of sessions, the last used first', async (stage) => {
    const first = await login(stage);
    stage.scene.clock.advance({ seconds: 10 });
    const second = await login(stage);
    stage.scene.clock.advance({ seconds: 10 });
    await stage.app.refresh({ refresh_token: first.refresh_token });
    const list = await stage.app.sessionList(signed(second.token));
    return list.ok ? accepted(Object.values(list.body).map((each) => ({ ...(each as object), id: '' })) as unknown as Record<string, unknown>) : list;
  }, accepted([
    { id: '', created_at: NOW, last_used_at: NOW + 20, expires_at: NOW + 20 + 604_800, client_address: '127.0.0.1', user_agent: "ada's browser", current: false },
    { id: '', created_at: NOW + 10, last_used_at: NOW + 10, expires_at: NOW + 10 + 604_800, client_address: '127.0.0.1', user_agent: "ada's browser", current: true },
  ] as unknown as Record<string, unknown>)),
  revoked('has nobody else’s', async (stage) => {
    await login(stage, 'bob');
    const list = await stage.app.sessionList(signed((await login(stage)).token));
    return accepted({ count: list.ok ? Object.keys(list.body).length : -1 });
  }, accepted({ count: 1 })),
  revoked('the list needs a token', ({ app }) => app.sessionList(), refused('NOT_AUTHENTICATED'), AT_ENDPOINT),
  revoked('one of them can be ended', async (stage) => {
    const [one, other] = [await login(stage), await login(stage)];
    const answer = await stage.app.sessionRevoke(sidOf(other.token), signed(one.token));
    const after = await stage.app.protectedRead(signed(other.token));
    return accepted({ body: answer.ok ? answer.body : answer, after: after.ok ? 'accepted' : after.code });
  }, accepted({ body: { revoked: 1 }, after: 'TOKEN_REVOKED' })),
  revoked('one’s own too', async (stage) => {
    const { token } = await login(stage);
    await stage.app.sessionRevoke(sidOf(token), signed(token));
    return stage.app.protectedRead(signed(token));
  }, REVOKED, AT_ENDPOINT),
  revoked('somebody else’s is as none', async (stage) => {
    const bob = await login(stage, 'bob');
    return stage.app.sessionRevoke(sidOf(bob.token), signed((await login(stage)).token));
  }, accepted({ revoked: 0 })),
  revoked('and goes on', async (stage) => {
    const bob = await login(stage, 'bob');
    await stage.app.sessionRevoke(sidOf(bob.token), signed((await login(stage)).token));
    return stage.app.protectedRead(signed(bob.token));
  }, accepted({ username: 'bob' })),
  revoked('to end one needs a token', ({ app }) => app.sessionRevoke('3fa2.x'), refused('NOT_AUTHENTICATED'), AT_ENDPOINT),

  revoked('the app ends a user’s sessions', async (stage) => {
    const { token } = await login(stage);
    await stage.auth.revokeUser(1);
    return stage.app.protectedRead(signed(token));
  }, REVOKED, AT_ENDPOINT),
  revoked('all but the one he is in', async (stage) => {
    const [here, there] = [await login(stage), await login(stage)];
    const count = await stage.auth.revokeUser(1, { exceptSessionId: sidOf(here.token) });
    const [a, b] = [await stage.app.protectedRead(signed(here.token)), await stage.app.protectedRead(signed(there.token))];
    return accepted({ count, here: a.ok, there: b.ok });
  }, accepted({ count: 1, here: true, there: false })),

  revoked('cookie mode sets both cookies, each until its token’s expiry', ({ app }) => app.obtain({ username: 'ada', password: 'ada-pass' }), accepted({ token: anyToken, refresh_token: anyToken }, [
    cookie(NAME, anyToken, NOW + 300, 300),
    cookie(`${NAME}-refresh`, anyToken, NOW + 604_800, 604_800),
  ]), { settings: cookieMode }),
  revoked('the refresh cookie goes to the host that set it, at every path, whatever the access cookie’s reach', async (stage) => {
    const set = await stage.app.obtain({ username: 'ada', password: 'ada-pass' });
    const removed = await stage.app.logout(await cookies(stage, `${NAME}-refresh`));
    return accepted(Object.fromEntries([set, removed].map(({ setCookies }, index) => [index, setCookies.map(({ name, attributes: { domain, path, samesite } }) => [name, domain, path, samesite].join(' '))])));
  }, accepted({ 0: REACHES, 1: REACHES }), { settings: () => ({ ...sessions(), cookie: { name: NAME, domain: 'example.com', path: '/api', sameSite: 'strict' } }) }),
  revoked('refresh by the refresh cookie', async (stage) => {
    const outcome = await stage.app.refresh({}, await cookies(stage));
    return outcome.ok ? accepted({ gen: decodeSegment(valueOf(outcome, NAME), 1)?.gen, body: Object.keys(outcome.body) }) : outcome;
  }, accepted({ gen: 2, body: ['expires_at'] }), { settings: bodyless }),
  revoked('refresh after the access cookie is gone', async (stage) => {
    const outcome = await stage.app.refresh(undefined, await cookies(stage, `${NAME}-refresh`));
    return outcome.ok ? accepted({ set: outcome.setCookies.map(({ name }) => name) }) : outcome;
  }, accepted({ set: [NAME, `${NAME}-refresh`] }), { settings: bodyless }),
  revoked('refresh by the access cookie alone', async (stage) => stage.app.refresh({}, await cookies(stage, NAME)), refused('REFRESH_NOT_ALLOWED', 'A session is refreshed with its refresh token.'), { settings: bodyless }),
  revoked('logout clears both', async (stage) => stage.app.logout(await cookies(stage)), accepted({}, [cookie(NAME, '', 0, 0), cookie(`${NAME}-refresh`, '', 0, 0)]), { settings: bodyless }),
  revoked('and ends the session, by the refresh cookie alone', async (stage) => {
    const browser = await cookies(stage);
    await stage.app.logout({ cookie: browser.cookie.split('; ')[1] ?? '' });
    return stage.app.protectedRead(browser);
  }, REVOKED, { settings: bodyless, place: 'protected' }),
  revoked('a foreign page refreshes nothing', async (stage) => stage.app.refresh({}, { ...(await cookies(stage)), origin: 'https://evil.example' }), refused('CSRF_FAILED'), { settings: bodyless }),
  revoked('and logs nobody out', async (stage) => {
    const browser = await cookies(stage);
    await stage.app.logout({ ...browser, origin: 'https://evil.example' });
    await stage.app.logoutAll({ ...browser, origin: 'https://evil.example' });
    return stage.app.protectedRead(browser);
  }, ADA, { settings: bodyless }),
];
