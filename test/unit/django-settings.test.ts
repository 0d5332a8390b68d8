import { describe, expect, it } from 'vitest';
import { ConfigurationError, createJwtAuth } from 'trpc-jwt-auth';
import type { AuthUser } from 'trpc-jwt-auth';
import { fromDjangoSettings } from 'trpc-jwt-auth/django';
import type { FromDjangoOptions, JwtAuthDict } from 'trpc-jwt-auth/django';

import { sign } from '../conformance/issued.js';

const SECRET_KEY = 'a-django-secret-key-of-fifty-characters-0123456789';
const OWN_SECRET = 'the-secret-of-the-tokens-alone-0123456789';

function settings(JWT_AUTH: object = {}, options?: FromDjangoOptions) {
  return fromDjangoSettings<AuthUser, object, string | null | undefined>({ SECRET_KEY, JWT_AUTH: JWT_AUTH }, options);
}

const fork = (JWT_AUTH: object = {}) => settings(JWT_AUTH, { package: 'drf-jwt' });

function complaint(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as ConfigurationError).message;
  }
  return 'no complaint';
}

const refusal = (JWT_AUTH: object): string => complaint(() => settings(JWT_AUTH));
const forkRefusal = (JWT_AUTH: object): string => complaint(() => fork(JWT_AUTH));

async function verifies(JWT_AUTH: object, alg: string, secret: string): Promise<boolean> {
  const ada = { id: 1, username: 'ada', isActive: true };
  const auth = createJwtAuth({ ...settings(JWT_AUTH), users: { authenticate: () => null, findByUsername: () => ada }, clock: () => 1_000_000 });
  return auth.verifyToken(sign({ alg }, { username: 'ada', exp: 2000 }, secret)).then(() => true, () => false);
}

