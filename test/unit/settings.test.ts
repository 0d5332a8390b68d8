import { describe, expect, it } from 'vitest';
import { ConfigurationError, createJwtAuth, secretKey } from 'trpc-jwt-auth';
import { memorySessions } from 'trpc-jwt-auth/stores/memory';

const good = {
  keys: secretKey('0123456789abcdef0123456789abcdef'),
  users: { authenticate: () => null, findByUsername: () => null },
};

/** What construction says of settings that no type checker has seen. */
function complaint(settings: unknown): string {
  try {
    createJwtAuth(settings as never);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as ConfigurationError).message;
  }
  return 'no complaint';
}

type Case = readonly [what: string, changes: object, names: string, mends: string];

const unknownNames: readonly Case[] = [
  ['at the top', { secret: 'x' }, 'secret', 'there are keys, users, usernameField, token, refresh, cookie, sessions, throttle, tickets, trustedProxies, claims'],
  ['under token', { token: { expiresIn: 5 } }, 'token.expiresIn', 'there are token.expiresInSeconds, token.issuer'],
  ['under refresh', { refresh: { window: 5 } }, 'refresh.window', 'there are refresh.windowSeconds'],
  ['under sessions', { sessions: { store: memorySessions(), grace: 5 } }, 'sessions.grace', 'there are sessions.store, sessions.graceSeconds'],
  ['under throttle', { throttle: { points: 5 } }, 'throttle.points', 'there are throttle.store, throttle.attempts'],
  ['under cookie', { cookie: { name: 'a', host: 'b' } }, 'cookie.host', 'there are cookie.name, cookie.secure'],
];

