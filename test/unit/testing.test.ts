import { createHmac, generateKeyPairSync, verify } from 'node:crypto';

import { initTRPC } from '@trpc/server';
import { authErrorFormatter, createAuthRouter, createJwtAuth, jwksVerifier, keyPair, keyRing, optionalUser, protectedProcedure, RequestAuth, secretKey } from 'trpc-jwt-auth';
import type { AuthContext, AuthEvent, JwtAuth, KeyRing } from 'trpc-jwt-auth';
import { memorySessions } from 'trpc-jwt-auth/stores/memory';
import { callerContext, expiredToken, foreignToken, forgedToken, mintToken, testAuth, testClock, unsignedToken } from 'trpc-jwt-auth/testing';
import { describe, expect, it, vi } from 'vitest';

const NOW = Date.parse('2030-01-01T00:00:00Z') / 1000;
const ada = { id: 1, username: 'ada', isActive: true };
const SECRET = '0123456789abcdef0123456789abcdef';
const OWN_SECRET = 'fedcba9876543210fedcba9876543210';
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pairPem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const edwards = generateKeyPairSync('ed25519');
const pem = ({ privateKey }: typeof pair): string => privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

type Check = (input: string, signature: Buffer) => boolean;
const hmac = (secret: string, hash = 'sha256'): Check => (input, signature) => createHmac(hash, secret).update(input).digest().equals(signature);

interface Keyed {
  readonly name: string;
  readonly auth: JwtAuth;
  readonly header: object;
  /** Node's own opinion of a signature. */
  readonly isSigned: Check;
}

function authOf(keys: KeyRing, userSecret?: string): JwtAuth {
  return testAuth({ keys, ...(userSecret !== undefined && { userSecret: () => userSecret }) });
}

const KEYED: readonly Keyed[] = [
  { name: 'secretKey', auth: authOf(secretKey(SECRET)), header: { typ: 'JWT', alg: 'HS256' }, isSigned: hmac(SECRET) },
  { name: 'secretKey of HS512', auth: authOf(secretKey(SECRET, { algorithm: 'HS512' })), header: { typ: 'JWT', alg: 'HS512' }, isSigned: hmac(SECRET, 'sha512') },
  { name: 'userSecret', auth: authOf(secretKey(SECRET), OWN_SECRET), header: { typ: 'JWT', alg: 'HS256' }, isSigned: hmac(OWN_SECRET) },
  {
    name: 'keyRing with kid',
    auth: authOf(keyRing([secretKey(OWN_SECRET, { kid: '2027' }), secretKey(SECRET, { kid: '2026' })], { requireKid: true })),
    header: { typ: 'JWT', alg: 'HS256', kid: '2027' },
    isSigned: hmac(OWN_SECRET),
  },
  {
    name: 'keyPair of ES256',
    auth: authOf(keyPair({ algorithm: 'ES256', privateKey: pairPem, kid: 'pair' })),
    header: { typ: 'JWT', alg: 'ES256', kid: 'pair' },
    isSigned: (input, signature) => verify('sha256', Buffer.from(input), { key: pair.publicKey, dsaEncoding: 'ieee-p1363' }, signature),
  },
  {
    name: 'keyPair of RS256',
    auth: authOf(keyPair({ algorithm: 'RS256', privateKey: pem(rsa), kid: 'rsa' })),
    header: { typ: 'JWT', alg: 'RS256', kid: 'rsa' },
    isSigned: (input, signature) => verify('sha256', Buffer.from(input), rsa.publicKey, signature),
  },
  {
    name: 'keyPair of EdDSA',
    auth: authOf(keyPair({ algorithm: 'EdDSA', privateKey: pem(edwards), kid: 'ed' })),
    header: { typ: 'JWT', alg: 'EdDSA', kid: 'ed' },
    isSigned: (input, signature) => verify(null, Buffer.from(input), edwards.publicKey, signature),
  },
];

/** A token taken apart with nothing of the package. */
function read(token: string): { header: Record<string, unknown>; claims: Record<string, unknown>; input: string; signature: Buffer } {
  const [header = '', claims = '', signature = ''] = token.split('.');
  const json = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
  return { header: json(header), claims: json(claims), input: `${header}.${claims}`, signature: Buffer.from(signature, 'base64url') };
}

const codeOf = async (checked: Promise<unknown>): Promise<unknown> => checked.then(() => 'accepted', (error: unknown) => (error as { code?: string }).code ?? error);

