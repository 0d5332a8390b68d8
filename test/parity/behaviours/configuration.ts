import { expect } from 'vitest';
import { secretKey } from 'trpc-jwt-auth';

import { decodeSegment } from '../../conformance/issued.js';
import { accepted, bodyToken, invalid, refused } from '../behaviour.js';
import type { Behaviour, Expected } from '../behaviour.js';
import { ada, NOW, OTHER_SECRET, SECRET, tokenFor } from '../scene.js';
import type { Scene, Settings, User } from '../scene.js';
import type { Operations, Outcome } from '../transport.js';

const LOGIN = { username: 'ada', password: 'ada-pass' };
const anyToken = expect.any(String) as string;
const DEFAULT_CLAIMS = { user_id: 1, username: 'ada', email: 'ada@example.com', exp: NOW + 300, orig_iat: NOW, iat: NOW };

/** The claims of the token that a login gives. */
function claims(name: string, settings: (scene: Scene) => Settings, expected: Readonly<Record<string, unknown>>, users?: readonly User[]): Behaviour {
  return {
    name: `claims: ${name}`,
    settings,
    ...(users !== undefined && { users }),
    act: async ({ app }) => {
      const { jti, ...rest } = decodeSegment(bodyToken(await app.obtain(LOGIN)), 1) ?? {};
      return accepted({ ...rest, random: typeof jti === 'string' && jti.length === 36 });
    },
    expected: accepted({ ...expected, random: true }),
  };
}

function header(name: string, authorization: string, expected: Expected, settings: () => Settings = () => ({})): Behaviour {
  return { name: `header: ${name}`, settings, act: ({ app }) => app.protectedRead({ authorization }), place: 'protected', expected };
}

const bearer = (): Settings => ({ token: { headerPrefix: 'Bearer' } });
const signedIn = accepted({ username: 'ada' });
const SPACES = 'Invalid Authorization header. Credentials string should not contain spaces.';
const NO_CREDENTIALS = 'Invalid Authorization header. No credentials provided.';

async function everywhere(app: Operations): Promise<Outcome> {
  const token = bodyToken(await app.refresh({ token: bodyToken(await app.obtain(LOGIN)) }));
  bodyToken(await app.verify({ token }));
  return app.protectedRead({ authorization: `JWT ${token}` });
}

const withId = (id: string | number): User[] => [{ ...ada, id }];
const byEmail = (scene: Scene): Settings => ({
  usernameField: 'email',
  users: {
    authenticate: ({ username, password }) => (password === 'engine' ? (scene.users.find(({ email }) => email === username) ?? null) : null),
    findByUsername: (username) => scene.find(username),
  },
});
const second = (): Settings => ({ keys: secretKey(OTHER_SECRET), cookie: { name: 'second' }, token: { headerPrefix: 'Second', expiresInSeconds: 60 } });
const first = (): Settings => ({ cookie: { name: 'first' } });

