import { generateKeyPairSync } from 'node:crypto';

import { createJwtAuth, keyPair, keyRing, secretKey } from 'trpc-jwt-auth';
import type { JwtAuthSettings } from 'trpc-jwt-auth';
import { memorySessions } from 'trpc-jwt-auth/stores/memory';
import { describe, expect, it } from 'vitest';

import { sign } from '../conformance/issued.js';
import { forge } from '../security/forged-tokens.js';

interface User {
  readonly id: number;
  readonly username: string;
  readonly isActive: boolean;
  readonly secret: string;
}

const APP_SECRET = 'the-secret-of-the-app-0123456789-abcdefghij';
const claims = (id: number, username: string, exp = 4_102_444_800) => ({ user_id: id, username, exp });
const HS256 = { typ: 'JWT', alg: 'HS256' };

function scene(settings: Partial<JwtAuthSettings<User, object, 'username', undefined>> = {}) {
  const users = new Map<string, User>();
  const lookedUp: string[] = [];
  const add = (id: number, username: string, secret = `secret-of-${username}-0123456789-abcdefghijkl`): User => {
    const user = { id, username, isActive: true, secret };
    users.set(username, user);
    return user;
  };
  const [ada, eve] = [add(1, 'ada'), add(2, 'eve')];
  const findByUsername = (username: string): User | undefined => {
    lookedUp.push(username);
    return users.get(username);
  };
  const auth = createJwtAuth({
    keys: secretKey(APP_SECRET),
    users: { authenticate: ({ username }) => users.get(username), findByUsername },
    userSecret: (user: User) => user.secret,
    throttle: false,
    reportError: () => undefined,
    ...settings,
  });
  return { auth, users, add, ada, eve, lookedUp };
}