describe('what each key becomes', () => {
  it('the defaults of the original', () => {
    expect(settings()).toMatchObject({ token: { expiresInSeconds: 300, leewaySeconds: 0, headerPrefix: 'JWT' }, refresh: false, restStatus: 'drf' });
    expect(Object.keys(settings())).not.toContain('cookie');
    expect(Object.keys(settings().token)).toEqual(['expiresInSeconds', 'leewaySeconds', 'headerPrefix']);
    expect(fromDjangoSettings({ SECRET_KEY })).toMatchObject({ refresh: false });
    expect(settings({}, { package: 'djangorestframework-jwt' }).token).toEqual(settings().token);
    expect(Object.keys(settings())).toEqual(['keys', 'token', 'refresh', 'restStatus']);
  });

  it('the defaults of drf-jwt', () => {
    expect(fork()).toMatchObject({ token: { expiresInSeconds: 300, leewaySeconds: 0, headerPrefix: 'Bearer' }, refresh: { windowSeconds: 604_800 }, restStatus: 'drf' });
    expect(fork({ JWT_ALLOW_REFRESH: false, JWT_AUTH_HEADER_PREFIX: 'JWT' })).toMatchObject({ token: { headerPrefix: 'JWT' }, refresh: false });
    expect(fork({ JWT_AUTH_COOKIE: 'jwt' }).cookie).toEqual({ name: 'jwt', secure: true });
    expect(fork().claims?.({ id: 1, username: 'ada', isActive: true, email: 'ada@example.com' })).toStrictEqual({ email: undefined });
  });

  it.each([
    [{ JWT_EXPIRATION_DELTA: 3600 }, { token: { expiresInSeconds: 3600 } }],
    [{ JWT_LEEWAY: 5 }, { token: { leewaySeconds: 5 } }],
    [{ JWT_AUDIENCE: 'app' }, { token: { audience: 'app' } }],
    [{ JWT_AUDIENCE: ['app', 'site'] }, { token: { audience: ['app', 'site'] } }],
    [{ JWT_ISSUER: 'us' }, { token: { issuer: 'us' } }],
    [{ JWT_AUTH_HEADER_PREFIX: 'Bearer' }, { token: { headerPrefix: 'Bearer' } }],
    [{ JWT_ALLOW_REFRESH: true }, { refresh: { windowSeconds: 604_800 } }],
    [{ JWT_ALLOW_REFRESH: true, JWT_REFRESH_EXPIRATION_DELTA: 60 }, { refresh: { windowSeconds: 60 } }],
    [{ JWT_ALLOW_REFRESH: false, JWT_REFRESH_EXPIRATION_DELTA: 60 }, { refresh: false }],
    [{ JWT_AUTH_COOKIE: 'jwt-token' }, { cookie: { name: 'jwt-token' } }],
    [{ JWT_VERIFY: true, JWT_VERIFY_EXPIRATION: true }, { token: { expiresInSeconds: 300 } }],
    [{ JWT_EXPIRATION_DELTA: { days: 1, hours: 2, minutes: 3, seconds: 4 } }, { token: { expiresInSeconds: 93_784 } }],
    [{ JWT_EXPIRATION_DELTA: { weeks: 1 } }, { token: { expiresInSeconds: 604_800 } }],
    [{ JWT_EXPIRATION_DELTA: '0:05:00' }, { token: { expiresInSeconds: 300 } }],
    [{ JWT_EXPIRATION_DELTA: '7 days, 0:00:00' }, { token: { expiresInSeconds: 604_800 } }],
    [{ JWT_EXPIRATION_DELTA: '1 day, 23:59:59.500000' }, { token: { expiresInSeconds: 172_799.5 } }],
    [{ JWT_LEEWAY: '0:00:10' }, { token: { leewaySeconds: 10 } }],
    [{ JWT_ALLOW_REFRESH: true, JWT_REFRESH_EXPIRATION_DELTA: '30 days, 0:00:00' }, { refresh: { windowSeconds: 2_592_000 } }],
  ])('%j', (JWT_AUTH, expected) => {
    expect(settings(JWT_AUTH)).toMatchObject(expected);
  });

  it.each([
    [{ JWT_TOKEN_ID: 'require' }, { token: { requireTokenId: true } }],
    [{ JWT_AUTH_COOKIE: 'jwt', JWT_AUTH_COOKIE_SECURE: false }, { cookie: { name: 'jwt', secure: false } }],
    [{ JWT_AUTH_COOKIE: 'jwt', JWT_AUTH_COOKIE_DOMAIN: '.example.com', JWT_AUTH_COOKIE_PATH: '/api' }, { cookie: { domain: '.example.com', path: '/api' } }],
    [{ JWT_AUTH_COOKIE: 'jwt', JWT_AUTH_COOKIE_SAMESITE: 'Strict' }, { cookie: { sameSite: 'strict' } }],
    [{ JWT_AUTH_COOKIE: 'jwt', JWT_AUTH_COOKIE_SAMESITE: 'None' }, { cookie: { sameSite: 'none' } }],
    [{ JWT_DELETE_STALE_BLACKLISTED_TOKENS: false, JWT_IMPERSONATION_COOKIE: null, JWT_INSIST_ON_KID: false }, { restStatus: 'drf' }],
  ])('drf-jwt: %j', (JWT_AUTH, expected) => {
    expect(fork(JWT_AUTH)).toMatchObject(expected);
  });

  it.each([{ JWT_TOKEN_ID: 'off' }, { JWT_TOKEN_ID: 'include' }])('drf-jwt: %j is as ever: our tokens have an id', (JWT_AUTH) => {
    expect(fork(JWT_AUTH).token).toEqual(fork().token);
  });

  it('drf-jwt: the cookie as it is, and no cookie without a name', () => {
    const attributes = { JWT_AUTH_COOKIE_DOMAIN: null, JWT_AUTH_COOKIE_PATH: '/', JWT_AUTH_COOKIE_SAMESITE: 'Lax', JWT_AUTH_COOKIE_SECURE: true };
    expect(fork({ JWT_AUTH_COOKIE: 'jwt', ...attributes }).cookie).toEqual({ name: 'jwt', secure: true });
    expect(Object.keys(fork(attributes))).not.toContain('cookie');
  });

  it('None, as the original has it by default', () => {
    const none = settings({
      JWT_SECRET_KEY: null,
      JWT_AUDIENCE: null,
      JWT_ISSUER: null,
      JWT_AUTH_COOKIE: null,
      JWT_GET_USER_SECRET_KEY: null,
      JWT_PRIVATE_KEY: null,
      JWT_PUBLIC_KEY: null,
    });
    expect(Object.keys(none)).not.toContain('cookie');
    expect(Object.keys(none.token)).toEqual(['expiresInSeconds', 'leewaySeconds', 'headerPrefix']);
  });

  it('the secret is SECRET_KEY, or the tokens’ own', async () => {
    await expect(verifies({}, 'HS256', SECRET_KEY)).resolves.toBe(true);
    await expect(verifies({ JWT_SECRET_KEY: null }, 'HS256', SECRET_KEY)).resolves.toBe(true);
    await expect(verifies({ JWT_SECRET_KEY: OWN_SECRET }, 'HS256', OWN_SECRET)).resolves.toBe(true);
    await expect(verifies({ JWT_SECRET_KEY: OWN_SECRET }, 'HS256', SECRET_KEY)).resolves.toBe(false);
  });

  it.each(['HS256', 'HS384', 'HS512'])('algorithm %s, and it alone', async (JWT_ALGORITHM) => {
    const verified = await Promise.all(['HS256', 'HS384', 'HS512'].map(async (alg) => ((await verifies({ JWT_ALGORITHM }, alg, SECRET_KEY)) ? alg : undefined)));
    expect(verified.filter((alg) => alg !== undefined)).toEqual([JWT_ALGORITHM]);
  });

  it('a short secret, where it is asked for', () => {
    expect(complaint(() => fromDjangoSettings({ SECRET_KEY: 'short' }))).toContain('set unsafeShortSecret: true');
    expect(complaint(() => fromDjangoSettings({ SECRET_KEY: 'short' }, { unsafeShortSecret: true }))).toBe('no complaint');
  });

  it('a complete dict makes an auth', () => {
    const JWT_AUTH = { JWT_AUTH_COOKIE: 'jwt-token', JWT_EXPIRATION_DELTA: 3600, JWT_ALLOW_REFRESH: true, JWT_AUDIENCE: 'app', JWT_ISSUER: 'us', JWT_LEEWAY: 1 };
    const auth = createJwtAuth({ ...settings(JWT_AUTH), users: { authenticate: () => null, findByUsername: () => null } });
    expect(auth.settings).toMatchObject({ expiresInSeconds: 3600, audience: 'app', issuer: 'us', leewaySeconds: 1, restStatus: 'drf', cookie: { name: 'jwt-token' } });
  });
});

