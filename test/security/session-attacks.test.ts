import { memorySessions } from 'trpc-jwt-auth/stores/memory';
import type { AuthEvent, SessionStore } from 'trpc-jwt-auth';
import { describe, expect, it } from 'vitest';

import { decodeSegment } from '../conformance/issued.js';
import { forge, goodClaims } from './forged-tokens.js';
import { attackable, codeOf, NOW, PASSWORD, verdict } from './target.js';
import type { Answer, Settings, Target } from './target.js';

interface Pair {
  readonly token: string;
  readonly refresh_token: string;
}

const JSON_TYPE = { 'Content-Type': 'application/json' };
const LIVES = { typ: 'JWT', alg: 'HS256' };
const REFRESHES = { typ: 'refresh+jwt', alg: 'HS256' };

async function stage(settings: Settings = {}) {
  const events: AuthEvent[] = [];
  const target = await attackable({ sessions: { store: memorySessions() }, onEvent: (event) => void events.push(event), ...settings });
  const post = (path: string, body: object, headers: Record<string, string> = {}): Promise<Answer> => target.send('POST', path, { ...JSON_TYPE, ...headers }, JSON.stringify(body));
  const login = async (username = 'ada'): Promise<Pair> => JSON.parse((await post('/api-token-auth/', { username, password: PASSWORD })).body) as Pair;
  const refresh = (refresh_token: string): Promise<Answer> => post('/api-token-refresh/', { refresh_token });
  const renew = async (refresh_token: string): Promise<Pair> => JSON.parse((await refresh(refresh_token)).body) as Pair;
  const visit = async (token: string): Promise<string> => codeOf(await target.send('GET', '/protected', { Authorization: `JWT ${token}` }));
  return { target, clock: target.clock, events, post, login, refresh, renew, visit };
}

const sidOf = (token: string): unknown => decodeSegment(token, 1)?.sid;

/** Presents a token as a refresh token wherever one can be. */
async function presentAsRefresh(target: Target, token: string): Promise<string> {
  const answers = {
    REST: await target.send('POST', '/api-token-refresh/', JSON_TYPE, JSON.stringify({ refresh_token: token })),
    tRPC: await target.send('POST', '/trpc/auth.refresh', JSON_TYPE, JSON.stringify({ json: { refresh_token: token } })),
    logout: await target.send('POST', '/api-token-logout/', JSON_TYPE, JSON.stringify({ refresh_token: token })),
  };
  return verdict(Object.fromEntries(Object.entries(answers).map(([where, answer]) => [where, codeOf(answer)])));
}

/** Presents a token as an access token at the endpoints of sessions. */
async function presentAtSessions(target: Target, token: string): Promise<string> {
  const headers = { Authorization: `JWT ${token}` };
  const answers = {
    list: await target.send('GET', '/api-token-sessions/', headers),
    end: await target.send('DELETE', '/api-token-sessions/3fa2.x/', headers),
    all: await target.send('POST', '/api-token-logout-all/', headers),
    'tRPC list': await target.send('GET', '/trpc/auth.sessions.list', headers),
    'tRPC all': await target.send('POST', '/trpc/auth.logoutAll', { ...headers, ...JSON_TYPE }, '{}'),
  };
  return verdict(Object.fromEntries(Object.entries(answers).map(([where, answer]) => [where, codeOf(answer)])));
}

