import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';

import { createJwtAuth, jwksVerifier, keyRing, secretKey } from 'trpc-jwt-auth';
import type { JwksVerifierSettings, JwtAuth } from 'trpc-jwt-auth';
import { fromDjangoSettings } from 'trpc-jwt-auth/django';
import { passwordAuthenticator } from 'trpc-jwt-auth/passwords';
import { memorySessions } from 'trpc-jwt-auth/stores/memory';
import { describe, expect, it } from 'vitest';

import { AUTH_ERRORS } from '../../src/core/errors.js';
import { codeIn, readDocument, ROOT, tableOf } from './markdown.js';

const readme = readDocument('README.md');
const errors = readDocument('docs/errors.md');
const django = readDocument('docs/from-django.md');

const SECRET = '0123456789abcdef0123456789abcdef';
const settings = {
  keys: secretKey(SECRET),
  users: { authenticate: () => null, findByUsername: () => null },
};

/** Calls with settings that no type allows. */
function create(wrong: object): JwtAuth {
  return createJwtAuth(wrong as Parameters<typeof createJwtAuth>[0]);
}

/** The message of what a call throws. */
function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

/** The names that a refusal of an unknown one lists. */
function knownNames(call: () => unknown): string[] {
  return /there are (.*)\.$/.exec(refusal(call))?.[1]?.split(/, | and /) ?? [];
}

/** A table's second column by its first. */
function defaults(firstHeading: string): Map<string, string> {
  return new Map(tableOf(readme, firstHeading).map((row) => [codeIn(row[firstHeading] ?? '')[0] ?? '', row.Default ?? '']));
}

describe("the README's settings", () => {
  const documented = defaults('Setting');

  it('are those createJwtAuth knows', () => {
    const known = [
      ...knownNames(() => create({ ...settings, nope: 1 })).filter((name) => name !== 'users' && name !== 'token'),
      'users.authenticate',
      'users.findByUsername',
      ...['token', 'refresh', 'cookie', 'sessions', 'throttle', 'tickets'].flatMap((group) => knownNames(() => create({ ...settings, [group]: { nope: 1 } }))),
    ];
    expect(known.length).toBeGreaterThan(15);
    expect([...documented.keys()].sort()).toEqual(known.sort());
  });

  const plain = create(settings).settings;
  const withCookie = create({ ...settings, cookie: { name: 'c' } }).settings;
  const withSessions = create({ ...settings, sessions: { store: memorySessions() } }).settings;
  const { graceMs = NaN, idleMs = NaN, absoluteMs = NaN, recheckMs = NaN } = withSessions.sessions ?? {};
  const resolved: Record<string, unknown> = {
    ...plain,
    'sessions.graceSeconds': graceMs / 1000,
    'sessions.idleSeconds': idleMs / 1000,
    'sessions.absoluteSeconds': absoluteMs / 1000,
    'sessions.recheckSeconds': recheckMs / 1000,
    'sessions.slideByAccessToken': withSessions.sessions?.slideByAccessToken,
    'sessions.acceptSessionlessUntil': withSessions.sessions?.acceptSessionlessUntil === 0 ? undefined : 'some',
    'sessions.timeoutMs': withSessions.sessions?.timeoutMs,
    ...Object.fromEntries(Object.entries(plain.throttle ?? {}).map(([name, value]) => [`throttle.${name}`, value])),
    ...Object.fromEntries(Object.entries(plain.tickets).map(([name, value]) => [`tickets.${name}`, value])),
    trustedProxies: 0,
    onEvent: undefined,
    claims: plain.ownClaims,
    'token.expiresInSeconds': plain.expiresInSeconds,
    'token.issuer': plain.issuer,
    'token.audience': plain.audience,
    'token.leewaySeconds': plain.leewaySeconds,
    'token.headerPrefix': plain.headerPrefix,
    'refresh.windowSeconds': plain.refresh === false ? false : plain.refresh.windowSeconds,
    'token.requireTokenId': plain.requireTokenId,
    'cookie.secure': withCookie.cookie?.secure,
    'cookie.sameSite': withCookie.cookie?.sameSite,
    'cookie.domain': withCookie.cookie?.domain,
    'cookie.path': withCookie.cookie?.path,
    'cookie.tokenInBody': withCookie.cookie?.tokenInBody,
    'cookie.trustedOrigins': [...(withCookie.cookie?.trustedOrigins ?? ['?'])],
  };

  it.each([...documented])('%s has the default %s', (name, cell) => {
    const [code] = codeIn(cell);
    if (cell === 'required') {
      const [group = '', member] = name.split('.');
      const without: object = { ...settings, cookie: { name: 'c' }, sessions: { store: memorySessions() } };
      const left = member === undefined ? {} : { ...(without as Record<string, object>)[group], [member]: undefined };
      expect(refusal(() => create({ ...without, [group]: member === undefined ? undefined : left }))).toMatch(new RegExp(`^createJwtAuth: ${name} is `));
    } else if (name === 'throttle' || name === 'tickets') expect(plain[name]).toBeDefined();
    else if (code === 'Date.now') expect(resolved[name]).toBe(Date.now);
    else if (name === 'reportError') expect(typeof resolved[name]).toBe('function');
    else if (code === undefined) expect(resolved[name]).toBeUndefined();
    else expect(inspect(resolved[name])).toBe(code);
  });

  it('says which options secretKey has', () => {
    const cell = tableOf(readme, 'Setting').find((row) => row.Setting === '`keys`')?.['What it does'] ?? '';
    const known = knownNames(() => secretKey(SECRET, { nope: 1 } as object));
    expect(codeIn(cell)).toContain(`secretKey(secret, { ${known.join(', ')} })`);
  });
});