describe('what is refused', () => {
  it.each([
    ['JWT_PAYLOAD_HANDLER', 'names a Python function; write it as a function here: (user) =>'],
    ['JWT_PAYLOAD_GET_USERNAME_HANDLER', 'names a Python function; write it as a function here: (payload) =>'],
    ['JWT_RESPONSE_PAYLOAD_HANDLER', 'names a Python function; write it as a function here: (token, user, request) =>'],
    ['JWT_GET_USER_SECRET_KEY', 'names a Python function; write it as a function here: (user) =>'],
    ['JWT_PAYLOAD_GET_USER_ID_HANDLER', 'reads the id of a user, which is the claim user_id here'],
    ['JWT_ENCODE_HANDLER', 'makes tokens, which are signed here; add claims with JWT_PAYLOAD_HANDLER'],
    ['JWT_DECODE_HANDLER', 'verifies tokens, which is done here; take this out'],
  ])('%s that names a Python function', (key, mend) => {
    for (const value of ['myapp.jwt.handler', '<function handler at 0x7f3a>', 'rest_framework_jwt.utils.another', '']) {
      expect(refusal({ [key]: value })).toContain(`fromDjangoSettings: JWT_AUTH.${key} ${mend}`);
    }
  });

  it.each(['JWT_PAYLOAD_HANDLER', 'JWT_PAYLOAD_GET_USERNAME_HANDLER', 'JWT_RESPONSE_PAYLOAD_HANDLER', 'JWT_GET_USER_SECRET_KEY'])('%s that is nothing to call', (key) => {
    expect(refusal({ [key]: {} })).toContain(`JWT_AUTH.${key} is no function; write (`);
  });

  it.each([
    ['JWT_TOKEN_ID', 'on', "give 'off', 'include' or 'require'"],
    ['JWT_IMPERSONATION_COOKIE', 'imp', 'issueToken(user)'],
    ['JWT_DELETE_STALE_BLACKLISTED_TOKENS', true, 'sessions: { store }'],
    ['JWT_INSIST_ON_KID', 'yes', 'give true or false'],
    ['JWT_PAYLOAD_INCLUDE_USER_ID', 0, 'give true or false'],
  ])('drf-jwt: %s %j', (key, value, mend) => {
    expect(forkRefusal({ [key]: value })).toContain(`fromDjangoSettings: JWT_AUTH.${key} is ${JSON.stringify(value)}`);
    expect(forkRefusal({ [key]: value })).toContain(mend);
  });

  it.each([
    ['JWT_AUTH_COOKIE_SECURE', null, 'give true or false'],
    ['JWT_AUTH_COOKIE_SAMESITE', false, "give 'Lax', 'Strict' or 'None'"],
    ['JWT_AUTH_COOKIE_SAMESITE', 'any', "give 'Lax', 'Strict' or 'None'"],
  ])('drf-jwt: %s %j, where there is a cookie', (key, value, mend) => {
    expect(forkRefusal({ JWT_AUTH_COOKIE: 'jwt', [key]: value })).toBe(`fromDjangoSettings: JWT_AUTH.${key} is ${JSON.stringify(value)}; ${mend}.`);
  });

  it('a key of drf-jwt without its package: its other defaults would be taken for the original’s', () => {
    const message = "fromDjangoSettings: JWT_AUTH.JWT_TOKEN_ID is a key of drf-jwt, whose defaults differ; give fromDjangoSettings { package: 'drf-jwt' } after the settings.";
    expect(refusal({ JWT_TOKEN_ID: 'include' })).toBe(message);
    expect(complaint(() => settings({ JWT_TOKEN_ID: 'include' }, { package: 'djangorestframework-jwt' }))).toBe(message);
  });

  it('another package', () => {
    expect(complaint(() => settings({}, { package: 'simplejwt' } as object))).toBe(`fromDjangoSettings: package is "simplejwt"; give one of 'djangorestframework-jwt', 'drf-jwt'.`);
  });

  it.each([['five minutes'], ['300'], ['PT5M'], ['0:60:00'], ['1 day'], ['-1 day, 23:00:00'], ['1 day, 0:00:00 '], [''], [null], [true], [{}], [[]], [{ years: 1 }], [{ seconds: '5' }], [{ seconds: NaN }]])(
    'the span of time %j',
    (value) => {
      for (const key of ['JWT_EXPIRATION_DELTA', 'JWT_REFRESH_EXPIRATION_DELTA', 'JWT_LEEWAY']) expect(refusal({ [key]: value })).toMatch(new RegExp(`^fromDjangoSettings: JWT_AUTH\\.${key} is .*; give seconds, as 300`));
    },
  );

  it.each(['JWT_VERIFY', 'JWT_VERIFY_EXPIRATION'])('%s: false', (key) => {
    expect(refusal({ [key]: false })).toBe(`fromDjangoSettings: JWT_AUTH.${key} is false, which would accept forged or expired tokens; remove it.`);
    expect(refusal({ [key]: 0 })).toContain('is 0, which would accept forged or expired tokens');
  });

  it('JWT_ALLOW_REFRESH that is no boolean', () => {
    expect(refusal({ JWT_ALLOW_REFRESH: 'True' })).toBe('fromDjangoSettings: JWT_AUTH.JWT_ALLOW_REFRESH is "True"; give true or false.');
  });

  it.each(['JWT_ALOW_REFRESH', 'jwt_leeway', 'toString', '__proto__'])('the unknown key %s', (key) => {
    expect(refusal(Object.fromEntries([[key, true]]))).toBe(`fromDjangoSettings: JWT_AUTH.${key} is unknown; check its spelling.`);
  });

  it('an unknown key beside JWT_AUTH: a misspelt dict would be passed over whole', () => {
    const misspelt = { SECRET_KEY, JWT_Auth: { JWT_AUDIENCE: 'app' } };
    expect(complaint(() => fromDjangoSettings(misspelt))).toMatch(/^fromDjangoSettings: JWT_Auth is unknown; there are SECRET_KEY and JWT_AUTH/);
  });

  it('an unknown option', () => {
    expect(complaint(() => fromDjangoSettings({ SECRET_KEY }, { shortSecret: true } as object))).toContain('shortSecret');
  });

  it('a JWT_AUTH that is no dict', () => {
    expect(complaint(() => fromDjangoSettings({ SECRET_KEY, JWT_AUTH: null as unknown as JwtAuthDict }))).toMatch(/^fromDjangoSettings: JWT_AUTH is /);
  });

  it('no SECRET_KEY', () => {
    expect(complaint(() => fromDjangoSettings({ SECRET_KEY: undefined as unknown as string }))).toContain('the secret is undefined');
  });

  it('values are checked where they go: by createJwtAuth', () => {
    const users = { authenticate: () => null, findByUsername: () => null };
    expect(complaint(() => createJwtAuth({ ...settings({ JWT_EXPIRATION_DELTA: 0 }), users }))).toContain('token.expiresInSeconds is 0');
    expect(complaint(() => createJwtAuth({ ...fork({ JWT_AUTH_COOKIE: 'jwt', JWT_AUTH_COOKIE_PATH: '/a; Domain=b' }), users }))).toContain('cookie.path is "/a; Domain=b"');
    expect(complaint(() => createJwtAuth({ ...settings({ JWT_AUTH_COOKIE: 'jwt token' }), users }))).toContain('cookie.name is "jwt token"');
  });
});