const wrong: readonly Case[] = [
  ['no keys', { keys: undefined }, 'keys', 'give secretKey('],
  ['keys null', { keys: null }, 'keys', 'give secretKey('],
  ['a secret in place of keys', { keys: 'the secret itself' }, 'keys', 'give secretKey('],
  ['keys that are none', { keys: { signingKey: () => null } }, 'keys', 'give '],
  ['no users', { users: undefined }, 'users.authenticate', 'give passwordAuthenticator('],
  ['users null', { users: null }, 'users.authenticate', 'give passwordAuthenticator('],
  ['no authenticate', { users: { findByUsername: () => null } }, 'users.authenticate', 'a function (credentials) => User | null'],
  ['no findByUsername', { users: { authenticate: () => null } }, 'users.findByUsername', 'give a function (username) => User | null'],
  ['findByUsername that is no function', { users: { authenticate: () => null, findByUsername: {} } }, 'users.findByUsername', 'give a function'],
  ['token null', { token: null }, 'token', 'give '],
  ['refresh true', { refresh: true }, 'refresh', 'give '],
  ['refresh null', { refresh: null }, 'refresh', 'give '],
  ['sessions true', { sessions: true }, 'sessions', 'give sessions.store'],
  ['sessions null', { sessions: null }, 'sessions', 'give sessions.store'],
  ['sessions without a store', { sessions: {} }, 'sessions.store', 'give memorySessions(), kyselySessions(db) or redisSessions(client)'],
  ['the function that makes a store in its place', { sessions: { store: memorySessions } }, 'sessions.store', 'give memorySessions()'],
  ['a store without a verb', { sessions: { store: { ...memorySessions(), confirm: undefined } } }, 'sessions.store', 'give memorySessions()'],
  ['a negative grace', { sessions: { store: memorySessions(), graceSeconds: -1 } }, 'sessions.graceSeconds', 'give a number of seconds, 0 or more'],
  ['no idle time at all', { sessions: { store: memorySessions(), idleSeconds: 0 } }, 'sessions.idleSeconds', 'give a number of seconds, 1 or more'],
  ['an absolute lifetime in milliseconds', { sessions: { store: memorySessions(), absoluteSeconds: 1e12 } }, 'sessions.absoluteSeconds', 'at most 100 years'],
  ['a date as a string', { sessions: { store: memorySessions(), acceptSessionlessUntil: '2030-01-01' } }, 'sessions.acceptSessionlessUntil', "as new Date('2030-01-31')"],
  ['a date that is none', { sessions: { store: memorySessions(), acceptSessionlessUntil: new Date('never') } }, 'sessions.acceptSessionlessUntil', "as new Date('2030-01-31')"],
  ['sliding by a string', { sessions: { store: memorySessions(), slideByAccessToken: 'yes' } }, 'sessions.slideByAccessToken', 'give true or false'],
  ['a timeout of nothing', { sessions: { store: memorySessions(), timeoutMs: 0 } }, 'sessions.timeoutMs', 'give a whole number from 1'],
  ['sessions that are never refreshed', { sessions: { store: memorySessions() }, refresh: false }, 'refresh', 'bound them with sessions.idleSeconds'],
  ['throttle true', { throttle: true }, 'throttle', 'give throttle.store'],
  ['a throttle store that is none', { throttle: { store: new Map() } }, 'throttle.store', 'give memoryThrottle(), kyselyThrottle(db) or redisThrottle(client)'],
  ['no attempts', { throttle: { attempts: 0 } }, 'throttle.attempts', 'give a whole number from 1'],
  ['half an attempt', { throttle: { attemptsPerAccount: 1.5 } }, 'throttle.attemptsPerAccount', 'give a whole number from 1'],
  ['attempts as a string', { throttle: { attemptsPerNetwork: '5' } }, 'throttle.attemptsPerNetwork', 'give a whole number from 1'],
  ['a window of nothing', { throttle: { windowSeconds: 0 } }, 'throttle.windowSeconds', 'give a number of seconds, 1 or more'],
  ['under tickets', { tickets: { seconds: 5 } }, 'tickets.seconds', 'there are tickets.store, tickets.expiresInSeconds, tickets.timeoutMs'],
  ['tickets off', { tickets: false }, 'tickets', 'give tickets.store'],
  ['a ticket store that is none', { tickets: { store: new Map() } }, 'tickets.store', 'give memoryTickets(), kyselyTickets(db) or redisTickets(client)'],
  ['tickets of no time', { tickets: { expiresInSeconds: 0 } }, 'tickets.expiresInSeconds', 'give a number of seconds, 1 or more'],
  ['tickets of an hour', { tickets: { expiresInSeconds: 3600 } }, 'tickets.expiresInSeconds', 'give at most 300'],
  ['a ticket store that may take for ever', { tickets: { timeoutMs: 0 } }, 'tickets.timeoutMs', 'give a whole number from 1'],
  ['trusted proxies by their addresses', { trustedProxies: ['10.0.0.1'] }, 'trustedProxies', 'give a whole number from 0'],
  ['trusted proxies true', { trustedProxies: true }, 'trustedProxies', 'give a whole number from 0'],
  ['onEvent that is no function', { onEvent: 'log' }, 'onEvent', 'give one, or leave it out'],
  ['cookie a name alone', { cookie: 'jwt-token' }, 'cookie', 'give '],
  ['cookie null', { cookie: null }, 'cookie', 'give '],
  ['issuer blank', { token: { issuer: '' } }, 'token.issuer', 'give '],
  ['issuer a number', { token: { issuer: 5 } }, 'token.issuer', 'give '],
  ['audience blank', { token: { audience: '' } }, 'token.audience', 'give '],
  ['audience empty', { token: { audience: [] } }, 'token.audience', 'leave it out or name an audience'],
  ['audience with a blank in it', { token: { audience: ['a', ''] } }, 'token.audience', 'give '],
  ['audience with undefined in it', { token: { audience: ['a', undefined] } }, 'token.audience', 'give strings'],
  ['header prefix of two words', { token: { headerPrefix: 'JWT token' } }, 'token.headerPrefix', "give one word, as 'JWT' or 'Bearer'"],
  ['header prefix blank', { token: { headerPrefix: '' } }, 'token.headerPrefix', 'give one word'],
  ['header prefix a number', { token: { headerPrefix: 5 } }, 'token.headerPrefix', 'give one word'],
  ['cookie name missing', { cookie: {} }, 'cookie.name', 'give a cookie name'],
  ['cookie name blank', { cookie: { name: '' } }, 'cookie.name', 'give a cookie name'],
  ['cookie name with a space', { cookie: { name: 'jwt token' } }, 'cookie.name', 'give a cookie name'],
  ['cookie name with an attribute', { cookie: { name: 'jwt;Domain=x' } }, 'cookie.name', 'give a cookie name'],
  ['cookie name with an umlaut', { cookie: { name: 'jäger' } }, 'cookie.name', 'give a cookie name'],
  ['secure a string', { cookie: { name: 'a', secure: 'yes' } }, 'cookie.secure', 'leave it out to follow the request'],
  ['__Host- without secure', { cookie: { name: '__Host-a', secure: false } }, 'cookie.secure', 'needs Secure'],
  ['sameSite in capitals', { cookie: { name: 'a', sameSite: 'Lax' } }, 'cookie.sameSite', "give one of 'lax', 'strict', 'none'"],
  ['sameSite none without Secure', { cookie: { name: 'a', sameSite: 'none', secure: false } }, 'cookie.secure', 'so leave it out'],
  ['__Host- with a domain', { cookie: { name: '__Host-a', domain: 'example.com' } }, 'cookie.domain', 'so leave it out or change the name'],
  ['__Host- with a path', { cookie: { name: '__Host-a', path: '/api' } }, 'cookie.path', 'so leave it out or change the name'],
  ...['a.example; HttpOnly=x', 'a.example\r\nSet-Cookie: x=y', 'a.example\n', 'a.example,b.example', 'a.example/', 'https://a.example', 'a.example:443', 'a b', 'jäger.example', '', '.', 'a..b', '-a.example', 'a'.repeat(64), null, 5].map(
    (domain): Case => [`cookie domain ${JSON.stringify(domain)}`, { cookie: { name: 'a', domain } }, 'cookie.domain', "give a host name, as 'example.com'"],
  ),
  ...['/a; Domain=evil.example', '/a\r\nSet-Cookie: x=y', '/a\n', '/a,b', '/a b', '/ä', '/a"', '/a\0', 'api', '', null, 5].map(
    (path): Case => [`cookie path ${JSON.stringify(path)}`, { cookie: { name: 'a', path } }, 'cookie.path', "give a path that begins with '/'"],
  ),
  ['requireTokenId a word', { token: { requireTokenId: 'require' } }, 'token.requireTokenId', 'give true or false'],
  ['tokenInBody a string', { cookie: { name: 'a', tokenInBody: 'no' } }, 'cookie.tokenInBody', 'false keeps the token out of response bodies'],
  ['trusted origins a string', { cookie: { name: 'a', trustedOrigins: 'https://a.example' } }, 'cookie.trustedOrigins', "give origins as ['https://"],
  ...['https://a.example/', 'https://a.example/path', 'https://a.example?x', 'a.example', '*', 'https://*.a.example/', 'null', '', 'https://A.example', 'https://a.example:443', 5, null].map(
    (origin): Case => [`trusted origin ${String(origin)}`, { cookie: { name: 'a', trustedOrigins: [origin] } }, 'cookie.trustedOrigins', 'give scheme, host and port alone'],
  ),
  ...['password', 'token', '__proto__'].map((name): Case => [`usernameField ${name}`, { usernameField: name }, 'usernameField', "give a field name like 'email'"]),
  ...['user_id', 'exp', 'iat', 'nbf', 'jti', 'iss', 'aud', 'orig_iat'].map(
    (name): Case => [`usernameField ${name}, a claim with a meaning of its own`, { usernameField: name }, 'usernameField', "give a field name like 'email'"],
  ),
  ...['', 'e mail', 'e-mail', '5mail', 5].map((name): Case => [`usernameField ${JSON.stringify(name)}`, { usernameField: name }, 'usernameField', "give a field name like 'email'"]),
  ['restStatus 400', { restStatus: 400 }, 'restStatus', "give one of 'http', 'drf'"],
  ['restStatus django', { restStatus: 'django' }, 'restStatus', "give one of 'http', 'drf'"],
  ...['claims', 'usernameFromClaims', 'responsePayload', 'clock', 'reportError'].flatMap((name): Case[] => [
    [`${name} no function`, { [name]: {} }, name, 'give '],
    [`${name} null`, { [name]: null }, name, 'give '],
  ]),
];

