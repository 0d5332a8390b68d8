import type { AddressInfo } from 'node:net';

import { initTRPC } from '@trpc/server';
import { createHTTPServer } from '@trpc/server/adapters/standalone';
import { authErrorFormatter, AuthError, ConfigurationError, jwksVerifier, protectedProcedure, requireAuth } from 'trpc-jwt-auth';
import type { AuthContext, Claims, JwksVerifierSettings } from 'trpc-jwt-auth';
import { standaloneContext } from 'trpc-jwt-auth/standalone';
import { callerContext } from 'trpc-jwt-auth/testing';
import { afterAll, describe, expect, it, vi } from 'vitest';

import { goodClaims } from '../security/forged-tokens.js';
import { newPair, publicJwk, signed, startIssuer, verifierOf } from '../security/issuer.js';
import { resourceCaller, serveResource } from '../security/resource-server.js';

const issuer = await startIssuer();
const ec = newPair();
issuer.publish(publicJwk(ec, { kid: 'ec' }));
const tokenOf = (changes: Readonly<Record<string, unknown>> = {}): string => signed('ES256', ec, { kid: 'ec' }, { ...goodClaims, ...changes });
const good = tokenOf();
const bearing = (token: string, scheme = 'JWT') => ({ headers: { Authorization: `${scheme} ${token}` } });
const MUTATION = { method: 'POST', headers: { 'Content-Type': 'application/json' } };