describe('a token of one kind in the place of the other', () => {
  it('a refresh token is no access token anywhere', async () => {
    const { target, login, visit } = await stage();
    const { token, refresh_token } = await login();
    expect(Object.entries(await target.judge(refresh_token)).filter(([, code]) => code !== 'TOKEN_REJECTED')).toEqual([]);
    expect(await presentAtSessions(target, refresh_token)).toBe('TOKEN_REJECTED');
    expect(await visit(token)).toBe('accepted');
  });

  it('an access token is no refresh token anywhere, and ends nothing as one', async () => {
    const { target, login, visit } = await stage();
    const { token } = await login();
    expect(await presentAsRefresh(target, token)).toBe('TOKEN_REJECTED');
    expect(await visit(token)).toBe('accepted');
  });

  it.each([
    ['no typ', { alg: 'HS256' }, 'TOKEN_PAYLOAD_INVALID'],
    ['the typ of an access token', LIVES, 'TOKEN_PAYLOAD_INVALID'],
    ['a typ of neither', { typ: 'at+jwt', alg: 'HS256' }, 'TOKEN_REJECTED'],
  ])('claims of a refresh token under %s are refused', async (_name, header, asAccess) => {
    const { target, login } = await stage();
    const claims = decodeSegment((await login()).refresh_token, 1);
    expect(await presentAsRefresh(target, forge(header, claims))).toBe('TOKEN_REJECTED');
    expect(await presentAtSessions(target, forge(header, claims))).toBe(asAccess);
  });

  it('a refresh token signed with another secret is none', async () => {
    const { target, login } = await stage();
    expect(await presentAsRefresh(target, forge(REFRESHES, decodeSegment((await login()).refresh_token, 1), { secret: 'x'.repeat(40) }))).toBe('TOKEN_UNDECODABLE');
  });
});

describe('claims of a session that the key did sign', () => {
  it.each([
    ['a generation of zero', { gen: 0 }],
    ['a negative one', { gen: -1 }],
    ['a fraction', { gen: 1.5 }],
    ['one too large', { gen: 1e300 }],
    ['a string', { gen: '1' }],
    ['null', { gen: null }],
    ['none', { gen: undefined }],
    ['a list', { gen: [1] }],
    ['a session id that is a number', { sid: 5 }],
    ['an object', { sid: { toString: 'x' } }],
    ['none with a generation', { sid: undefined }],
  ])('%s is no payload of ours', async (_name, changes) => {
    const { target, login } = await stage();
    const pair = await login();
    const judged = await target.judge(forge(LIVES, { ...decodeSegment(pair.token, 1), ...changes }));
    expect(verdict(judged)).toBe('TOKEN_PAYLOAD_INVALID');
    expect(codeOf(await target.send('POST', '/api-token-refresh/', JSON_TYPE, JSON.stringify({ refresh_token: forge(REFRESHES, { ...decodeSegment(pair.refresh_token, 1), ...changes }) })))).toBe('TOKEN_PAYLOAD_INVALID');
    expect(target.reported).toEqual([]);
  });

  it.each(['', 'x', '3fa2.', '../..', '%00', "' OR 1=1 --", '__proto__', 'x'.repeat(5000)])('the session id %s is nobody’s', async (sid) => {
    const { visit } = await stage();
    expect(await visit(forge(LIVES, { ...goodClaims, sid, gen: 1 }))).toBe('TOKEN_REVOKED');
  });

  it('another user’s session opens nothing', async () => {
    const { login, visit, refresh } = await stage();
    const eve = await login('eve');
    expect(await visit(forge(LIVES, { ...goodClaims, sid: sidOf(eve.token), gen: 1 }))).toBe('TOKEN_REVOKED');
    expect(codeOf(await refresh(forge(REFRESHES, { sub: 'ada', user_id: 1, exp: NOW + 300, sid: sidOf(eve.token), gen: 1 })))).toBe('TOKEN_REVOKED');
    expect(await visit(eve.token)).toBe('accepted');
  });

  it('a generation above the store’s is refused everywhere, and ends the session it names', async () => {
    const { target, login, events, visit, refresh } = await stage();
    const pair = await login();
    const ahead = { gen: 2 };
    expect(Object.values(await target.judge(forge(LIVES, { ...decodeSegment(pair.token, 1), ...ahead }))).every((code) => code === 'TOKEN_REVOKED')).toBe(true);
    expect(codeOf(await refresh(forge(REFRESHES, { ...decodeSegment(pair.refresh_token, 1), ...ahead })))).toBe('TOKEN_REVOKED');
    expect(events.filter(({ type }) => type === 'reuse-detected')).toHaveLength(1);
    expect(await visit(pair.token)).toBe('TOKEN_REVOKED');
  });
});