describe('a secret for each user', () => {
  it('signs his tokens, and verifies them with one look-up', async () => {
    const { auth, ada, lookedUp } = scene();
    const token = await auth.issueToken(ada);
    const [head = '', body = ''] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString());
    expect(sign(JSON.parse(head) as Record<string, unknown>, JSON.parse(body) as Record<string, unknown>, ada.secret)).toBe(token);
    for (let call = 0; call < 3; call += 1) expect((await auth.verifyToken(token)).user).toBe(ada);
    expect(lookedUp).toEqual(['ada', 'ada', 'ada']);
  });

  it('is no key to another user, nor is the secret of the app to any', async () => {
    const { auth, eve, ada } = scene();
    for (const secret of [eve.secret, APP_SECRET, '', 'undefined', 'null']) {
      await expect(auth.verifyToken(forge(HS256, claims(ada.id, 'ada'), { secret: secret || ' ' }))).rejects.toMatchObject({ code: 'TOKEN_UNDECODABLE' });
    }
  });

  it('is that of the user whom both names name: with her own secret nobody is somebody else', async () => {
    const { auth, ada, eve } = scene();
    for (const mixed of [claims(eve.id, 'ada'), claims(ada.id, 'eve')]) {
      for (const secret of [ada.secret, eve.secret]) await expect(auth.verifyToken(forge(HS256, mixed, { secret }))).rejects.toMatchObject({ code: 'TOKEN_UNDECODABLE' });
    }
  });

  it.each<[string, Record<string, unknown>]>([
    ['an unknown user', { user_id: 9, username: 'nobody', exp: 4_102_444_800 }],
    ['no user', { exp: 4_102_444_800 }],
    ['a user that is no name', { username: { $ne: '' }, exp: 4_102_444_800 }],
    ['a user of the prototype', { username: '__proto__', exp: 4_102_444_800 }],
  ])('%s is undecodable, before any key is chosen', async (_name, forged) => {
    const asked: unknown[] = [];
    const { auth } = scene({ userSecret: (user) => (asked.push(user), user.secret) });
    for (const secret of [APP_SECRET, 'undefined'.repeat(8)]) await expect(auth.verifyToken(forge(HS256, forged, { secret }))).rejects.toMatchObject({ code: 'TOKEN_UNDECODABLE' });
    expect(asked).toEqual([]);
  });

  it('that is changed ends his tokens at once, also those verified before, and nobody else’s', async () => {
    const { auth, users, ada, eve } = scene();
    const [hers, other] = [await auth.issueToken(ada), await auth.issueToken(eve)];
    await auth.verifyToken(hers);
    await auth.verifyToken(other);
    users.set('ada', { ...ada, secret: 'another-secret-of-ada-0123456789-abcdef' });
    await expect(auth.verifyToken(hers)).rejects.toMatchObject({ code: 'TOKEN_UNDECODABLE' });
    await expect(auth.verifyToken(other)).resolves.toMatchObject({ user: eve });
    users.set('ada', ada);
    await expect(auth.verifyToken(hers)).resolves.toMatchObject({ user: ada });
  });

  it('of a name that was given to somebody else does not verify her tokens', async () => {
    const { auth, users, ada } = scene();
    const token = await auth.issueToken(ada);
    await auth.verifyToken(token);
    users.set('ada', { ...ada, id: 7 });
    await expect(auth.verifyToken(token)).rejects.toMatchObject({ code: 'TOKEN_UNDECODABLE' });
    users.delete('ada');
    await expect(auth.verifyToken(token)).rejects.toMatchObject({ code: 'TOKEN_UNDECODABLE' });
  });

  it('is judged before expiry, and a disabled user after it', async () => {
    const { auth, users, ada, eve } = scene();
    await expect(auth.verifyToken(forge(HS256, claims(1, 'ada', 1_000_000_000), { secret: ada.secret }))).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
    await expect(auth.verifyToken(forge(HS256, claims(1, 'ada', 1_000_000_000), { secret: eve.secret }))).rejects.toMatchObject({ code: 'TOKEN_UNDECODABLE' });
    users.set('ada', { ...ada, isActive: false });
    await expect(auth.verifyToken(forge(HS256, claims(1, 'ada'), { secret: ada.secret }))).rejects.toMatchObject({ code: 'ACCOUNT_DISABLED' });
    await expect(auth.verifyToken(forge(HS256, claims(1, 'ada'), { secret: eve.secret }))).rejects.toMatchObject({ code: 'TOKEN_UNDECODABLE' });
  });

  it('holds for login, refresh and logout, and for refresh tokens too', async () => {
    const { auth, users, ada } = scene({ sessions: { store: memorySessions() } });
    const { serializers } = auth;
    const first = await serializers.obtain.validate({ username: 'ada', password: 'x' });
    const renewed = await serializers.refresh.validate({ refresh_token: first.refresh?.token });
    await expect(auth.verifyToken(renewed.token)).resolves.toMatchObject({ user: ada });
    users.set('ada', { ...ada, secret: 'another-secret-of-ada-0123456789-abcdef' });
    await expect(serializers.refresh.validate({ refresh_token: renewed.refresh?.token })).rejects.toMatchObject({ code: 'TOKEN_UNDECODABLE' });
    users.set('ada', ada);
    await serializers.logout.validate({ refresh_token: renewed.refresh?.token });
    await expect(auth.verifyToken(renewed.token)).rejects.toMatchObject({ code: 'TOKEN_REVOKED' });
  });

  it('goes with key pairs: pairs sign, and tokens of the secrets verify until they expire', async () => {
    const pair = keyPair({ algorithm: 'ES256', privateKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }) });
    const { auth, ada, eve } = scene({ keys: keyRing([pair, secretKey(APP_SECRET)]) });
    const token = await auth.issueToken(ada);
    expect(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).toContain('ES256');
    for (const each of [token, forge(HS256, claims(1, 'ada'), { secret: ada.secret })]) await expect(auth.verifyToken(each)).resolves.toMatchObject({ user: ada });
    for (const secret of [eve.secret, APP_SECRET]) await expect(auth.verifyToken(forge(HS256, claims(1, 'ada'), { secret }))).rejects.toMatchObject({ code: 'TOKEN_UNDECODABLE' });
  });

  it('takes bytes and promises', async () => {
    const { auth, ada } = scene({ userSecret: async (user) => new TextEncoder().encode(user.secret) });
    await expect(auth.verifyToken(forge(HS256, claims(1, 'ada'), { secret: ada.secret }))).resolves.toMatchObject({ user: ada });
  });

  it('an app’s reader of names may trip over forged claims', async () => {
    const { auth } = scene({ usernameFromClaims: ({ sub }) => (sub as string).slice(2) });
    await expect(auth.verifyToken(forge(HS256, { sub: 5, exp: 4_102_444_800 }, { secret: APP_SECRET }))).rejects.toMatchObject({ code: 'TOKEN_UNDECODABLE' });
  });

  it.each<[string, unknown, string]>([
    ['is too short', 'short', 'userSecret gives 5 bytes for a user'],
    ['is missing', undefined, 'userSecret gives neither a string nor a Uint8Array'],
    ['is empty', '', 'userSecret gives 0 bytes for a user'],
  ])('that %s signs and verifies nothing, and the message tells no secret', async (_name, secret, message) => {
    const { auth, ada } = scene({ userSecret: () => secret as string });
    const failure: unknown = await auth.issueToken(ada).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'ConfigurationError', message: expect.stringContaining(message) as string });
    await expect(auth.verifyToken(forge(HS256, claims(1, 'ada'), { secret: 'short' }))).rejects.toMatchObject({ name: 'ConfigurationError' });
  });

  it('may be short where the keys say so', async () => {
    const { auth, ada } = scene({ keys: secretKey('tiny', { unsafeShortSecret: true }), userSecret: () => 'short' });
    await expect(auth.verifyToken(await auth.issueToken(ada))).resolves.toMatchObject({ user: ada });
    const empty = scene({ keys: secretKey('tiny', { unsafeShortSecret: true }), userSecret: () => '' });
    await expect(empty.auth.issueToken(ada)).rejects.toMatchObject({ name: 'ConfigurationError' });
  });
});