describe('a service without users', () => {
  it('over HTTP: REST and tRPC', async () => {
    const ask = await serveResource(verifierOf(issuer).auth);
    const user = { id: 1, username: 'ada', isActive: true };
    expect(JSON.parse((await ask('/protected', bearing(good))).text)).toEqual(user);
    expect(JSON.parse((await ask('/trpc/who', bearing(good))).text)).toEqual({ result: { data: { user, iat: goodClaims.iat } } });
    expect(JSON.parse((await ask('/trpc/change', { ...MUTATION, headers: { ...MUTATION.headers, ...bearing(good).headers } })).text)).toEqual({ result: { data: 'ada' } });
    expect(JSON.parse((await ask('/trpc/maybe', bearing(good))).text)).toEqual({ result: { data: 'ada' } });
  });

  it('over HTTP: refusals, as of an auth with users', async () => {
    const ask = await serveResource(verifierOf(issuer).auth);
    for (const path of ['/protected', '/trpc/who']) {
      const codes = await Promise.all([ask(path), ask(path, bearing('x')), ask(path, bearing(tokenOf({ exp: 1 }))), ask(path, bearing(signed('ES256', newPair(), { kid: 'ec' }))), ask(path, bearing(good, 'Bearer')), ask(path, bearing('', 'JWT'))]);
      expect(codes.map(({ status, code }) => [status, code])).toEqual(['NOT_AUTHENTICATED', 'TOKEN_UNDECODABLE', 'TOKEN_EXPIRED', 'TOKEN_UNDECODABLE', 'NOT_AUTHENTICATED', 'HEADER_INVALID'].map((code) => [401, code]));
    }
    const refused = await ask('/protected', bearing(tokenOf({ exp: 1 })));
    expect([refused.text, refused.headers.get('www-authenticate'), refused.headers.get('cache-control')]).toEqual(['{"detail":"Signature has expired."}', 'JWT realm="api"', 'no-store']);
    // optionalUser: nobody, and somebody whose token is no longer good.
    for (const init of [{}, bearing('x'), bearing(tokenOf({ exp: 1 }))]) expect(JSON.parse((await ask('/trpc/maybe', init)).text)).toEqual({ result: { data: null } });
  });

  it('on the server of tRPC itself', async () => {
    const { auth } = verifierOf(issuer);
    const t = initTRPC.context<AuthContext>().create({ errorFormatter: authErrorFormatter() });
    const router = t.router({ who: protectedProcedure(auth, t).query(({ ctx }) => ctx.user.username), older: t.procedure.use(requireAuth(auth)).query(({ ctx }) => ctx.user.id) });
    const server = createHTTPServer({ router, createContext: standaloneContext(auth) });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    afterAll(() => {
      server.close();
      server.closeAllConnections();
    });
    const ask = async (path: string, init = {}): Promise<unknown> => (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}`, init)).json();
    expect([await ask('who', bearing(good)), await ask('older', bearing(good))]).toEqual([{ result: { data: 'ada' } }, { result: { data: 1 } }]);
    expect(await ask('who')).toMatchObject({ error: { data: { httpStatus: 401, authCode: 'NOT_AUTHENTICATED' } } });
  });

  it('by a caller', async () => {
    const { auth } = verifierOf(issuer);
    const callerFor = resourceCaller(auth);
    const caller = callerFor(callerContext(auth, { token: good }));
    expect([await caller.who(), await caller.maybe(), await caller.change()]).toEqual([{ user: { id: 1, username: 'ada', isActive: true }, iat: goodClaims.iat }, 'ada', 'ada']);
    const nobody = callerFor(callerContext(auth));
    await expect(nobody.who()).rejects.toMatchObject({ code: 'UNAUTHORIZED', cause: { code: 'NOT_AUTHENTICATED' } });
    expect(await nobody.maybe()).toBeNull();
  });

  it('verifies a token once for a batch', async () => {
    let made = 0;
    const ask = await serveResource(verifierOf(issuer, { userFromClaims: () => ((made += 1), { id: 1, username: 'ada', isActive: true }) }).auth);
    expect((await ask('/trpc/who,maybe,who?batch=1', bearing(good))).status).toBe(200);
    expect(made).toBe(1);
  });
});

describe('who it is', () => {
  it.each<readonly [string, Readonly<Record<string, unknown>>, unknown]>([
    ['a number for an id', { user_id: 7 }, { id: 7, username: 'ada', isActive: true }],
    ['a string for an id', { user_id: '7f0c' }, { id: '7f0c', username: 'ada', isActive: true }],
    ['an address', { email: 'ada@example.com' }, { id: 1, username: 'ada', isActive: true, email: 'ada@example.com' }],
    ['an address that is none', { email: 7 }, { id: 1, username: 'ada', isActive: true }],
    ['a number for a name', { username: 1815 }, { id: 1, username: '1815', isActive: true }],
    ['a claim that says she is not active', { isActive: false, is_active: false }, { id: 1, username: 'ada', isActive: true }],
  ])('%s', async (_what, claims, user) => {
    expect((await verifierOf(issuer).auth.verifyToken(tokenOf(claims))).user).toEqual(user);
  });

  it('is what userFromClaims makes of the claims, which it cannot change', async () => {
    const seen: Claims[] = [];
    const { auth } = verifierOf(issuer, {
      userFromClaims: (claims) => {
        seen.push(claims);
        return { id: String(claims.user_id), username: 'x', isActive: true, roles: ['reader'] };
      },
    });
    const { user, claims } = await auth.verifyToken(good);
    expect(user).toEqual({ id: '1', username: 'x', isActive: true, roles: ['reader'] });
    expect([seen[0] === claims, Object.isFrozen(claims), Object.getPrototypeOf(claims)]).toEqual([true, true, null]);
  });

  it.each<readonly [string, (claims: Claims) => unknown, string]>([
    ['null', () => null, 'TOKEN_PAYLOAD_INVALID'],
    ['nothing', () => undefined, 'TOKEN_PAYLOAD_INVALID'],
    ['a user who is not active', () => ({ id: 1, username: 'ada', isActive: false }), 'ACCOUNT_DISABLED'],
    ['a promise of a user', () => Promise.resolve({ id: 1, username: 'ada', isActive: true }), 'ConfigurationError'],
    ['a promise of null', () => Promise.resolve(null), 'ConfigurationError'],
    ['a promise that is broken', () => Promise.reject(new Error('no such tenant')), 'ConfigurationError'],
    ['a name', () => 'ada', 'TypeError'],
    ['a refusal of its own', () => { throw new AuthError('PERMISSION_DENIED'); }, 'PERMISSION_DENIED'],
  ])('is nobody where userFromClaims gives %s', async (_what, userFromClaims, code) => {
    const { auth, judge } = verifierOf(issuer, { userFromClaims: userFromClaims as never });
    expect(await judge(good)).toContain(code);
    const ask = await serveResource(auth);
    for (const path of ['/protected', '/trpc/who']) expect((await ask(path, bearing(good))).status).toBeGreaterThanOrEqual(401);
  });

  it('is nobody where userFromClaims fails, which is reported and not shown', async () => {
    const { auth, reported } = verifierOf(issuer, { userFromClaims: () => { throw new Error('no such tenant'); } });
    const ask = await serveResource(auth);
    for (const path of ['/protected', '/trpc/who', '/trpc/maybe']) {
      const answer = await ask(path, bearing(good));
      expect([answer.status, answer.code]).toEqual([500, 'SERVER_ERROR']);
      expect(answer.text).not.toContain('tenant');
    }
    expect(reported).toHaveLength(3);
  });
});

describe('settings of a token', () => {
  it('leewaySeconds, headerPrefix, issuer and audience', async () => {
    const { auth, clock, judge } = verifierOf(issuer, { leewaySeconds: 10, headerPrefix: 'Bearer', issuer: 'https://issuer.example', audience: ['reports', 'files'] });
    const token = tokenOf({ iss: 'https://issuer.example', aud: 'files' });
    const ask = await serveResource(auth);
    expect((await ask('/protected', bearing(token, 'bearer'))).code).toBe('accepted');
    const other = await ask('/protected', bearing(token, 'JWT'));
    expect([other.code, other.headers.get('www-authenticate')]).toEqual(['NOT_AUTHENTICATED', 'Bearer realm="api"']);
    clock.set(new Date((goodClaims.exp + 10) * 1000));
    expect(await judge(token)).toBe('accepted');
    clock.advance({ seconds: 1 });
    expect(await judge(token)).toBe('TOKEN_EXPIRED');
  });
});

describe('the cookie of the issuer', () => {
  const cookie = { name: 'jwt-token', trustedOrigins: ['https://app.example'] };
  const withCookie = (headers: Readonly<Record<string, string>> = {}) => ({ headers: { Cookie: `jwt-token=${good}`, ...headers } });

  it('is read where it is named, and nowhere else', async () => {
    const [named, unnamed] = await Promise.all([serveResource(verifierOf(issuer, { cookie }).auth), serveResource(verifierOf(issuer).auth)]);
    for (const path of ['/protected', '/trpc/who']) {
      expect((await named(path, withCookie())).code).toBe('accepted');
      expect((await unnamed(path, withCookie())).code).toBe('NOT_AUTHENTICATED');
      expect((await named(path, { headers: { Cookie: `other=${good}` } })).code).toBe('NOT_AUTHENTICATED');
      expect((await named(path, { headers: { Cookie: `jwt-token=${good}; jwt-token=x` } })).code).toBe('TOKEN_UNDECODABLE');
      // The header stands before it.
      expect((await named(path, withCookie({ Authorization: 'JWT x' }))).code).toBe('TOKEN_UNDECODABLE');
    }
  });

  it.each<readonly [string, Readonly<Record<string, string>>, string]>([
    ['a script without an origin', {}, 'accepted'],
    ['a trusted page', { Origin: 'https://app.example', 'Sec-Fetch-Site': 'cross-site' }, 'accepted'],
    ['a page of its own', { 'Sec-Fetch-Site': 'same-origin' }, 'accepted'],
    ['another site', { Origin: 'https://evil.example' }, 'CSRF_FAILED'],
    ['another site, as a form sends it', { Origin: 'null', 'Sec-Fetch-Site': 'cross-site' }, 'CSRF_FAILED'],
    ['a neighbour', { 'Sec-Fetch-Site': 'same-site' }, 'CSRF_FAILED'],
    ['a page that only begins like a trusted one', { Origin: 'https://app.example.evil' }, 'CSRF_FAILED'],
  ])('with an unsafe method from %s', async (_who, headers, code) => {
    const ask = await serveResource(verifierOf(issuer, { cookie }).auth);
    const init = { method: 'POST', headers: { ...withCookie(headers).headers, 'Content-Type': 'application/json' } };
    for (const path of ['/protected', '/trpc/change']) expect((await ask(path, init)).code).toBe(code);
    // A safe one changes nothing, and a header is no cookie.
    expect((await ask('/protected', withCookie(headers))).code).toBe('accepted');
    expect((await ask('/protected', { method: 'POST', headers: { ...headers, ...bearing(good).headers } })).code).toBe('accepted');
  });

  it('is never set', async () => {
    const ask = await serveResource(verifierOf(issuer, { cookie }).auth);
    for (const init of [withCookie(), {}, bearing('x')]) expect((await ask('/protected', init)).headers.getSetCookie()).toEqual([]);
  });
});

describe('what is refused at construction, with the mend', () => {
  const url = 'https://auth.example.com/.well-known/jwks.json';
  it.each<readonly [string, unknown, string]>([
    ['nothing', undefined, 'settings are not an object; give { url, issuer, audience }'],
    ['null', null, 'settings are not an object'],
    ['no url', {}, 'url is missing; give one like https://auth.example.com/.well-known/jwks.json.'],
    ['a misspelt setting', { url, audiences: 'x' }, 'audiences is unknown; there are url, issuer, audience'],
    ['a secret', { url, keys: 'x' }, 'keys is unknown'],
    ['an issuer that is none', { url, issuer: '' }, 'issuer is ""; give a string'],
    ['issuers', { url, issuer: ['x'] }, 'issuer is ["x"]; give a string'],
    ['no audience', { url, audience: [] }, 'audience is an empty array, which no token could satisfy'],
    ['an audience that is none', { url, audience: [''] }, 'audience is ""'],
    ['leeway as text', { url, leewaySeconds: '5' }, 'leewaySeconds is "5"; give a number of seconds'],
    ['leeway below nothing', { url, leewaySeconds: -1 }, 'leewaySeconds is -1'],
    ['a scheme of two words', { url, headerPrefix: 'JWT token' }, "headerPrefix is \"JWT token\"; give one word, as 'JWT' or 'Bearer'"],
    ['a user that is no function', { url, userFromClaims: {} }, 'userFromClaims is not a function'],
    ['a fetch that is none', { url, fetch: true }, 'fetch is not a function'],
    ['a flag that is none', { url, unsafePlainHttp: 'yes' }, 'unsafePlainHttp is "yes"; give true or false'],
    ['a cookie that is a string', { url, cookie: 'jwt-token' }, 'cookie is not an object; give cookie.name, cookie.secure, cookie.trustedOrigins'],
    ['a cookie with an attribute it cannot set', { url, cookie: { name: 'x', sameSite: 'none' } }, 'cookie.sameSite is unknown; there are cookie.name, cookie.secure, cookie.trustedOrigins'],
    ['an origin with a path', { url, cookie: { name: 'x', trustedOrigins: ['https://app.example/'] } }, 'cookie.trustedOrigins has "https://app.example/"'],
    ['no time to reload', { url, reloadSeconds: 0 }, 'reloadSeconds is 0; give a number from 1.'],
    ['a time that is text', { url, timeoutMs: '5000' }, 'timeoutMs is 5000; give a number from 1.'],
    ['no end of a cooldown', { url, cooldownSeconds: Infinity }, 'cooldownSeconds is Infinity'],
    ['stale before it is old', { url, staleSeconds: 60 }, 'staleSeconds is under twice reloadSeconds'],
    ['a clock that is none', { url, clock: 5 }, 'clock is not a function'],
    ['a reporter that is none', { url, reportError: 'console' }, 'reportError is not a function'],
  ])('%s', (_what, settings, message) => {
    const make = (): unknown => jwksVerifier(settings as JwksVerifierSettings);
    expect(make).toThrow(ConfigurationError);
    expect(make).toThrow(`jwksVerifier: ${message}`);
  });

  it('and nothing is asked for until a token comes', async () => {
    issuer.requests.length = 0;
    const { auth, judge } = verifierOf(issuer);
    const ask = await serveResource(auth);
    await Promise.all([ask('/trpc/open'), ask('/trpc/maybe'), ask('/protected')]);
    expect(issuer.requests).toHaveLength(0);
    await judge(good);
    expect(issuer.requests).toHaveLength(1);
  });

  it('a reporter that throws harms nobody', async () => {
    const logged = vi.spyOn(console, 'error').mockReturnValue(undefined);
    const { judge } = verifierOf({ url: `${issuer.origin}/` }, { fetch: () => Promise.reject(new Error('down')), reportError: () => { throw new Error('so is the log'); } });
    expect(await judge(good)).toBe('STORE_UNAVAILABLE');
    expect(logged.mock.calls).toEqual([['trpc-jwt-auth: unexpected Error; set reportError to see the whole of it']]);
    logged.mockRestore();
  });
});