describe('a family of tokens', () => {
  it('dies whole when an old refresh token comes back: parents, children, access and refresh', async () => {
    const { target, clock, login, renew, refresh, visit } = await stage();
    const sibling = await login();
    const family = [await login()];
    for (let each = 0; each < 3; each += 1) {
      family.push(await renew(family.at(-1)?.refresh_token ?? ''));
      await visit(family.at(-1)?.token ?? '');
    }
    clock.advance({ seconds: 11 });
    expect(codeOf(await refresh(family[1]?.refresh_token ?? ''))).toBe('TOKEN_REVOKED');
    for (const { token, refresh_token } of family) {
      expect(verdict(await target.judge(token))).toBe('TOKEN_REVOKED');
      expect(codeOf(await refresh(refresh_token))).toBe('TOKEN_REVOKED');
    }
    expect(await visit(sibling.token)).toBe('accepted');
  });

  it('whoever is first, thief or client, the other’s next refresh ends it', async () => {
    for (const first of ['thief', 'client']) {
      const { clock, login, renew, refresh, visit } = await stage();
      const stolen = await login();
      const newer = await renew(stolen.refresh_token);
      await visit(newer.token);
      clock.advance({ seconds: 60 });
      expect(codeOf(await refresh(stolen.refresh_token)), first).toBe('TOKEN_REVOKED');
      expect(await visit(newer.token), first).toBe('TOKEN_REVOKED');
    }
  });

  it.each(['disabled', 'deleted', 're-registered'])('is not rotated for a user who was %s', async (how) => {
    const { target, login, refresh } = await stage();
    const { refresh_token } = await login();
    const ada = target.people.get('ada')!;
    if (how === 'disabled') target.people.set('ada', { ...ada, isActive: false });
    else if (how === 'deleted') target.people.delete('ada');
    else target.people.set('ada', { ...ada, id: 99 });
    expect(codeOf(await refresh(refresh_token))).toBe(how === 'disabled' ? 'ACCOUNT_DISABLED' : 'USER_NOT_FOUND');
    target.people.set('ada', ada);
    const answer = await refresh(refresh_token);
    expect(decodeSegment((JSON.parse(answer.body) as Pair).token, 1)?.gen).toBe(2);
  });
});

describe('sessions of others', () => {
  it('are chosen by nobody who logs in', async () => {
    const { post, visit, login } = await stage();
    const eve = await login('eve');
    const sid = String(sidOf(eve.token));
    const answer = await post('/api-token-auth/', { username: 'ada', password: PASSWORD, sid, session: sid, id: sid, token: eve.token, refresh_token: eve.refresh_token }, { Authorization: `JWT ${eve.token}`, 'X-Session-Id': sid });
    const ada = JSON.parse(answer.body) as Pair;
    expect(sidOf(ada.token)).not.toBe(sid);
    expect([decodeSegment(ada.token, 1)?.username, await visit(eve.token)]).toEqual(['ada', 'accepted']);
  });

  it('are ended by nobody else, in no spelling of their id', async () => {
    const { target, login, visit } = await stage();
    const [ada, eve] = [await login(), await login('eve')];
    const sid = String(sidOf(eve.token));
    for (const id of [sid, `${sid}/`, `%20${sid}`, sid.toUpperCase(), `..%2f${sid}`, `${sid}%00`, '%', '%2e%2e', 'x'.repeat(3000)]) {
      const answer = await target.send('DELETE', `/api-token-sessions/${id}/`, { Authorization: `JWT ${ada.token}` });
      expect([answer.status, 404, 400], id).toContain(answer.status);
      expect(answer.body).not.toContain('"revoked":1');
    }
    expect(await visit(eve.token)).toBe('accepted');
    expect(target.reported).toEqual([]);
  });

  it('are in nobody else’s list', async () => {
    const { target, login } = await stage();
    const [ada, eve] = [await login(), await login('eve')];
    const { body } = await target.send('GET', '/api-token-sessions/', { Authorization: `JWT ${ada.token}` });
    expect(body).toContain(String(sidOf(ada.token)));
    expect(body).not.toContain(String(sidOf(eve.token)));
  });

  it('end by no token that is not theirs', async () => {
    const { target, login, post, visit } = await stage();
    const { token } = await login();
    const forged = forge(REFRESHES, { sub: 'ada', user_id: 1, exp: NOW + 300, sid: sidOf(token), gen: 1 }, { secret: 'y'.repeat(40) });
    for (const body of [{ refresh_token: forged }, { token: forged }]) await post('/api-token-logout/', body);
    await target.send('POST', '/api-token-logout/', { Authorization: `JWT ${forged}` });
    expect(await visit(token)).toBe('accepted');
  });
});

