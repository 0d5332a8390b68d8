import { expect } from 'vitest';

import { accepted, bodyToken, cookieValue, invalid, refused } from '../behaviour.js';
import type { Behaviour } from '../behaviour.js';
import { bob, NOW, tokenFor } from '../scene.js';
import type { Settings } from '../scene.js';
import type { SetCookie } from '../transport.js';

const NAME = 'jwt-token';
const LOGIN = { username: 'ada', password: 'ada-pass' };
const CSRF = refused('CSRF_FAILED');
const cookieMode = (): Settings => ({ cookie: { name: NAME } });
const reaching = (): Settings => ({ cookie: { name: NAME, domain: 'example.com', path: '/api', sameSite: 'strict' } });
const REACH = { domain: 'example.com', path: '/api', samesite: 'Strict' };
const bodyless = (): Settings => ({ cookie: { name: NAME, tokenInBody: false } });
const cookie = (token: string, name = NAME): { cookie: string } => ({ cookie: `theme=dark; ${name}=${token}; lang=en` });
const from = (origin: string): { origin: string } => ({ origin });

function setTo(value: string, expiresAt = NOW + 300, attributes: SetCookie['attributes'] = {}): SetCookie {
  const expires = new Date(expiresAt * 1000).toUTCString();
  return { name: NAME, value, attributes: { path: '/', httponly: true, samesite: 'Lax', expires, 'max-age': '300', ...attributes } };
}

const cleared: SetCookie = { ...setTo('', 0), attributes: { ...setTo('', 0).attributes, 'max-age': '0' } };
const anyToken = expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) as string;

function same(name: string, rest: Omit<Behaviour, 'name'>): Behaviour {
  return { name, settings: cookieMode, ...rest };
}

