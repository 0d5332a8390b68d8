import { expect } from 'vitest';
import { memorySessions } from 'trpc-jwt-auth/stores/memory';

import { decodeSegment } from '../../conformance/issued.js';
import { accepted, bodyTokens, invalid, refused, refusedProtected, signed } from '../behaviour.js';
import type { Behaviour, Stage } from '../behaviour.js';
import { NOW, tokenFor } from '../scene.js';
import type { Settings } from '../scene.js';
import type { Outcome } from '../transport.js';

type Changes = Omit<NonNullable<Settings['sessions']>, 'store'>;

const LOGIN = { username: 'ada', password: 'ada-pass' };
const GRACE = 10;
const DAY = 86_400;
const anyToken = expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) as string;
const TWO = accepted({ token: anyToken, refresh_token: anyToken });
const ADA = accepted({ username: 'ada' });
const REVOKED = refused('TOKEN_REVOKED');

const withSessions = (changes: Changes = {}) => (): Settings => ({ sessions: { store: memorySessions(), ...changes } });
const claimsOf = (token: string): Record<string, unknown> => decodeSegment(token, 1) ?? {};
const login = async ({ app }: Stage): Promise<{ token: string; refresh_token: string }> => bodyTokens(await app.obtain(LOGIN));
const renew = async ({ app }: Stage, refresh_token: string): Promise<{ token: string; refresh_token: string }> => bodyTokens(await app.refresh({ refresh_token }));

function session(name: string, act: Behaviour['act'], expected: Behaviour['expected'], rest: Partial<Behaviour> & { changes?: Changes } = {}): Behaviour {
  const { changes, ...others } = rest;
  return { name, settings: withSessions(changes), act, expected, ...others };
}

/** A sessionless access token of this auth's own key, as it issued them before there were sessions. */
const before = (age = 0): string => tokenFor({ claims: { iat: NOW - age, orig_iat: NOW - age } });
const until = (seconds: number): Changes => ({ acceptSessionlessUntil: new Date((NOW + seconds) * 1000) });