describe('the settings of keys', () => {
  const keys = readDocument('docs/keys.md');
  const named = (heading: string): string[] => tableOf(keys, heading).map((row) => codeIn(row[heading] ?? '')[0] ?? '');

  it('of a source are those keyRing knows', () => {
    expect(named('Option')).toEqual(knownNames(() => keyRing(() => [], { nope: 1 } as object)).filter((name) => name !== 'requireKid'));
  });

  it('of jwksVerifier are those it knows', () => {
    const known = knownNames(() => jwksVerifier({ url: 'https://auth.example.com/', nope: 1 } as JwksVerifierSettings));
    expect([...named('Setting'), ...named('Option')].sort()).toEqual([...new Set(known)].sort());
  });
});

describe("the README's options of passwordAuthenticator", () => {
  const documented = defaults('Option');

  it('are those it knows', () => {
    const known = knownNames(() => passwordAuthenticator({ find: () => null, nope: 1 } as Parameters<typeof passwordAuthenticator>[0]));
    expect([...documented.keys()]).toEqual(known);
  });

  it.each([...documented].filter(([, cell]) => codeIn(cell).length > 0))('%s has the default %s', (name, cell) => {
    const source = readFileSync(join(ROOT, 'src/passwords/password-authenticator.ts'), 'utf8');
    expect(source).toMatch(new RegExp(`\\b${name} = ${codeIn(cell)[0] ?? '?'}\\b`));
  });
});

describe("the README's errors", () => {
  it('are the table of the package', () => {
    const expected = Object.entries(AUTH_ERRORS).map(([code, row]) => ({
      Code: `\`${code}\``,
      REST: String(row.status),
      tRPC: row.trpc,
      Message: 'protectedMessage' in row ? `${row.message} (at a protected endpoint: ${row.protectedMessage})` : row.message,
    }));
    expect(tableOf(readme, 'Code')).toEqual(expected);
  });

  it('that restStatus changes are the rows named', () => {
    const changed = Object.entries(AUTH_ERRORS).filter(([, row]) => row.status === 401 && row.body === 'non_field_errors').map(([code]) => code);
    const codes = Object.keys(AUTH_ERRORS);
    expect(codes.slice(codes.indexOf('INVALID_CREDENTIALS'), codes.indexOf('TOKEN_REVOKED') + 1)).toEqual(changed);
    expect(readme.text).toContain('the rows from INVALID_CREDENTIALS to TOKEN_REVOKED\nanswer 400 at the token URLs');
  });

  it('are explained one by one', () => {
    expect(tableOf(errors, 'Code').map((row) => codeIn(row.Code ?? '')[0])).toEqual(Object.keys(AUTH_ERRORS));
  });

  it('have messages by field that are given', async () => {
    const { input } = create(settings).serializers.obtain;
    const given = ['missing', '', null, true, '\0', '\uD800'].flatMap((username) => {
      const parsed = input.safeParse({ password: 'x', ...(username !== 'missing' && { username }) });
      return parsed.error?.issues.map(({ message }) => message) ?? [];
    });
    expect(tableOf(errors, 'Message').map((row) => row.Message)).toEqual(given);
  });
});