/** What each setting changes. */
export const configuration: readonly Behaviour[] = [
  claims('the defaults', () => ({}), DEFAULT_CLAIMS),
  claims('no email where the user has none', () => ({}), { ...DEFAULT_CLAIMS, email: undefined }, [{ id: 1, username: 'ada', isActive: true }]),
  claims('a lifetime', () => ({ token: { expiresInSeconds: 3600 } }), { ...DEFAULT_CLAIMS, exp: NOW + 3600 }),
  claims('issuer and audience', () => ({ token: { issuer: 'us', audience: ['app', 'site'] } }), { ...DEFAULT_CLAIMS, iss: 'us', aud: ['app', 'site'] }),
  claims('of the app’s own', () => ({ claims: (user) => ({ role: 'admin', initial: user.username[0] }) }), { ...DEFAULT_CLAIMS, role: 'admin', initial: 'a' }),
  claims('a default left out', () => ({ claims: () => ({ email: undefined }) }), { ...DEFAULT_CLAIMS, email: undefined }),
  claims('reserved ones stay ours', () => ({ claims: () => ({ exp: 1, iat: 1, jti: 'x', orig_iat: 1, iss: 'them', aud: 'them', nbf: 1 }) as object as { role: string } }), DEFAULT_CLAIMS),
  claims('a user id that is a string', () => ({}), { ...DEFAULT_CLAIMS, user_id: 'u-17' }, withId('u-17')),

  ...['17', 'c0ffee00-1111-4222-8333-444455556666', 0, 2 ** 53 - 1].map(
    (id): Behaviour => ({ name: `user id ${typeof id} ${id} goes all the way`, users: withId(id), act: ({ app }) => everywhere(app), expected: signedIn }),
  ),
  { name: 'user id: that of another is refused', users: withId('u-17'), act: ({ app }) => app.verify({ token: tokenFor({ user: { ...ada, id: 'u-18' } }) }), expected: refused('USER_NOT_FOUND') },
  ...(['HS256', 'HS384', 'HS512'] as const).map(
    (algorithm): Behaviour => ({ name: `algorithm ${algorithm}`, settings: () => ({ keys: secretKey(SECRET, { algorithm }) }), act: ({ app }) => everywhere(app), expected: signedIn }),
  ),
  { name: 'requireTokenId: our own tokens have one', settings: () => ({ token: { requireTokenId: true } }), act: ({ app }) => everywhere(app), expected: signedIn },
  { name: 'issuer and audience: our own tokens satisfy them', settings: () => ({ token: { issuer: 'us', audience: ['app', 'site'] } }), act: ({ app }) => everywhere(app), expected: signedIn },

  { name: 'usernameField: the login goes by it', settings: byEmail, act: ({ app }) => app.obtain({ email: ' ada@example.com', password: 'engine' }), expected: accepted({ token: anyToken }) },
  { name: 'usernameField: its token goes all the way', settings: byEmail, act: async ({ app }) => app.protectedRead({ authorization: `JWT ${bodyToken(await app.obtain({ email: 'ada@example.com', password: 'engine' }))}` }), expected: signedIn },
  { name: 'usernameField: it is what is required', settings: byEmail, act: ({ app }) => app.obtain({ username: 'ada', password: 'engine' }), expected: invalid({ email: ['This field is required.'] }) },
  { name: 'usernameField: it is what is refused', settings: byEmail, act: ({ app }) => app.obtain({ email: 'x@example.com', password: 'engine' }), expected: refused('INVALID_CREDENTIALS') },
  {
    name: 'usernameField: the claim of its name is the identifier',
    settings: () => ({ usernameField: 'login' }),
    act: async ({ app }) => accepted({ login: decodeSegment(bodyToken(await app.obtain({ login: 'ada', password: 'ada-pass' })), 1)?.login }),
    expected: accepted({ login: 'ada' }),
  },

  {
    name: 'usernameFromClaims: claims of the app’s own go all the way',
    settings: () => ({ claims: (user) => ({ username: undefined, user_id: undefined, sub: `u:${user.username}` }), usernameFromClaims: ({ sub }) => (typeof sub === 'string' ? sub.slice(2) : null) }),
    act: ({ app }) => everywhere(app),
    expected: signedIn,
  },
  ...(['obtain', 'refresh', 'verify'] as const).map(
    (operation): Behaviour => ({
      name: `responsePayload adds to ${operation}`,
      settings: () => ({ responsePayload: ({ user, claims: given, request }) => ({ user: { id: user.id }, until: given.exp, agent: request?.header('X-Client') }) }),
      act: ({ app }) => app[operation](operation === 'obtain' ? LOGIN : { token: tokenFor() }, { 'x-client': 'phone' }),
      expected: accepted({ token: anyToken, user: { id: 1 }, until: NOW + 300, agent: 'phone' }),
    }),
  ),
  { name: 'responsePayload cannot replace the token', settings: () => ({ responsePayload: () => ({ token: 'mine', plan: 'free' }) }), act: ({ app }) => app.verify({ token: tokenFor() }), expected: accepted({ token: tokenFor(), plan: 'free' }) },
  { name: 'responsePayload that gives nothing adds nothing', settings: () => ({ responsePayload: () => undefined as unknown as object }), act: ({ app }) => app.verify({ token: tokenFor() }), expected: accepted({ token: tokenFor() }) },

  header('JWT and a token', `JWT ${tokenFor()}`, signedIn),
  header('the scheme in any case', `jWt ${tokenFor()}`, signedIn),
  header('white space between', `JWT \t ${tokenFor()}`, signedIn),
  header('none', '', refused('NOT_AUTHENTICATED')),
  header('another scheme', `Bearer ${tokenFor()}`, refused('NOT_AUTHENTICATED')),
  header('a token alone', tokenFor(), refused('NOT_AUTHENTICATED')),
  header('the scheme alone', 'JWT', refused('HEADER_INVALID', NO_CREDENTIALS)),
  header('two words after it', `JWT ${tokenFor()} x`, refused('HEADER_INVALID', SPACES)),
  header('Bearer, where it is set', `Bearer ${tokenFor()}`, signedIn, bearer),
  header('bearer in any case', `bearer ${tokenFor()}`, signedIn, bearer),
  header('Bearer alone', 'Bearer', refused('HEADER_INVALID', NO_CREDENTIALS), bearer),
  header('JWT, where Bearer is set', `JWT ${tokenFor()}`, refused('NOT_AUTHENTICATED'), bearer),
  { name: 'header: it stays with the protected write', act: ({ app }) => app.protectedWrite({ authorization: `JWT ${tokenFor()}` }), expected: signedIn },

  { name: 'two auths: each signs with its own secret', settings: first, secondSettings: second, act: async ({ app, second: other }) => app.verify({ token: bodyToken(await other.obtain(LOGIN)) }), expected: refused('TOKEN_UNDECODABLE') },
  { name: 'two auths: each reads its own cookie', settings: first, secondSettings: second, act: ({ second: other }) => other.protectedRead({ cookie: `first=${tokenFor()}; second=${tokenFor({ secret: OTHER_SECRET })}` }), expected: signedIn },
  { name: 'two auths: the other’s cookie is none', settings: first, secondSettings: second, act: ({ second: other }) => other.protectedRead({ cookie: `first=${tokenFor()}` }), place: 'protected', expected: refused('NOT_AUTHENTICATED') },
  { name: 'two auths: each takes its own header', settings: first, secondSettings: second, act: ({ second: other }) => other.protectedRead({ authorization: `Second ${tokenFor({ secret: OTHER_SECRET })}` }), expected: signedIn },
  {
    name: 'two auths: each sets its own cookie, for its own time',
    settings: first,
    secondSettings: second,
    act: async ({ app, second: other }) => {
      const outcomes = [await app.obtain(LOGIN), await other.obtain(LOGIN)];
      return accepted({ cookies: outcomes.map(({ setCookies: [cookie] }) => [cookie?.name, cookie?.attributes['max-age']]) });
    },
    expected: accepted({ cookies: [['first', '300'], ['second', '60']] }),
  },
];