describe.each(KEYED)('with $name', ({ auth, header, isSigned }) => {
  const judge = (token: string) => codeOf(auth.verifyToken(token));

  it('a minted token is the user’s, and truly signed', async () => {
    const { header: its, claims, input, signature } = read(await mintToken(auth, 'ada'));
    expect(its).toEqual(header);
    expect(claims).toEqual({ user_id: 1, username: 'ada', exp: NOW + 300, orig_iat: NOW, iat: NOW, jti: expect.any(String) });
    expect(isSigned(input, signature)).toBe(true);
    expect((await auth.verifyToken(await mintToken(auth, ada))).user).toEqual(ada);
  });

  it('a minted token has the claims it is given, and no others', async () => {
    const token = await mintToken(auth, 'ada', { role: 'admin', exp: NOW + 7, jti: undefined, iss: 'us', name: 'Augusta Ada — Gräfin' });
    const { claims, input, signature } = read(token);
    expect(claims).toEqual({ user_id: 1, username: 'ada', exp: NOW + 7, orig_iat: NOW, iat: NOW, role: 'admin', iss: 'us', name: 'Augusta Ada — Gräfin' });
    expect(isSigned(input, signature)).toBe(true);
    expect(await judge(token)).toBe('accepted');
  });

  it('an expired one is truly signed, and a second past its time', async () => {
    const token = await expiredToken(auth, 'ada');
    const { claims, input, signature } = read(token);
    expect([claims.exp, claims.iat, claims.orig_iat]).toEqual([NOW - 1, NOW - 301, NOW - 301]);
    expect(isSigned(input, signature)).toBe(true);
    expect(await judge(token)).toBe('TOKEN_EXPIRED');
  });

  it.each([{}, { username: 'root', user_id: 0 }, { jti: 'known' }])('a forged one has claims %j under a signature that does not fit', async (changes) => {
    const token = await forgedToken(auth, 'ada', changes);
    const { header: its, claims, input, signature } = read(token);
    expect(its).toEqual(header);
    expect(claims).toMatchObject({ username: 'ada', exp: NOW + 300, ...changes });
    expect(signature).toHaveLength(read(await mintToken(auth, 'ada')).signature.length);
    expect(isSigned(input, signature)).toBe(false);
    expect(await judge(token)).toBe('TOKEN_UNDECODABLE');
  });

  it('a foreign one has our algorithm, and an issuer and a key we do not know', async () => {
    const token = await foreignToken(auth, 'ada', { role: 'admin' });
    const { header: its, claims, input, signature } = read(token);
    expect(its).toEqual({ ...header, ...('kid' in header && { kid: 'https://foreign.example' }) });
    expect(claims).toMatchObject({ username: 'ada', iss: 'https://foreign.example', exp: NOW + 300, role: 'admin' });
    expect(signature).toHaveLength(read(await mintToken(auth, 'ada')).signature.length);
    expect(isSigned(input, signature)).toBe(false);
    expect(await judge(token)).toBe('TOKEN_UNDECODABLE');
  });

  it('an unsigned one is of the algorithm none', async () => {
    const token = await unsignedToken(auth, 'ada', { role: 'admin' });
    const { header: its, claims, signature } = read(token);
    expect(its).toEqual({ typ: 'JWT', alg: 'none' });
    expect(claims).toMatchObject({ username: 'ada', role: 'admin', exp: NOW + 300 });
    expect(signature).toHaveLength(0);
    expect(await judge(token)).toBe('TOKEN_REJECTED');
  });

  it('a user who is in no table can have one', async () => {
    const nobody = { id: 9, username: 'nobody', isActive: true };
    const token = await mintToken(auth, nobody);
    expect(isSigned(read(token).input, read(token).signature)).toBe(true);
    expect(await judge(token)).toBe(auth.settings.userSecret === undefined ? 'USER_NOT_FOUND' : 'TOKEN_UNDECODABLE');
  });
});