describe('a logout that cannot read its token', () => {
  it('because the keys are away, says so: nothing was ended', async () => {
    const keys = { current: () => Promise.reject(new Error('away')) };
    const target = await attackable({ sessions: { store: memorySessions() } }, { keys });
    const answer = await target.send('POST', '/api-token-logout/', { Authorization: `JWT ${forge(LIVES, goodClaims)}` });
    expect(codeOf(answer)).toBe('SERVER_ERROR');
  });
});

describe('what is kept and told', () => {
  it('has no token: neither store nor events nor error log', async () => {
    const inner = memorySessions();
    const kept: unknown[] = [];
    const store = Object.fromEntries(
      Object.entries(inner).map(([verb, does]) => [verb, (...args: never[]) => {
        kept.push(args);
        return (does as (...given: never[]) => unknown)(...args);
      }]),
    ) as unknown as SessionStore;
    const { target, events, login, renew, refresh, clock, visit, post } = await stage({ sessions: { store } });
    const pairs = [await login()];
    pairs.push(await renew(pairs[0]?.refresh_token ?? ''));
    await visit(pairs[1]?.token ?? '');
    clock.advance({ seconds: 60 });
    await refresh(pairs[0]?.refresh_token ?? '');
    await post('/api-token-logout/', { refresh_token: pairs[1]?.refresh_token });
    await post('/api-token-auth/', { username: 'ada', password: 'hunter2' });
    const told = JSON.stringify([kept, events, target.reported]);
    expect(kept.length).toBeGreaterThan(5);
    expect(events.length).toBeGreaterThan(4);
    for (const { token, refresh_token } of pairs) for (const each of [token, refresh_token]) expect(told).not.toContain(each.split('.')[2]);
    expect(told).not.toMatch(/eyJ|hunter2|correct horse/);
  });
});

describe('a store that fails under attack', () => {
  it.each<[string, Partial<Record<keyof SessionStore, () => Promise<never>>>]>([
    ['look-ups', { find: () => Promise.reject(new Error('away')) }],
    ['revocations', { revoke: () => Promise.reject(new Error('away')) }],
  ])('%s that fail accept nothing', async (_name, broken) => {
    const inner = memorySessions();
    let isBroken = false;
    const store = { ...inner, ...Object.fromEntries(Object.entries(broken).map(([verb, fails]) => [verb, (...args: never[]) => (isBroken ? fails() : (inner[verb as keyof SessionStore] as (...given: never[]) => unknown)(...args))])) };
    const { target, login, renew, visit, refresh, clock } = await stage({ sessions: { store, timeoutMs: 50 } });
    const first = await login();
    const newer = await renew(first.refresh_token);
    await visit(newer.token);
    clock.advance({ seconds: 60 });
    isBroken = true;
    const answer = await refresh(first.refresh_token);
    expect([answer.status, codeOf(answer)]).toEqual([503, 'STORE_UNAVAILABLE']);
    if ('find' in broken) expect(verdict(await target.judge(newer.token))).toBe('STORE_UNAVAILABLE');
    isBroken = false;
    expect(codeOf(await refresh(first.refresh_token))).toBe('TOKEN_REVOKED');
    expect(await visit(newer.token)).toBe('TOKEN_REVOKED');
  });
});

