import { createJwtAuth } from 'trpc-jwt-auth';
import { fromDjangoSettings } from 'trpc-jwt-auth/django';
import { describe, expect, it } from 'vitest';

import { decodeSegment, sign } from '../conformance/issued.js';

const SECRET_KEY = 'a-django-secret-key-of-fifty-characters-0123456789';
const NOW = 1_790_000_000;
const ada = { id: 1, username: 'ada', isActive: true, email: 'ada@example.com', secret: 'the-secret-of-ada-alone-0123456789abcdef' };
const users = { authenticate: () => ada, findByUsername: (username: string) => (username === 'ada' ? ada : null) };
const clock = (): number => NOW * 1000;

function authOf(JWT_AUTH: object, rest: object = {}) {
  const isFork = 'JWT_PAYLOAD_INCLUDE_USER_ID' in JWT_AUTH;
  return createJwtAuth({ ...fromDjangoSettings({ SECRET_KEY, JWT_AUTH: JWT_AUTH }, { package: isFork ? 'drf-jwt' : 'djangorestframework-jwt' }), users, clock, ...rest });
}

async function claimsOf(JWT_AUTH: object): Promise<object> {
  const { iat, jti, exp, ...claims } = decodeSegment(await authOf(JWT_AUTH).issueToken(ada), 1) ?? {};
  expect([iat, exp, typeof jti]).toEqual([NOW, NOW + 300, 'string']);
  return claims;
}

const PATH = 'rest_framework_jwt.utils.';

describe('a payload handler', () => {
  it('gives all claims but the registered ones, which stay ours', async () => {
    const JWT_PAYLOAD_HANDLER = () => ({ sub: 'u:ada', exp: new Date(0), iat: 1, orig_iat: 1, jti: 'x', aud: 'them', iss: 'them', nbf: 4_102_444_800, sid: 'x', gen: 9 });
    expect(await claimsOf({ JWT_PAYLOAD_HANDLER })).toEqual({ sub: 'u:ada' });
    expect(await claimsOf({ JWT_PAYLOAD_HANDLER, JWT_ALLOW_REFRESH: true, JWT_ISSUER: 'us' })).toEqual({ sub: 'u:ada', orig_iat: NOW, iss: 'us' });
  });

  it('may name the default claims itself', async () => {
    expect(await claimsOf({ JWT_PAYLOAD_HANDLER: ({ id, username }: typeof ada) => ({ user_id: id, username }) })).toEqual({ user_id: 1, username: 'ada' });
  });

  it('without one the claims are those of the package', async () => {
    expect(await claimsOf({})).toEqual({ user_id: 1, username: 'ada', email: 'ada@example.com' });
    expect(await claimsOf({ JWT_PAYLOAD_INCLUDE_USER_ID: true })).toEqual({ user_id: 1, username: 'ada', orig_iat: NOW });
    expect(await claimsOf({ JWT_PAYLOAD_INCLUDE_USER_ID: false })).toEqual({ username: 'ada', orig_iat: NOW });
  });

  it.each(['jwt_payload_handler', 'jwt_create_payload', null])('%s is none', async (name) => {
    expect(await claimsOf({ JWT_PAYLOAD_HANDLER: name === null ? null : PATH + name })).toEqual({ user_id: 1, username: 'ada', email: 'ada@example.com' });
  });
});

describe('the other handlers', () => {
  it('a user name handler reads the claims', async () => {
    const auth = authOf({ JWT_PAYLOAD_GET_USERNAME_HANDLER: ({ sub }: { sub?: string }) => sub?.slice(2) });
    const token = sign({ alg: 'HS256' }, { sub: 'u:ada', exp: NOW + 1 }, SECRET_KEY);
    expect((await auth.verifyToken(token)).user).toBe(ada);
    await expect(authOf({}).verifyToken(token)).rejects.toMatchObject({ code: 'TOKEN_PAYLOAD_INVALID' });
  });

  it('a response handler is given token, user, request and time, and adds to the answer', async () => {
    const given: unknown[] = [];
    const auth = authOf({
      JWT_RESPONSE_PAYLOAD_HANDLER: (...args: unknown[]) => {
        given.push(...args);
        return { pk: args[3], token: 'another', user: 'ada' };
      },
    });
    const token = await auth.issueToken(ada);
    const { claims } = await auth.verifyToken(token);
    expect(auth.tokenBody({ token, user: ada, claims, issued: true })).toEqual({ token, pk: NOW, user: 'ada' });
    expect(given).toEqual([token, ada, undefined, NOW]);
    expect(auth.meBody({ user: ada, claims })).toEqual({ user_id: 1, username: 'ada', expires_at: NOW + 300, pk: NOW, user: 'ada' });
    expect(given[4]).toBeUndefined();
  });

  it('moved over, it puts no token into a body kept free of it', async () => {
    const auth = authOf({ JWT_AUTH_COOKIE: 'jwt', JWT_RESPONSE_PAYLOAD_HANDLER: (token: string) => ({ token, access: token, nested: [token] }) }, { cookie: { name: 'jwt', tokenInBody: false } });
    const token = await auth.issueToken(ada);
    const { claims } = await auth.verifyToken(token);
    expect(JSON.stringify(auth.tokenBody({ token, user: ada, claims, issued: true }))).toBe(`{"expires_at":${NOW + 300},"nested":[null]}`);
  });

  it('a user’s secret verifies his tokens, and SECRET_KEY none', async () => {
    const auth = authOf({ JWT_GET_USER_SECRET_KEY: async (user: typeof ada) => Promise.resolve(user.secret) });
    const signed = (secret: string): string => sign({ alg: 'HS256' }, { username: 'ada', exp: NOW + 1 }, secret);
    expect((await auth.verifyToken(signed(ada.secret))).user).toBe(ada);
    expect((await auth.verifyToken(await auth.issueToken(ada))).user).toBe(ada);
    await expect(auth.verifyToken(signed(SECRET_KEY))).rejects.toMatchObject({ code: 'TOKEN_UNDECODABLE' });
  });

  it('a dump of unchanged settings is no change', () => {
    const original = ['payload_handler', 'get_username_from_payload_handler', 'get_user_id_from_payload_handler', 'response_payload_handler', 'encode_handler', 'decode_handler'];
    const fork = ['create_payload', 'get_username_from_payload_handler', 'get_user_id_from_payload_handler', 'create_response_payload', 'encode_payload', 'decode_token'];
    const keys = ['JWT_PAYLOAD_HANDLER', 'JWT_PAYLOAD_GET_USERNAME_HANDLER', 'JWT_PAYLOAD_GET_USER_ID_HANDLER', 'JWT_RESPONSE_PAYLOAD_HANDLER', 'JWT_ENCODE_HANDLER', 'JWT_DECODE_HANDLER'];
    for (const names of [original, fork]) {
      const JWT_AUTH = Object.fromEntries(keys.map((key, index) => [key, `${PATH}jwt_${names[index] ?? ''}`]));
      expect(Object.keys(fromDjangoSettings({ SECRET_KEY, JWT_AUTH }))).toEqual(['keys', 'token', 'refresh', 'restStatus']);
    }
  });
});
