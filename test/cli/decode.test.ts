import { describe, expect, it } from 'vitest';

import { run, runJson } from './command-run.js';

const NOW = 1_700_000_000;
const encode = (part: unknown): string => Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
const tokenOf = (claims: unknown, header: unknown = { typ: 'JWT', alg: 'HS256' }): string => [encode(header), encode(claims), 'c2lnbmF0dXJl'].join('.');

describe('decode', () => {
  it('shows what a token says, and what nobody verified', async () => {
    const outcome = await run(['decode', tokenOf({ user_id: 1, username: 'ada', exp: NOW + 240, iat: NOW - 60, orig_iat: NOW - 7200 })]);
    expect(outcome).toMatchObject({ exitCode: 0, stderr: '' });
    expect(outcome.stdout).toBe(
      [
        'Header',
        '  typ  "JWT"',
        '  alg  "HS256"',
        '',
        'Claims',
        '  user_id   1',
        '  username  "ada"',
        '  exp       1700000240  2023-11-14T22:17:20Z, in 4 minutes',
        '  iat       1699999940  2023-11-14T22:12:20Z, 1 minute ago',
        '  orig_iat  1699992800  2023-11-14T20:13:20Z, 2 hours ago',
        '',
        '  Kind    access token',
        '  Expiry  good for 4 minutes, by the clock of this machine',
        'Not verified: signature, issuer, audience, user, session.',
        '',
      ].join('\n'),
    );
  });

  it('reads the token from stdin, which leaves no trace in a history', async () => {
    const token = tokenOf({ username: 'ada' });
    for (const args of [['decode'], ['decode', '-']]) expect((await run(args, { stdin: `${token}\n` })).stdout).toContain('"ada"');
    expect((await run(['decode', '--help'])).stdout).toContain('history');
  });

  it.each([
    [NOW - 180, 'expired 3 minutes ago'],
    [NOW + 0.5, 'good for 0 seconds'],
    [NOW, 'good for 0 seconds'],
    [NOW + 1, 'good for 1 second'],
    [NOW + 90_000, 'good for 1 day'],
    [undefined, 'a token without one is refused'],
    ['1700000000', 'a token with such an exp is refused'],
    [1e300, 'a token with such an exp is refused'],
  ])('says of exp %j: %s', async (exp, text) => {
    const { exitCode, stdout } = await run(['decode', tokenOf({ exp })]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`Expiry  ${exp === undefined ? 'none, and ' : typeof exp !== 'number' || exp > 1e20 ? 'no time, and ' : ''}${text}`);
  });

  it.each([
    [{ alg: 'HS256' }, 'access token'],
    [{ alg: 'HS256', typ: 'jwt' }, 'access token'],
    [{ alg: 'HS256', typ: 'refresh+jwt' }, 'refresh token'],
    [{ alg: 'HS256', typ: 'at+jwt' }, 'of another purpose (typ "at+jwt")'],
    [{ alg: 'HS256', typ: 7 }, 'of another purpose (typ 7)'],
  ])('says of the header %j: %s', async (header, kind) => {
    expect((await run(['decode', tokenOf({}, header)])).stdout).toContain(`Kind    ${kind}`);
  });

  it('gives programs a document', async () => {
    const { document } = await runJson(['decode', tokenOf({ exp: NOW - 10, a: 1 })]);
    expect(document).toEqual({
      kind: 'access',
      header: { typ: 'JWT', alg: 'HS256' },
      claims: { exp: NOW - 10, a: 1 },
      times: { exp: '2023-11-14T22:13:10Z' },
      expires_in_seconds: -10,
      not_verified: ['signature', 'issuer', 'audience', 'user', 'session'],
    });
  });

  it.each([
    ['eyJhbGciOiJkaXIifQ..aXY.Y2lwaGVy.dGFn', 'it is a JWE'],
    ['hello', 'it has one part'],
    ['a.b.c.d', 'it has 4 parts'],
    [`${'a'.repeat(9000)}.b.c`, 'longer than the 8192'],
    [tokenOf({}).replace('.', '=.'), 'its header is not base64url'],
    [`${encode({})}.${encode({})}.+/`, 'its signature is not base64url'],
    [`${encode('secret-in-the-text')}.${encode({})}.c2ln`, 'its header is not JSON'],
    [`${encode({})}.${encode('[1]')}.c2ln`, 'its claims is JSON, but no object'],
    [`${encode({})}.${Buffer.from([0xff, 0xfe]).toString('base64url')}.c2ln`, 'its claims is not JSON'],
    [`JWT ${tokenOf({})}`, 'it has a space in it'],
    ['..', 'its header is not base64url'],
  ])('refuses %.40s: %s', async (token, reason) => {
    for (const outcome of [await run(['decode', token]), await run(['decode'], { stdin: token })]) {
      expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
      expect(outcome.stderr).toContain(reason);
      expect(outcome.stderr).not.toContain('secret-in-the-text');
    }
    const { stderr } = await run(['decode', token, '--json']);
    expect((JSON.parse(stderr) as { error: { message: string } }).error.message).toContain(reason);
  });

  it('reads no more of an endless input than it needs', async () => {
    expect((await run(['decode'], { stdin: 'a'.repeat(10_000_000) })).stderr).toContain('longer than the 8192');
  });

  it('asks for a token where there is none', async () => {
    expect(await run(['decode'], { isTTY: true })).toMatchObject({ exitCode: 2, stdout: '' });
    expect(await run(['decode'])).toMatchObject({ exitCode: 2, stdout: '' });
  });
});

describe('a token that attacks the terminal', () => {
  const ATTACKS = ['\u001B]0;owned\u0007', '\u001B[2J', '\u009B31m', '\u0000', '\r overwritten', '\u007F', '\u202Emoc.live', '\u2066', '\u200B', '\u2028', '\uFEFF', '\u{E0041}', 'a\nNot verified: nothing.'];
  // Whatever a terminal obeys, hides or reorders; a line may end, but not inside a value.
  const FORBIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
  const lines = (text: string): string[] => text.split('\n');

  it.each(ATTACKS.map((attack) => [[...attack].map((each) => each.codePointAt(0)?.toString(16)).join(' '), attack] as const))('cannot with %s, in a claim, its name or the header', async (_codes, attack) => {
    const token = tokenOf({ username: attack, [attack]: 1, deep: [{ [attack]: attack }] }, { alg: attack, typ: attack });
    for (const args of [['decode', token], ['decode', token, '--json']]) {
      const { exitCode, stdout } = await run(args);
      expect(exitCode).toBe(0);
      expect(lines(stdout).filter((line) => FORBIDDEN.test(line))).toEqual([]);
      expect(lines(stdout).filter((line) => line === 'Not verified: nothing.')).toEqual([]);
    }
    const { document } = await runJson(['decode', token]);
    expect(document.claims).toEqual({ username: attack, [attack]: 1, deep: [{ [attack]: attack }] });
  });

  it('cannot with a member named __proto__', async () => {
    const { stdout } = await run(['decode', `${encode({ alg: 'HS256' })}.${encode('{"__proto__":{"username":"root"},"username":"ada"}')}.c2ln`]);
    expect(stdout).toContain('__proto__  {"username":"root"}');
    expect(stdout).toContain('username   "ada"');
  });
});