describe('tokens for an app’s real auth', () => {
  const auth = createJwtAuth({
    keys: secretKey(SECRET),
    users: { authenticate: () => null, findByUsername: async (username: string) => (username === 'ada' ? ada : undefined) },
    token: { issuer: 'https://us.example', audience: 'app', leewaySeconds: 10, expiresInSeconds: 60 },
    refresh: false,
    claims: () => ({ role: 'editor' }),
  });
  const judge = (token: string) => codeOf(auth.verifyToken(token));

  it('keep to its settings', async () => {
    const before = Math.floor(Date.now() / 1000);
    const { claims } = await auth.verifyToken(await mintToken(auth, 'ada'));
    expect(claims).toMatchObject({ iss: 'https://us.example', aud: 'app', role: 'editor' });
    expect(claims.orig_iat).toBeUndefined();
    expect(Number(claims.exp)).toBeGreaterThanOrEqual(before + 60);
    expect(Number(claims.exp)).toBeLessThanOrEqual(Math.floor(Date.now() / 1000) + 60);
  });

  it('are refused for what is wrong with them, and nothing else', async () => {
    expect(await judge(await expiredToken(auth, 'ada'))).toBe('TOKEN_EXPIRED');
    expect(await judge(await expiredToken(auth, 'ada', { iss: 'https://them.example' }))).toBe('TOKEN_EXPIRED');
    expect(read(await expiredToken(auth, 'ada')).claims.orig_iat).toBeUndefined();
    expect(await judge(await forgedToken(auth, 'ada', { role: 'admin' }))).toBe('TOKEN_UNDECODABLE');
    expect(await judge(await foreignToken(auth, 'ada', { iss: 'https://us.example' }))).toBe('TOKEN_UNDECODABLE');
    expect(await judge(await mintToken(auth, 'ada', { iss: 'https://them.example' }))).toBe('TOKEN_REJECTED');
    expect(await judge(await mintToken(auth, 'ada', { aud: undefined }))).toBe('TOKEN_REJECTED');
    expect(await judge(await mintToken(auth, { ...ada, id: 2 }))).toBe('USER_NOT_FOUND');
  });
});

describe('with sessions', () => {
  it('a minted token has a session, and ends with it', async () => {
    const auth = testAuth({ sessions: { store: memorySessions() } });
    const [kept, ended] = [await mintToken(auth, 'ada', { role: 'admin' }), await mintToken(auth, 'ada')];
    expect((await auth.verifyToken(kept)).claims).toMatchObject({ role: 'admin', sid: expect.any(String), gen: 1 });
    const { sid } = read(kept).claims;
    expect(await auth.revokeUser(1, { exceptSessionId: String(sid) })).toBe(1);
    expect([await codeOf(auth.verifyToken(kept)), await codeOf(auth.verifyToken(ended))]).toEqual(['accepted', 'TOKEN_REVOKED']);
  });

  it('one of a session that never was is revoked, and so is one from before sessions', async () => {
    const auth = testAuth({ sessions: { store: memorySessions() } });
    expect(await codeOf(auth.verifyToken(await mintToken(auth, 'ada', { sid: 'gone' })))).toBe('TOKEN_REVOKED');
    expect(await codeOf(auth.verifyToken(await mintToken(auth, 'ada', { sid: undefined, gen: undefined })))).toBe('TOKEN_REVOKED');
  });

  it('an expired one is expired, though its session lives', async () => {
    const auth = testAuth({ sessions: { store: memorySessions() } });
    expect(await codeOf(auth.verifyToken(await expiredToken(auth, 'ada')))).toBe('TOKEN_EXPIRED');
  });

  it('a foreign one begins none', async () => {
    const auth = testAuth({ sessions: { store: memorySessions() } });
    expect(read(await foreignToken(auth, 'ada')).claims.sid).toBeUndefined();
    expect(await auth.revokeUser(1)).toBe(0);
  });
});