describe('the keys of JWT_AUTH', () => {
  const packages = ['djangorestframework-jwt', 'drf-jwt'] as const;
  const read = (JWT_AUTH: object, index = 1): ReturnType<typeof fromDjangoSettings> => fromDjangoSettings({ SECRET_KEY: SECRET, JWT_AUTH: JWT_AUTH }, { package: packages[index]! });
  const rows = tableOf(django, 'Key');
  const nameOf = (cell: string | undefined): string => codeIn(cell ?? '')[0] ?? '';
  const taken = rows.flatMap((row) =>
    [row.Default, row['With drf-jwt'] === 'the same' ? row.Default : row['With drf-jwt']].flatMap((cell, index) => (cell === 'none' ? [] : [[nameOf(row.Key), packages[index], nameOf(cell), index] as const])),
  );
  const refused = tableOf(django, 'Refused key').map((row) => nameOf(row['Refused key']));

  it('are those fromDjangoSettings has', () => {
    const source = readFileSync(join(ROOT, 'src/django/jwt-auth-dict.ts'), 'utf8');
    const known = new Set([...source.matchAll(/^ {2}readonly (JWT_(?!AUTH\?)\w+)\?:/gm)].map(([, name = '']) => name));
    expect(known.size).toBe(30);
    expect([...rows.map((row) => nameOf(row.Key)), ...refused].sort()).toEqual([...known].sort());
  });

  it.each(taken)('%s is taken, and is with %s %s by default', async (name, _package, fallback, index) => {
    const value: unknown = fallback === 'SECRET_KEY' ? SECRET : JSON.parse(fallback.replaceAll("'", '"'));
    const cookie = name.startsWith('JWT_AUTH_COOKIE_') ? { JWT_AUTH_COOKIE: 'jwt-token' } : {};
    const [given, left] = [read({ ...cookie, [name]: value }, index), read(cookie, index)];
    const plain = ({ keys: _keys, claims, ...rest }: typeof given): object => ({ ...rest, claims: claims?.({ id: 1, username: 'ada', isActive: true }) });
    expect(plain(given)).toEqual(plain(left));
    expect([...(await given.keys.current()).algorithms]).toEqual([...(await left.keys.current()).algorithms]);
  });

  it.each(rows.filter((row) => row.Default === 'none').map((row) => nameOf(row.Key)))('%s is of drf-jwt, and the original has none', (name) => {
    expect(() => read({ [name]: true }, 0)).toThrow(`JWT_AUTH.${name} is a key of drf-jwt`);
  });

  it.each(refused)('%s is refused, unless null or its default', (name) => {
    expect(() => read({ [name]: name === 'JWT_DELETE_STALE_BLACKLISTED_TOKENS' ? false : null })).not.toThrow();
    expect(() => read({ [name]: 'app.handlers.x' })).toThrow(`JWT_AUTH.${name} `);
  });
});

describe("the README's runtimes", () => {
  it('are those test/runtime pins', () => {
    const { optionalDependencies } = JSON.parse(readFileSync(join(ROOT, 'test/runtime/package.json'), 'utf8')) as { optionalDependencies: Record<string, string> };
    const versionsOf = (name: RegExp): string[] => [...new Set(Object.keys(optionalDependencies).filter((each) => name.test(each)).map((each) => optionalDependencies[each]?.split('@').at(-1) ?? ''))];
    const tried = tableOf(readme, 'Runtime').map((row) => row['Tried with']);
    const [workerd, deno, bun, node] = [/workerd/, /deno/, /bun/, /^node/].map((name) => versionsOf(name).join(', '));
    expect(tried).toEqual([node, bun, deno, `workerd ${workerd}`]);
  });
});