/** Refresh tokens that rotate. */
export const rotation: readonly Behaviour[] = [
  session('a login gives two tokens', ({ app }) => app.obtain(LOGIN), TWO),
  session(
    'both name the session and its generation, and only one the user by name',
    async (stage) => {
      const { token, refresh_token } = await login(stage);
      const [access, refresh] = [claimsOf(token), claimsOf(refresh_token)];
      return accepted({ same: access.sid === refresh.sid, gens: [access.gen, refresh.gen], names: [access.username, refresh.username, refresh.sub], typ: decodeSegment(refresh_token, 0)?.typ });
    },
    accepted({ same: true, gens: [1, 1], names: ['ada', undefined, 'ada'], typ: 'refresh+jwt' }),
  ),
  session('a refresh gives two', async (stage) => stage.app.refresh({ refresh_token: (await login(stage)).refresh_token }), TWO),
  session(
    'of the next generation, in the same session, from the same login',
    async (stage) => {
      const first = await login(stage);
      stage.scene.clock.advance({ seconds: 100 });
      const second = await renew(stage, first.refresh_token);
      const [a, b, r] = [claimsOf(first.token), claimsOf(second.token), claimsOf(second.refresh_token)];
      return accepted({ same: a.sid === b.sid && b.sid === r.sid, gens: [b.gen, r.gen], login: b.orig_iat, exp: b.exp });
    },
    accepted({ same: true, gens: [2, 2], login: NOW, exp: NOW + 400 }),
  ),
  session('white space around it does not matter', async (stage) => stage.app.refresh({ refresh_token: ` ${(await login(stage)).refresh_token}\n` }), TWO),
  session('a lost answer: the same token again, however late, while nothing newer was seen', async (stage) => {
    const { refresh_token } = await login(stage);
    await renew(stage, refresh_token);
    stage.scene.clock.advance({ seconds: 3 * DAY });
    return stage.app.refresh({ refresh_token });
  }, TWO),
  session(
    'what a lost answer is answered again is the same generation',
    async (stage) => {
      const { refresh_token } = await login(stage);
      const [first, second] = [await renew(stage, refresh_token), await renew(stage, refresh_token)];
      return accepted({ gens: [first, second].map(({ token }) => claimsOf(token).gen) });
    },
    accepted({ gens: [2, 2] }),
  ),
  session('a parallel tab, within the grace', async (stage) => {
    const { refresh_token } = await login(stage);
    const newer = await renew(stage, refresh_token);
    await stage.app.protectedRead(signed(newer.token));
    stage.scene.clock.advance({ seconds: GRACE - 1 });
    return stage.app.refresh({ refresh_token });
  }, TWO),
  session('after the grace it is reuse', async (stage) => {
    const { refresh_token } = await login(stage);
    const newer = await renew(stage, refresh_token);
    await stage.app.protectedRead(signed(newer.token));
    stage.scene.clock.advance({ seconds: GRACE });
    return stage.app.refresh({ refresh_token });
  }, REVOKED),
  session('verify is a sight of the new token too', async (stage) => {
    const { refresh_token } = await login(stage);
    const newer = await renew(stage, refresh_token);
    await stage.app.verify({ token: newer.token });
    stage.scene.clock.advance({ seconds: GRACE });
    return stage.app.refresh({ refresh_token });
  }, REVOKED),
  ...(['access', 'refresh'] as const).map((kind) =>
    session(
      `reuse ends the session for whoever has its newest ${kind} token`,
      async (stage) => {
        const { refresh_token } = await login(stage);
        const newer = await renew(stage, refresh_token);
        await stage.app.protectedRead(signed(newer.token));
        stage.scene.clock.advance({ seconds: GRACE });
        await stage.app.refresh({ refresh_token });
        return kind === 'access' ? stage.app.protectedRead(signed(newer.token)) : stage.app.refresh({ refresh_token: newer.refresh_token });
      },
      REVOKED,
      kind === 'access' ? { place: 'protected' } : {},
    ),
  ),
  session('and leaves the user’s other sessions alone', async (stage) => {
    const other = await login(stage);
    const { refresh_token } = await login(stage);
    await renew(stage, (await renew(stage, refresh_token)).refresh_token);
    stage.scene.clock.advance({ seconds: GRACE });
    await stage.app.refresh({ refresh_token });
    return stage.app.refresh({ refresh_token: other.refresh_token });
  }, TWO),
  session('rapid rotation keeps each replaced token for its own grace', async (stage) => {
    const { refresh_token } = await login(stage);
    let newest = refresh_token;
    for (let each = 0; each < 4; each += 1) newest = (await renew(stage, newest)).refresh_token;
    stage.scene.clock.advance({ seconds: GRACE - 1 });
    return stage.app.refresh({ refresh_token });
  }, TWO),
  session('an older access token is good until its own expiry', async (stage) => {
    const first = await login(stage);
    await renew(stage, (await renew(stage, first.refresh_token)).refresh_token);
    return stage.app.protectedRead(signed(first.token));
  }, ADA),

  session('a session idle for too long', async (stage) => {
    const { refresh_token } = await login(stage);
    stage.scene.clock.advance({ seconds: 100 });
    return stage.app.refresh({ refresh_token });
  }, REVOKED, { changes: { idleSeconds: 100 } }),
  session('and one past its refresh token’s expiry', async (stage) => {
    const { refresh_token } = await login(stage);
    stage.scene.clock.advance({ seconds: 101 });
    return stage.app.refresh({ refresh_token });
  }, refused('TOKEN_EXPIRED'), { changes: { idleSeconds: 100 } }),
  session('each refresh begins the idle time anew', async (stage) => {
    let { refresh_token } = await login(stage);
    for (let each = 0; each < 5; each += 1) {
      stage.scene.clock.advance({ seconds: 99 });
      ({ refresh_token } = await renew(stage, refresh_token));
    }
    return stage.app.refresh({ refresh_token });
  }, TWO, { changes: { idleSeconds: 100 } }),
  session('but never past the absolute lifetime', async (stage) => {
    let { refresh_token } = await login(stage);
    for (let each = 0; each < 5; each += 1) {
      stage.scene.clock.advance({ seconds: 99 });
      ({ refresh_token } = await renew(stage, refresh_token));
    }
    stage.scene.clock.advance({ seconds: 5 });
    return stage.app.refresh({ refresh_token });
  }, REVOKED, { changes: { idleSeconds: 100, absoluteSeconds: 500 } }),
  session('an access token outlives its session by nothing', async (stage) => {
    const { token } = await login(stage);
    stage.scene.clock.advance({ seconds: 50 });
    return stage.app.protectedRead(signed(token));
  }, REVOKED, { changes: { idleSeconds: 50 }, place: 'protected' }),

  session('neither token given', ({ app }) => app.refresh({}), invalid({ refresh_token: ['This field is required.'] })),
  session('a blank refresh token', ({ app }) => app.refresh({ refresh_token: ' ' }), invalid({ refresh_token: ['This field may not be blank.'] })),
  session('a refresh token of null', ({ app }) => app.refresh({ refresh_token: null }), invalid({ refresh_token: ['This field may not be null.'] })),
  session('an access token as refresh token', async (stage) => stage.app.refresh({ refresh_token: (await login(stage)).token }), refused('TOKEN_REJECTED')),
  session('a refresh token as access token', async (stage) => stage.app.protectedRead(signed((await login(stage)).refresh_token)), refused('TOKEN_REJECTED'), { place: 'protected' }),
  session('a refresh token to verify', async (stage) => stage.app.verify({ token: (await login(stage)).refresh_token }), refused('TOKEN_REJECTED')),
  session('sliding by access token is off', async (stage) => stage.app.refresh({ token: (await login(stage)).token }), refused('REFRESH_NOT_ALLOWED', 'A session is refreshed with its refresh token.')),
  session('unless asked for, and then gives no refresh token', async (stage) => stage.app.refresh({ token: (await login(stage)).token }), accepted({ token: anyToken }), { changes: { slideByAccessToken: true } }),
  session('and only in a live session', async (stage) => {
    const { token, refresh_token } = await login(stage);
    await stage.app.logout({}, { refresh_token });
    return stage.app.refresh({ token });
  }, REVOKED, { changes: { slideByAccessToken: true } }),

  session('a disabled user', async (stage) => {
    const { refresh_token } = await login(stage);
    stage.scene.users[0]!.isActive = false;
    return stage.app.refresh({ refresh_token });
  }, refused('ACCOUNT_DISABLED')),
  session('a user who is gone', async (stage) => {
    const { refresh_token } = await login(stage);
    stage.scene.users.shift();
    return stage.app.refresh({ refresh_token });
  }, refused('USER_NOT_FOUND')),
  session('a name that another user has by now', async (stage) => {
    const { refresh_token } = await login(stage);
    stage.scene.users[0]!.id = 99;
    return stage.app.refresh({ refresh_token });
  }, refused('USER_NOT_FOUND')),
  session('at a protected endpoint too', async (stage) => {
    const { token } = await login(stage);
    stage.scene.users[0]!.id = 99;
    return stage.app.protectedRead(signed(token));
  }, refusedProtected('USER_NOT_FOUND'), { place: 'protected' }),

  session('a token from before sessions', ({ app }) => app.protectedRead(signed(before())), REVOKED, { place: 'protected' }),
  session('is accepted until the day set', ({ app }) => app.protectedRead(signed(before())), ADA, { changes: until(10) }),
  session('and not after', ({ app, scene }) => {
    scene.clock.advance({ seconds: 10 });
    return app.protectedRead(signed(before()));
  }, REVOKED, { changes: until(10), place: 'protected' }),
  session('verified, too', ({ app }) => app.verify({ token: before() }), accepted({ token: before() }), { changes: until(10) }),
  session('refreshing it makes it a session', ({ app }) => app.refresh({ token: before() }), TWO, { changes: until(10) }),
  session(
    'that began with its login',
    async ({ app }) => {
      const { token, refresh_token } = bodyTokens(await app.refresh({ token: before(100) }));
      return accepted({ login: claimsOf(token).orig_iat, gen: claimsOf(token).gen, refresh: claimsOf(refresh_token).exp });
    },
    accepted({ login: NOW - 100, gen: 1, refresh: NOW + 900 }),
    { changes: { ...until(10), absoluteSeconds: 1000 } },
  ),
  session('not past the absolute lifetime since', ({ app }) => app.refresh({ token: before(1000) }), refused('REFRESH_EXPIRED'), { changes: { ...until(10), absoluteSeconds: 1000 } }),
  session('nor past the day set', ({ app }) => app.refresh({ token: before() }), REVOKED),

  session('a token made by the app is in a session of its own', async ({ app, auth }) => app.protectedRead(signed(await auth.issueToken({ id: 1, username: 'ada', isActive: true }))), ADA),
  {
    name: 'without sessions a login gives one token',
    act: async ({ app }) => accepted({ fields: Object.keys(((await app.obtain(LOGIN)) as Extract<Outcome, { ok: true }>).body) }),
    expected: accepted({ fields: ['token'] }),
  },
  session('responsePayload adds to both answers, and replaces neither token', async (stage) => stage.app.refresh({ refresh_token: (await login(stage)).refresh_token }), accepted({ token: anyToken, refresh_token: anyToken, plan: 'free' }), {
    settings: () => ({ sessions: { store: memorySessions() }, responsePayload: () => ({ plan: 'free', refresh_token: 'x', token: 'y' }) }),
  }),
  session('issuer and audience are those of the refresh token too', async (stage) => {
    const { refresh_token } = await login(stage);
    return stage.second.refresh({ refresh_token });
  }, refused('TOKEN_REJECTED'), {
    settings: () => ({ sessions: { store: memorySessions() }, token: { issuer: 'one' } }),
    secondSettings: () => ({ sessions: { store: memorySessions() }, token: { issuer: 'two' } }),
  }),
  session('another app with the same secret does not know the session', async (stage) => stage.second.refresh({ refresh_token: (await login(stage)).refresh_token }), REVOKED, { secondSettings: withSessions() }),
  session('nor does it without sessions take the refresh token for an access token', async (stage) => stage.second.refresh({ token: (await login(stage)).refresh_token }), refused('TOKEN_REJECTED'), { secondSettings: () => ({}) }),
];