describe('testAuth', () => {
  it('knows ada and nobody else, and shares its keys with no other', async () => {
    const [auth, other] = [testAuth(), testAuth()];
    expect(await auth.settings.users.findByUsername('ada')).toEqual(ada);
    expect(await auth.settings.users.findByUsername('grace')).toBeNull();
    expect(await codeOf(other.verifyToken(await mintToken(auth, 'ada')))).toBe('TOKEN_UNDECODABLE');
  });

  it('lets everybody in by the password it is given, as often as they fail', async () => {
    const auth = testAuth({ users: [ada, { id: 2, username: 'eve', isActive: false }], password: 'engine' });
    const login = (username: string, password: string) => codeOf(auth.serializers.obtain.validate({ username, password }));
    for (let attempt = 0; attempt < 200; attempt += 1) expect(await login('ada', 'wrong')).toBe('INVALID_CREDENTIALS');
    expect(await login('ada', 'engine')).toBe('accepted');
    expect(await login('eve', 'engine')).toBe('ACCOUNT_DISABLED');
    expect(await login('nobody', 'engine')).toBe('INVALID_CREDENTIALS');
  });

  it('lets nobody in without one, and says why', async () => {
    for (const password of ['', 'password', 'undefined']) {
      const refused = await codeOf(testAuth().serializers.obtain.validate({ username: 'ada', password }));
      expect((refused as Error).message).toContain("nobody can log in, for no password was given; give testAuth({ password: 'engine' })");
    }
  });

  it('sees at once what a test does to its users', async () => {
    const users = [{ ...ada, plan: 'free' }];
    const auth = testAuth({ users });
    const token = await mintToken(auth, 'ada');
    expect((await auth.verifyToken(token)).user.plan).toBe('free');
    users[0] = { ...ada, isActive: false, plan: 'free' };
    expect(await codeOf(auth.verifyToken(token))).toBe('ACCOUNT_DISABLED');
    users.length = 0;
    expect(await codeOf(auth.verifyToken(token))).toBe('USER_NOT_FOUND');
  });

  it('takes every setting of createJwtAuth', async () => {
    const events: AuthEvent[] = [];
    const auth = testAuth({ password: 'engine', usernameField: 'email', throttle: { attempts: 1 }, token: { headerPrefix: 'Bearer' }, onEvent: (event) => void events.push(event) });
    expect(auth.settings).toMatchObject({ usernameField: 'email', headerPrefix: 'Bearer' });
    await auth.serializers.obtain.validate({ username: 'ada', password: 'wrong' }).catch(() => undefined);
    expect(await codeOf(auth.serializers.obtain.validate({ username: 'ada', password: 'engine' }))).toBe('THROTTLED');
    expect(events.map(({ type }) => type)).toEqual(['login-failed', 'throttled']);
  });

  it('goes by a clock of the runner’s', async () => {
    vi.useFakeTimers({ now: NOW * 1000 });
    try {
      const auth = testAuth({ clock: Date.now });
      const token = await mintToken(auth, 'ada');
      vi.advanceTimersByTime(300_000);
      expect(await codeOf(auth.verifyToken(token))).toBe('accepted');
      vi.advanceTimersByTime(1000);
      expect(await codeOf(auth.verifyToken(token))).toBe('TOKEN_EXPIRED');
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('testClock', () => {
  it('stands still until it is moved', async () => {
    const clock = testClock();
    expect([clock(), clock()]).toEqual([NOW * 1000, NOW * 1000]);
    clock.advance({ seconds: 1.5 });
    expect(clock()).toBe(NOW * 1000 + 1500);
    clock.advance({ seconds: -2 });
    expect(clock()).toBe(NOW * 1000 - 500);
    clock.set(new Date('2031-05-01T00:00:00Z'));
    expect(new Date(clock()).toISOString()).toBe('2031-05-01T00:00:00.000Z');
  });

  it('does not follow the Date it was given, and is one clock for all who have it', async () => {
    const start = new Date('2031-05-01T00:00:00Z');
    const clock = testClock(start);
    start.setFullYear(1999);
    const [first, second] = [testAuth({ clock }), testAuth({ clock })];
    const [token, other] = [await mintToken(first, 'ada'), await mintToken(second, 'ada')];
    expect(read(token).claims.iat).toBe(Date.parse('2031-05-01T00:00:00Z') / 1000);
    clock.advance({ seconds: 301 });
    expect([await codeOf(first.verifyToken(token)), await codeOf(second.verifyToken(other))]).toEqual(['TOKEN_EXPIRED', 'TOKEN_EXPIRED']);
  });
});

describe('callerContext', () => {
  const auth = testAuth({ password: 'engine', cookie: { name: 'jwt-token' }, sessions: { store: memorySessions() }, token: { headerPrefix: 'Bearer' } });
  const t = initTRPC.context<AuthContext & { plan?: string }>().create({ errorFormatter: authErrorFormatter() });
  const router = t.router({
    auth: createAuthRouter(auth, t),
    hello: protectedProcedure(auth, t).query(({ ctx }) => `Hello, ${ctx.user.username}${ctx.plan ?? ''}`),
    maybe: t.procedure.use(optionalUser(auth)).query(({ ctx }) => ctx.user?.username ?? null),
  });

  it('is a signed-in user’s, by the auth’s own scheme', async () => {
    const context = callerContext(auth, { token: await mintToken(auth, 'ada') });
    expect(context.auth).toBeInstanceOf(RequestAuth);
    expect(context.auth.request.header('authorization')).toMatch(/^Bearer ey/);
    expect(await router.createCaller({ ...context, plan: '!' }).hello()).toBe('Hello, ada!');
  });

  it('is nobody’s without a token', async () => {
    const caller = router.createCaller(callerContext(auth));
    expect(await caller.maybe()).toBeNull();
    await expect(caller.hello()).rejects.toMatchObject({ code: 'UNAUTHORIZED', cause: { code: 'NOT_AUTHENTICATED' } });
  });

  it.each([
    [expiredToken, 'TOKEN_EXPIRED'],
    [forgedToken, 'TOKEN_UNDECODABLE'],
    [foreignToken, 'TOKEN_UNDECODABLE'],
    [unsignedToken, 'TOKEN_REJECTED'],
  ])('of a bad token is refused: %o %s', async (make, code) => {
    const caller = router.createCaller(callerContext(auth, { token: await make(auth, 'ada') }));
    await expect(caller.hello()).rejects.toMatchObject({ code: 'UNAUTHORIZED', cause: { code } });
  });

  it('keeps the cookies of the answer, and brings headers', async () => {
    const context = callerContext(auth, { headers: { 'User-Agent': 'Difference Engine' } });
    await router.createCaller(context).auth.obtain({ username: 'ada', password: 'engine' });
    const cookie = context.auth.setCookies.map((each) => each.split(';')[0]).join('; ');
    expect(context.auth.setCookies).toHaveLength(2);
    const caller = router.createCaller(callerContext(auth, { headers: { Cookie: cookie } }));
    expect(await caller.hello()).toBe('Hello, ada');
    expect(await caller.auth.sessions.list()).toEqual(expect.arrayContaining([expect.objectContaining({ current: true, user_agent: 'Difference Engine', client_address: '127.0.0.1' })]));
  });

  it('is of a service that only verifies, too', async () => {
    const clock = testClock();
    const issuer = testAuth({ clock, keys: keyPair({ algorithm: 'ES256', privateKey: pairPem }) });
    const reports = jwksVerifier({ url: 'https://issuer.example/jwks.json', clock, fetch: async () => Response.json(await issuer.jwks()) });
    const service = t.router({ who: protectedProcedure(reports, t).query(({ ctx }) => ctx.user.username) });
    expect(await service.createCaller(callerContext(reports, { token: await mintToken(issuer, 'ada') })).who()).toBe('ada');
    await expect(service.createCaller(callerContext(reports, { token: await foreignToken(issuer, 'ada') })).who()).rejects.toMatchObject({ cause: { code: 'TOKEN_UNDECODABLE' } });
  });
});

describe('wrong use', () => {
  const auth = testAuth();
  // Callers without a type checker may pass anything.
  const anything = (value: unknown) => value as never;

  it.each<[string, () => unknown, string]>([
    ['users that are functions', () => testAuth({ users: anything({ authenticate: () => null, findByUsername: () => null }) }), 'testAuth: users is no list; give [{ id: 1'],
    ['a setting that is none', () => testAuth(anything({ sesions: {} })), 'createJwtAuth: sesions is unknown'],
    ['a start that is no Date', () => testClock(anything(0)), 'testClock: start is no valid Date; give new Date('],
    ['a time that is no time', () => testClock().set(new Date('tomorrow')), 'testClock: set is no valid Date'],
    ['seconds that are none', () => testClock().advance(anything({ minutes: 5 })), 'testClock: advance is given no number of seconds; give { seconds: 301 }'],
    ['a token that was not awaited', () => callerContext(auth, { token: anything(mintToken(auth, 'ada')) }), "give callerContext(auth, { token: await mintToken(auth, 'ada') })"],
    ['a token in place of the options', () => callerContext(auth, anything('ey')), 'callerContext: its options are { token, headers }'],
    ['a promise in place of the options', () => callerContext(auth, anything(mintToken(auth, 'ada'))), 'callerContext: its options are { token, headers }'],
    ['an option that is none', () => callerContext(auth, anything({ user: 'ada' })), 'callerContext: its options are { token, headers }'],
  ])('%s', (_name, use, message) => {
    expect(use).toThrow(message);
  });

  it.each([mintToken, expiredToken, forgedToken, foreignToken, unsignedToken])('%o', async (make) => {
    const verifier = jwksVerifier({ url: 'https://issuer.example/jwks.json' });
    await expect(make(auth, 'grace')).rejects.toThrow(`${make.name}: findByUsername finds no user "grace"; for one who is not there, give an object`);
    await expect(make(auth, anything(Promise.resolve(ada)))).rejects.toThrow(`${make.name}: user is none; give a name`);
    await expect(make(auth, anything(undefined))).rejects.toThrow(`${make.name}: user is none; give a name`);
    await expect(make(anything(verifier), 'ada')).rejects.toThrow(`${make.name}: auth is none that createJwtAuth or testAuth made`);
    await expect(make(anything(undefined), 'ada')).rejects.toThrow(`${make.name}: auth is none that createJwtAuth or testAuth made`);
  });
});