const durations = [
  ['token.expiresInSeconds', (value: unknown) => ({ token: { expiresInSeconds: value } }), 1],
  ['token.leewaySeconds', (value: unknown) => ({ token: { leewaySeconds: value } }), 0],
  ['refresh.windowSeconds', (value: unknown) => ({ refresh: { windowSeconds: value } }), 1],
] as const;

describe('a wrong setting', () => {
  it('good settings are taken without complaint', () => {
    expect(complaint(good)).toBe('no complaint');
  });

  it.each([...unknownNames, ...wrong])('%s', (_what, changes, names, mends) => {
    const message = complaint({ ...good, ...changes });
    expect(message).toMatch(new RegExp(`^createJwtAuth: ${names.replaceAll(".", "\\.")} `));
    expect(message.slice(message.indexOf(';'))).toContain(mends);
  });

  it.each(unknownNames)('an unknown name %s is called unknown', (_where, changes) => {
    expect(complaint({ ...good, ...changes })).toContain('is unknown; there are');
  });

  it.each([undefined, null, 'secret', 5])('%s in place of the settings', (settings) => {
    expect(complaint(settings)).toBe('createJwtAuth: settings is not an object.');
  });

  describe.each(durations)('%s', (name, settings, least) => {
    it.each([
      ['negative', -1, '-1'],
      ['NaN', NaN, 'NaN'],
      ['infinite', Infinity, 'Infinity'],
      ['a string', '300', '"300"'],
      ['null', null, 'null'],
      ['a bigint', 300n, '300'],
      ['a list', [300], '[300]'],
    ])('%s', (_what, value, shown) => {
      expect(complaint({ ...good, ...settings(value) })).toBe(`createJwtAuth: ${name} is ${shown}; give a number of seconds, ${least} or more.`);
    });

    it('milliseconds, or any other number past all use', () => {
      expect(complaint({ ...good, ...settings(1e13) })).toBe(`createJwtAuth: ${name} is 10000000000000; give a number of seconds, at most 100 years.`);
    });

    it(`from ${least} on`, () => {
      expect(complaint({ ...good, ...settings(least) })).toBe('no complaint');
      expect(complaint({ ...good, ...settings(least - 1) })).toContain(`${name} is ${least - 1}; give a number of seconds, ${least} or more`);
    });

    it('undefined is the default', () => {
      expect(complaint({ ...good, ...settings(undefined) })).toBe('no complaint');
    });
  });

  it('no message quotes a secret', () => {
    expect(complaint({ ...good, keys: 'hunter2-hunter2-hunter2' })).not.toContain('hunter2');
  });
});