/** The cookie: when it is set, read and removed, and whose pages may use it. */
export const cookies: readonly Behaviour[] = [
  same('obtain sets it until the token’s expiry', { act: ({ app }) => app.obtain(LOGIN), expected: accepted({ token: anyToken }, [setTo(anyToken)]) }),
  same('obtain sets the very token of the body', {
    act: async ({ app }) => {
      const outcome = await app.obtain(LOGIN);
      return accepted({ same: cookieValue(outcome) === bodyToken(outcome) });
    },
    expected: accepted({ same: true }),
  }),
  same('refresh sets it', { act: ({ app }) => app.refresh({ token: tokenFor() }), expected: accepted({ token: anyToken }, [setTo(anyToken)]) }),
  same('verify does not', { act: ({ app }) => app.verify({ token: tokenFor() }), expected: accepted({ token: tokenFor() }) }),
  same('a protected endpoint does not', { act: ({ app }) => app.protectedRead(cookie(tokenFor())), expected: accepted({ username: 'ada' }) }),
  same('a refused login sets none', { act: ({ app }) => app.obtain({ ...LOGIN, password: 'wrong' }), expected: refused('INVALID_CREDENTIALS') }),
  same('a refused refresh leaves it', { act: ({ app }) => app.refresh({ token: tokenFor({ claims: { orig_iat: undefined } }) }), expected: refused('REFRESH_NOT_ALLOWED') }),
  same('logout removes it, with the attributes it was set with', { act: ({ app }) => app.logout(cookie(tokenFor())), expected: accepted({}, [cleared]) }),
  same('logout needs no token', { act: ({ app }) => app.logout(), expected: accepted({}, [cleared]) }),
  same('logout takes an expired token', { act: ({ app }) => app.logout(cookie(tokenFor({ claims: { exp: NOW - 1 } }))), expected: accepted({}, [cleared]) }),
  { name: 'without the setting logout has nothing to remove', act: ({ app }) => app.logout(), expected: accepted({}) },
  { name: 'without the setting none is set', act: ({ app }) => app.obtain(LOGIN), expected: accepted({ token: anyToken }) },
  { name: 'without the setting none is read', act: ({ app }) => app.protectedRead(cookie(tokenFor())), place: 'protected', expected: refused('NOT_AUTHENTICATED') },
  { name: 'without the setting refresh wants the field', act: ({ app }) => app.refresh({}, cookie(tokenFor())), expected: invalid({ token: ['This field is required.'] }) },
  {
    name: 'cookie.secure: true adds Secure',
    settings: () => ({ cookie: { name: NAME, secure: true } }),
    act: ({ app }) => app.obtain(LOGIN),
    expected: accepted({ token: anyToken }, [setTo(anyToken, NOW + 300, { secure: true })]),
  },
  {
    name: 'its domain, path and SameSite are set',
    settings: reaching,
    act: ({ app }) => app.obtain(LOGIN),
    expected: accepted({ token: anyToken }, [setTo(anyToken, NOW + 300, REACH)]),
  },
  {
    name: 'refresh sets them alike: else a browser had two',
    settings: reaching,
    act: ({ app }) => app.refresh({}, cookie(tokenFor())),
    expected: accepted({ token: anyToken }, [setTo(anyToken, NOW + 300, REACH)]),
  },
  {
    name: 'logout removes it with its domain, path and SameSite: else it would stay',
    settings: reaching,
    act: ({ app }) => app.logout(cookie(tokenFor())),
    expected: accepted({}, [{ ...cleared, attributes: { ...cleared.attributes, ...REACH } }]),
  },
  {
    name: 'SameSite None is Secure over plain HTTP too',
    settings: () => ({ cookie: { name: NAME, sameSite: 'none' } }),
    act: ({ app }) => app.obtain(LOGIN),
    expected: accepted({ token: anyToken }, [setTo(anyToken, NOW + 300, { secure: true, samesite: 'None' })]),
  },
  {
    name: 'SameSite None changes nothing for a foreign page: it is not a trusted origin',
    settings: () => ({ cookie: { name: NAME, sameSite: 'none' } }),
    act: ({ app }) => app.protectedWrite({ ...cookie(tokenFor()), origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }),
    place: 'protected',
    expected: CSRF,
  },

  same('refresh takes it', { act: ({ app }) => app.refresh({}, cookie(tokenFor())), expected: accepted({ token: anyToken }, [setTo(anyToken)]) }),
  same('refresh takes it without a body', { act: ({ app }) => app.refresh(undefined, cookie(tokenFor())), expected: accepted({ token: anyToken }, [setTo(anyToken)]) }),
  same('verify takes it', { act: ({ app }) => app.verify({}, cookie(tokenFor())), expected: accepted({ token: tokenFor() }) }),
  same('verify takes it without a body', { act: ({ app }) => app.verify(undefined, cookie(tokenFor())), expected: accepted({ token: tokenFor() }) }),
  same('the body’s token goes before it', { act: ({ app }) => app.verify({ token: tokenFor({ user: bob }) }, cookie(tokenFor())), expected: accepted({ token: tokenFor({ user: bob }) }) }),
  same('a bad token in the body is not saved by it', { act: ({ app }) => app.verify({ token: 'no-token' }, cookie(tokenFor())), expected: refused('TOKEN_UNDECODABLE') }),
  same('a blank token in the body is not saved by it', { act: ({ app }) => app.verify({ token: '' }, cookie(tokenFor())), expected: invalid({ token: ['This field may not be blank.'] }) }),
  same('neither body nor cookie', { act: ({ app }) => app.refresh({}), expected: invalid({ token: ['This field is required.'] }) }),
  same('another cookie is none', { act: ({ app }) => app.verify({}, cookie(tokenFor(), 'other')), expected: invalid({ token: ['This field is required.'] }) }),
  same('one whose name only ends alike is none', { act: ({ app }) => app.verify({}, cookie(tokenFor(), `x${NAME}`)), expected: invalid({ token: ['This field is required.'] }) }),
  same('an expired one', { act: ({ app }) => app.verify({}, cookie(tokenFor({ claims: { exp: NOW - 1 } }))), expected: refused('TOKEN_EXPIRED') }),
  same('two different ones', { act: ({ app }) => app.verify({}, { cookie: `${NAME}=${tokenFor()}; ${NAME}=${tokenFor({ user: bob })}` }), expected: refused('TOKEN_UNDECODABLE') }),
  same('the same one twice', { act: ({ app }) => app.verify({}, { cookie: `${NAME}=${tokenFor()}; ${NAME}=${tokenFor()}` }), expected: accepted({ token: tokenFor() }) }),
  same('what obtain set is taken by refresh, verify and a protected endpoint', {
    act: async ({ app }) => {
      const refreshed = await app.refresh({}, cookie(cookieValue(await app.obtain(LOGIN))));
      bodyToken(await app.verify({}, cookie(cookieValue(refreshed))));
      return app.protectedRead(cookie(cookieValue(refreshed)));
    },
    expected: accepted({ username: 'ada' }),
  }),

  same('protected: the header goes before the cookie', { act: ({ app }) => app.protectedRead({ ...cookie(tokenFor()), authorization: `JWT ${tokenFor({ user: bob })}` }), expected: accepted({ username: 'bob' }) }),
  same('protected: a bad header is not saved by the cookie', { act: ({ app }) => app.protectedRead({ ...cookie(tokenFor()), authorization: 'JWT no-token' }), place: 'protected', expected: refused('TOKEN_UNDECODABLE') }),
  same('protected: nor is one of another scheme', { act: ({ app }) => app.protectedRead({ ...cookie(tokenFor()), authorization: 'Basic YTpi' }), place: 'protected', expected: refused('NOT_AUTHENTICATED') }),
  same('protected: a cookie of no value is no token', { act: ({ app }) => app.protectedRead(cookie('')), place: 'protected', expected: refused('TOKEN_UNDECODABLE') }),

  { name: 'tokenInBody: false keeps it out of obtain', settings: bodyless, act: ({ app }) => app.obtain(LOGIN), expected: accepted({ expires_at: NOW + 300 }, [setTo(anyToken)]) },
  { name: 'tokenInBody: false keeps it out of refresh', settings: bodyless, act: ({ app }) => app.refresh({}, cookie(tokenFor())), expected: accepted({ expires_at: NOW + 300 }, [setTo(anyToken)]) },
  { name: 'tokenInBody: false keeps it out of verify', settings: bodyless, act: ({ app }) => app.verify({}, cookie(tokenFor())), expected: accepted({ expires_at: NOW + 300 }) },
  ...(['obtain', 'refresh', 'verify'] as const).map(
    (operation): Behaviour => ({
      name: `tokenInBody: false, and a handler moved over cannot put the token back under another name: ${operation}`,
      settings: () => ({ ...bodyless(), responsePayload: ({ token }) => ({ token, access: token, nested: { token } }) }),
      act: ({ app }) => (operation === 'obtain' ? app.obtain(LOGIN) : app[operation]({}, cookie(tokenFor()))),
      expected: accepted({ expires_at: NOW + 300, nested: {} }, operation === 'verify' ? [] : [setTo(anyToken)]),
    }),
  ),
  same('a handler is given the token of the answer', {
    settings: () => ({ ...cookieMode(), responsePayload: ({ token }) => ({ same: token === tokenFor() }) }),
    act: ({ app }) => app.verify({ token: tokenFor() }),
    expected: accepted({ token: tokenFor(), same: true }),
  }),
  {
    name: 'tokenInBody: false, and no handler puts it back',
    settings: () => ({ ...bodyless(), responsePayload: () => ({ token: 'x', refresh_token: 'y', expires_at: 1, plan: 'free' }) }),
    act: ({ app }) => app.obtain(LOGIN),
    expected: accepted({ expires_at: NOW + 300, plan: 'free' }, [setTo(anyToken)]),
  },

  same('a foreign page may not log in', { act: ({ app }) => app.obtain(LOGIN, from('https://evil.example')), expected: CSRF }),
  same('nor refresh, even with a token in the body', { act: ({ app }) => app.refresh({ token: tokenFor() }, from('https://evil.example')), expected: CSRF }),
  same('nor log out', { act: ({ app }) => app.logout(from('https://evil.example')), expected: CSRF }),
  same('nor verify the cookie', { act: ({ app }) => app.verify({}, { ...cookie(tokenFor()), ...from('https://evil.example') }), expected: CSRF }),
  same('it may verify a token it has', { act: ({ app }) => app.verify({ token: tokenFor() }, from('https://evil.example')), expected: accepted({ token: tokenFor() }) }),
  same('nor write with the cookie', { act: ({ app }) => app.protectedWrite({ ...cookie(tokenFor()), ...from('https://evil.example') }), place: 'protected', expected: CSRF }),
  same('it may write with a token in the header', { act: ({ app }) => app.protectedWrite({ authorization: `JWT ${tokenFor()}`, ...from('https://evil.example') }), expected: accepted({ username: 'ada' }) }),
  same('a page of no origin may not log in', { act: ({ app }) => app.obtain(LOGIN, from('null')), expected: CSRF }),
  same('Sec-Fetch-Site cross-site', { act: ({ app, origin }) => app.obtain(LOGIN, { ...from(origin), 'sec-fetch-site': 'cross-site' }), expected: CSRF }),
  same('Sec-Fetch-Site same-site is another app', { act: ({ app }) => app.obtain(LOGIN, { 'sec-fetch-site': 'same-site' }), expected: CSRF }),
  same('Sec-Fetch-Site same-origin', { act: ({ app }) => app.protectedWrite({ ...cookie(tokenFor()), 'sec-fetch-site': 'same-origin' }), expected: accepted({ username: 'ada' }) }),
  same('Sec-Fetch-Site none is the user himself', { act: ({ app }) => app.protectedWrite({ ...cookie(tokenFor()), 'sec-fetch-site': 'none' }), expected: accepted({ username: 'ada' }) }),
  same('the app’s own page', { act: ({ app, origin }) => app.protectedWrite({ ...cookie(tokenFor()), ...from(origin) }), expected: accepted({ username: 'ada' }) }),
  same('the app’s own page where TLS ends before us', { act: ({ app, origin }) => app.obtain(LOGIN, from(origin.replace(/^https?:/, 'https:'))), expected: accepted({ token: anyToken }, [setTo(anyToken)]) }),
  same('the app’s host on another port', { act: ({ app, origin }) => app.obtain(LOGIN, from(`http://${new URL(origin).hostname}:1`)), expected: CSRF }),
  {
    name: 'a trusted origin, whatever Sec-Fetch-Site says',
    settings: () => ({ cookie: { name: NAME, trustedOrigins: ['https://app.example.org'] } }),
    act: ({ app }) => app.obtain(LOGIN, { ...from('https://app.example.org'), 'sec-fetch-site': 'cross-site' }),
    expected: accepted({ token: anyToken }, [setTo(anyToken)]),
  },
  {
    name: 'a trusted origin is that one alone',
    settings: () => ({ cookie: { name: NAME, trustedOrigins: ['https://app.example.org'] } }),
    act: ({ app }) => app.obtain(LOGIN, from('https://app.example.org.evil.example')),
    expected: CSRF,
  },
  { name: 'without the setting a foreign page may log in: it gets nothing a script of its own could not', act: ({ app }) => app.obtain(LOGIN, from('https://evil.example')), expected: accepted({ token: anyToken }) },

  {
    name: 'a cookie too large for a browser is refused and reported',
    settings: () => ({ ...cookieMode(), claims: () => ({ filler: 'x'.repeat(3000) }) }),
    act: ({ app }) => app.obtain(LOGIN),
    expected: refused('SERVER_ERROR'),
    reported: [expect.objectContaining({ name: 'ConfigurationError', message: expect.stringMatching(/cookie of \d+ bytes is over the 4096 .*; put less into claims\(\)/) as string })],
  },
];