describe('in cookie mode', () => {
  const secureMode: Settings = { sessions: { store: memorySessions() }, cookie: { name: 'jwt-token', secure: true, tokenInBody: false } };
  const cookiesOf = ({ headers }: Answer): string[] => [headers['set-cookie'] ?? []].flat();
  const browserOf = (answer: Answer): string => cookiesOf(answer).map((each) => each.split(';')[0]).join('; ');

  it('both cookies are out of reach of scripts, of other sites and of plain HTTP, and the refresh cookie of sibling hosts', async () => {
    const { post } = await stage(secureMode);
    const answer = await post('/api-token-auth/', { username: 'ada', password: PASSWORD });
    expect(cookiesOf(answer).map((each) => each.replace(/=[^;]+; Max-Age=\d+;/, ';').replace(/ Expires=[^;]+;/, ''))).toEqual([
      'jwt-token; Path=/; HttpOnly; Secure; SameSite=Lax',
      '__Host-jwt-token-refresh; Path=/; HttpOnly; Secure; SameSite=Lax',
    ]);
    expect(answer.body).toMatch(/^\{"expires_at":\d+\}$/);
  });

  it('a planted refresh cookie without the prefix is not read', async () => {
    const { post, target } = await stage(secureMode);
    const browser = browserOf(await post('/api-token-auth/', { username: 'eve', password: PASSWORD }));
    const planted = browser.replace('__Host-jwt-token-refresh', 'jwt-token-refresh').split('; ')[1] ?? '';
    expect(codeOf(await target.send('POST', '/api-token-refresh/', { Cookie: planted }))).toBe('VALIDATION_FAILED');
  });

  it('two refresh cookies that differ are refused', async () => {
    const { post, target } = await stage(secureMode);
    const browser = browserOf(await post('/api-token-auth/', { username: 'ada', password: PASSWORD }));
    expect(codeOf(await target.send('POST', '/api-token-refresh/', { Cookie: `${browser}; __Host-jwt-token-refresh=other` }))).toBe('TOKEN_UNDECODABLE');
  });

  it.each(['/api-token-refresh/', '/api-token-logout/', '/api-token-logout-all/', '/trpc/auth.refresh', '/trpc/auth.logout', '/trpc/auth.logoutAll'])('a foreign page gets nothing done at %s, nor any cookie', async (path) => {
    const { post, target } = await stage(secureMode);
    const browser = browserOf(await post('/api-token-auth/', { username: 'ada', password: PASSWORD }));
    const answer = await target.send('POST', path, { Cookie: browser, Origin: 'https://evil.example', ...JSON_TYPE }, path.startsWith('/trpc') ? '{"json":{}}' : '{}');
    expect([codeOf(answer), cookiesOf(answer)]).toEqual(['CSRF_FAILED', []]);
    const own = await target.send('POST', '/api-token-refresh/', { Cookie: browser, Origin: 'https://app.example' });
    expect(decodeSegment(/jwt-token=([^;]+)/.exec(browserOf(own))?.[1] ?? '', 1)?.gen).toBe(2);
  });

  it('a page that has a token in its header sets and clears no cookie from another origin', async () => {
    const { post, target } = await stage({ ...secureMode, cookie: { name: 'jwt-token', secure: true } });
    const { token } = JSON.parse((await post('/api-token-auth/', { username: 'ada', password: PASSWORD })).body) as Pair;
    const answer = await target.send('POST', '/api-token-logout-all/', { Authorization: `JWT ${token}`, Origin: 'https://evil.example' });
    expect([codeOf(answer), cookiesOf(answer)]).toEqual(['CSRF_FAILED', []]);
  });

  it('nothing is rotated over a stream, which could set no cookie', async () => {
    const { post, target } = await stage(secureMode);
    const browser = browserOf(await post('/api-token-auth/', { username: 'ada', password: PASSWORD }));
    const answer = await target.send('POST', '/trpc/auth.refresh?batch=1', { Cookie: browser, 'trpc-accept': 'application/jsonl', ...JSON_TYPE }, '{"0":{"json":{}}}');
    expect(answer.body).toContain('COOKIE_UNSUPPORTED');
    const own = await target.send('POST', '/api-token-refresh/', { Cookie: browser });
    expect(decodeSegment(/jwt-token=([^;]+)/.exec(browserOf(own))?.[1] ?? '', 1)?.gen).toBe(2);
  });
});
