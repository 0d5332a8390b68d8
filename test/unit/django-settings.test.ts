import { describe, expect, it } from 'vitest';
import { ConfigurationError, createJwtAuth } from 'trpc-jwt-auth';
import { fromDjangoSettings } from 'trpc-jwt-auth/django';
import type { JwtAuthDict } from 'trpc-jwt-auth/django';

import { sign } from '../conformance/issued.js';

const SECRET_KEY = 'a-django-secret-key-of-fifty-characters-0123456789';
const OWN_SECRET = 'the-secret-of-the-tokens-alone-0123456789';

function settings(JWT_AUTH: object = {}) {
  return fromDjangoSettings({ SECRET_KEY, JWT_AUTH: JWT_AUTH });
}

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
  ])('%j', (JWT_AUTH, expected) => {
    expect(settings(JWT_AUTH)).toMatchObject(expected);
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
    ['JWT_PAYLOAD_HANDLER', 'myapp.jwt.payload', 'write it as claims: (user) =>'],
    ['JWT_PAYLOAD_GET_USERNAME_HANDLER', 'myapp.jwt.username', 'write it as usernameFromClaims: (claims) =>'],
    ['JWT_PAYLOAD_GET_USER_ID_HANDLER', 'myapp.jwt.user_id', 'the claim user_id is read as it is'],
    ['JWT_RESPONSE_PAYLOAD_HANDLER', 'myapp.jwt.response', 'write it as responsePayload: ({ user }) =>'],
    ['JWT_ENCODE_HANDLER', 'myapp.jwt.encode', 'add claims with claims: (user) =>'],
    ['JWT_DECODE_HANDLER', 'myapp.jwt.decode', 'tokens are verified here'],
    ['JWT_GET_USER_SECRET_KEY', 'myapp.jwt.secret', 'not supported yet'],
    ['JWT_PRIVATE_KEY', '-----BEGIN PRIVATE KEY-----', 'give createJwtAuth keys: keyPair('],
    ['JWT_PUBLIC_KEY', '-----BEGIN PUBLIC KEY-----', 'keyPair makes it from the private one'],
  ])('%s', (key, value, mend) => {
    const message = refusal({ [key]: value });
    expect(message).toMatch(new RegExp(`^fromDjangoSettings: JWT_AUTH\\.${key} `));
    expect(message).toContain(mend);
    expect(message).not.toContain('BEGIN');
  });

  it.each(['JWT_VERIFY', 'JWT_VERIFY_EXPIRATION'])('%s: false', (key) => {
    expect(refusal({ [key]: false })).toBe(`fromDjangoSettings: JWT_AUTH.${key} is false, which would accept forged or expired tokens; remove it.`);
    expect(refusal({ [key]: 0 })).toContain('is 0, which would accept forged or expired tokens');
  });

  it.each(['RS256', 'ES256', 'PS512', 'none', 'hs256', ''])('algorithm %j', (JWT_ALGORITHM) => {
    expect(refusal({ JWT_ALGORITHM })).toBe(
      `fromDjangoSettings: JWT_AUTH.JWT_ALGORITHM is "${JWT_ALGORITHM}"; use HS256, HS384 or HS512, or give createJwtAuth keys: keyPair({ … }) after these settings.`,
    );
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
    expect(complaint(() => createJwtAuth({ ...settings({ JWT_EXPIRATION_DELTA: '300' }), users }))).toContain('token.expiresInSeconds is "300"');
    expect(complaint(() => createJwtAuth({ ...settings({ JWT_AUTH_COOKIE: 'jwt token' }), users }))).toContain('cookie.name is "jwt token"');
  });
});
