import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';

import { createJwtAuth, secretKey } from 'trpc-jwt-auth';
import type { JwtAuth } from 'trpc-jwt-auth';
import { fromDjangoSettings } from 'trpc-jwt-auth/django';
import { passwordAuthenticator } from 'trpc-jwt-auth/passwords';
import { memorySessions } from 'trpc-jwt-auth/stores/memory';
import { describe, expect, it } from 'vitest';

import { AUTH_ERRORS } from '../../src/core/errors.js';
import { codeIn, readDocument, ROOT, tableOf } from './markdown.js';

const readme = readDocument('README.md');
const errors = readDocument('docs/errors.md');
const django = readDocument('docs/django.md');

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
      ...['token', 'refresh', 'cookie', 'sessions', 'throttle'].flatMap((group) => knownNames(() => create({ ...settings, [group]: { nope: 1 } }))),
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
    trustedProxies: 0,
    onEvent: undefined,
    claims: plain.ownClaims,
    'token.expiresInSeconds': plain.expiresInSeconds,
    'token.issuer': plain.issuer,
    'token.audience': plain.audience,
    'token.leewaySeconds': plain.leewaySeconds,
    'token.headerPrefix': plain.headerPrefix,
    'refresh.windowSeconds': plain.refresh === false ? false : plain.refresh.windowSeconds,
    'cookie.secure': withCookie.cookie?.secure,
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
    } else if (name === 'throttle') expect(plain.throttle).toBeDefined();
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
  const read = (JWT_AUTH: object): ReturnType<typeof fromDjangoSettings> => fromDjangoSettings({ SECRET_KEY: SECRET, JWT_AUTH: JWT_AUTH });
  const taken = tableOf(django, 'Key').map((row) => [codeIn(row.Key ?? '')[0] ?? '', codeIn(row.Default ?? '')[0] ?? ''] as const);
  const refused = tableOf(django, 'Refused key').map((row) => codeIn(row['Refused key'] ?? '')[0] ?? '');

  it('are those fromDjangoSettings has', () => {
    const source = readFileSync(join(ROOT, 'src/django/django-settings.ts'), 'utf8');
    const known = new Set([...source.matchAll(/^ {2}'?(JWT_\w+)'?[,:]/gm)].map(([, name = '']) => name));
    expect([...taken.map(([name]) => name), ...refused].sort()).toEqual([...known].sort());
  });

  it.each(taken)('%s is taken, and is %s by default', (name, fallback) => {
    const value: unknown = fallback === 'SECRET_KEY' ? SECRET : JSON.parse(fallback.replaceAll("'", '"'));
    const { keys, ...rest } = read({ [name]: value });
    const { keys: sameKeys, ...same } = read({});
    expect(rest).toEqual(same);
    expect([...keys.algorithms]).toEqual([...sameKeys.algorithms]);
  });

  it.each(refused)('%s is refused, unless null', (name) => {
    expect(() => read({ [name]: null })).not.toThrow();
    expect(() => read({ [name]: 'app.handlers.x' })).toThrow(`JWT_AUTH.${name} `);
  });
});