describe('defaults', () => {
  it('are those of the original', () => {
    const { settings } = createJwtAuth(good);
    expect(settings).toMatchObject({
      usernameField: 'username',
      expiresInSeconds: 300,
      leewaySeconds: 0,
      headerPrefix: 'JWT',
      refresh: { windowSeconds: 604_800 },
      restStatus: 'http',
    });
    expect([settings.issuer, settings.audience, settings.cookie, settings.ownClaims]).toEqual([undefined, undefined, undefined, undefined]);
    expect(settings.clock).toBe(Date.now);
  });

  it('of the cookie', () => {
    expect(createJwtAuth({ ...good, cookie: { name: 'jwt-token' } }).settings.cookie).toEqual({
      name: 'jwt-token',
      secure: undefined,
      sameSite: 'lax',
      domain: undefined,
      path: '/',
      tokenInBody: true,
      trustedOrigins: new Set(),
    });
  });

  it('a cookie for other sites is Secure, for browsers drop it otherwise', () => {
    expect(createJwtAuth({ ...good, cookie: { name: 'jwt-token', sameSite: 'none' } }).settings.cookie?.secure).toBe(true);
    expect(createJwtAuth({ ...good, cookie: { name: 'jwt-token', sameSite: 'strict' } }).settings.cookie?.secure).toBe(undefined);
  });

  it('good domains and paths of a cookie', () => {
    for (const domain of ['example.com', '.example.com', 'localhost', 'xn--jger-loa.example', '127.0.0.1']) {
      expect(createJwtAuth({ ...good, cookie: { name: 'a', domain } }).settings.cookie?.domain).toBe(domain);
    }
    for (const path of ['/', '/api', '/api/', "/~a/b.c-d_e/%20/!$&'()*+=:@"]) expect(createJwtAuth({ ...good, cookie: { name: 'a', path } }).settings.cookie?.path).toBe(path);
  });

  it('a fraction of a second is left off', () => {
    expect(createJwtAuth({ ...good, token: { expiresInSeconds: 1.9, leewaySeconds: 0.9 } }).settings).toMatchObject({ expiresInSeconds: 1, leewaySeconds: 0 });
  });
});
