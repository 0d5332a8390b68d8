import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { codeIn, readDocument, tableOf } from '../docs/markdown.js';
import { run, runJson, runProcess } from './command-run.js';

interface Finding {
  readonly setting: string;
  readonly message: string;
}
interface Checked {
  readonly ok: boolean;
  readonly settings: Record<string, unknown>;
  readonly keys: Record<string, Record<string, unknown> | null>;
  readonly faults: Finding[];
  readonly warnings: Finding[];
  readonly notes: Finding[];
}

const SECRET = 'a-django-secret-key-of-fifty-characters-0123456789';
const names = (findings: Finding[]): string[] => findings.map(({ setting }) => setting);

describe('check-config of a module', () => {
  const check = async (file: string, ...options: string[]): Promise<Checked & { exitCode: number | null }> => {
    const { exitCode, document } = await runJson(['check-config', file, ...options]);
    return { exitCode, ...(document as unknown as Checked) };
  };

  it('shows the settings as they came out, and finds nothing in a sound one', async () => {
    const { exitCode, settings, ...rest } = await check('sound-auth.ts', '--strict');
    expect({ exitCode, ...rest }).toEqual({ exitCode: 0, file: 'sound-auth.ts', ok: true, faults: [], warnings: [], notes: [] });
    expect(settings).toMatchObject({
      'keys.algorithms': ['EdDSA'],
      'keys.signing': 'EdDSA, kid 2027',
      'token.issuer': 'https://auth.example.com',
      'token.audience': ['app', 'billing'],
      'refresh.windowSeconds': 604_800,
      'cookie.trustedOrigins': ['https://app.example.com'],
      'sessions.store': 'other',
      'throttle.store': 'other',
      'tickets.store': 'other',
      'tickets.expiresInSeconds': 30,
    });
  });

  it('shows every setting there is, but functions and what is shown by its members', async () => {
    const documented = tableOf(readDocument('README.md'), 'Setting').map((row) => codeIn(row.Setting ?? '')[0] ?? '');
    const notShown = ['users.authenticate', 'users.findByUsername', 'trustedProxies', 'claims', 'usernameFromClaims', 'responsePayload', 'clock', 'reportError', 'onEvent'];
    const groups = ['keys', 'refresh', 'cookie', 'sessions', 'throttle', 'tickets'];
    const shown = Object.keys((await check('sound-auth.ts')).settings).filter((name) => !name.startsWith('keys.'));
    expect([...shown, ...notShown, ...groups].sort()).toEqual(documented.sort());
  });

  it('has a page for readers', async () => {
    const { exitCode, stdout, stderr } = await run(['check-config', 'plain-auth.ts']);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^plain-auth\.ts loads, and its keys sign a token and verify it\. No user was asked for\.\n\n {2}keys\.algorithms {14}HS256\n/);
    expect(stdout).toContain('  token.expiresInSeconds       300 (5 minutes)\n  token.issuer                 none\n');
    expect(stdout).toContain('\n\n2 notes\n  throttle.store is in memory: ');
    expect(stdout).toContain('\n  tickets.store is in memory: ');
  });

  it('warns of what should be another way, which fails under --strict alone', async () => {
    const { exitCode, warnings, notes } = await check('doubtful-auth.ts');
    expect(exitCode).toBe(0);
    expect(names(warnings)).toEqual(['keys', 'token.issuer and token.audience', 'token.expiresInSeconds', 'refresh.windowSeconds', 'cookie.secure', 'throttle']);
    expect(names(notes)).toEqual(['tickets.store', 'restStatus']);
    expect(await check('doubtful-auth.ts', '--strict')).toMatchObject({ exitCode: 1, ok: false, faults: [] });
    expect((await run(['check-config', 'doubtful-auth.ts', '--strict'])).stderr).toBe('trpc-jwt-auth: doubtful-auth.ts has 6 warnings, and --strict allows none.\n');
  });

  it('warns of sessions in memory, and of cookies of foreign sites', async () => {
    const { warnings, notes } = await check('memory-sessions-auth.ts');
    expect(names(warnings)).toEqual(['cookie.sameSite', 'sessions.store']);
    expect(names(notes)).toEqual(['throttle.store', 'tickets.store']);
  });

  it('warns of tickets in memory where sessions are shared, for there are several processes', async () => {
    const { warnings, notes } = await check('shared-sessions-auth.ts');
    expect([names(warnings), names(notes)]).toEqual([['tickets.store'], ['throttle.store']]);
    expect(warnings[0]?.message).toBe(
      'is in memory: a stream can be opened only at the process that made its ticket; use kyselyTickets(db) or redisTickets(client), as sessions are shared already.',
    );
  });

  it('takes the default export', async () => {
    expect(await check('default-auth.ts')).toMatchObject({ exitCode: 0, ok: true });
  });

  it('fails where the keys cannot be loaded, and says who knows why', async () => {
    const { exitCode, faults } = await check('unloadable-keys-auth.ts');
    expect([exitCode, names(faults)]).toEqual([1, ['keys']]);
    expect(faults[0]?.message).toBe('cannot be loaded; their reportError was told why.');
  });

  it.each([
    ['refused-auth.ts', 'refused-auth.ts does not load. secretKey: the secret has 9 bytes;'],
    ['no-auth.ts', 'no-auth.ts exports app, appRouter, and nothing that createJwtAuth made as auth or default; write: export const auth = '],
    ['hostile-auth.ts', 'hostile-auth.ts does not load. Error: \\u001b]0;owned\\u0007 and \\u009b31m red'],
    ['typescript-auth.ts', 'run it with: npx tsx node_modules/trpc-jwt-auth/dist/src/cli/main.js check-config typescript-auth.ts (or with Node 22.18 or later'],
    ['missing.ts', 'There is no file missing.ts.'],
    ['.', '. is no file.'],
  ])('says what is wrong with %s', async (file, message) => {
    const outcome = await run(['check-config', file]);
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    expect(outcome.stderr).toContain(message);
    const { stdout, stderr } = await run(['check-config', file, '--json']);
    expect([stdout, Object.keys(JSON.parse(stderr) as object)]).toEqual(['', ['error']]);
  });

  it('ends as a process though a server listens', async () => {
    const { exitCode, stdout, stderr } = await runProcess(['check-config', 'test/cli/configs/listening-auth.ts', '--json']);
    expect([exitCode, stderr]).toEqual([0, 'listening\n']);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true });
  });

  it('ends as a process where the module fails in the background', async () => {
    const { exitCode, stdout, stderr } = await runProcess(['check-config', 'test/cli/configs/failing-auth.ts']);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toBe('trpc-jwt-auth: Something that was begun failed; keep auth in a module that starts nothing. Error: the port is taken\n');
  });
});

describe("check-config of Django's settings", () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trpc-jwt-auth-cli-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const check = async (settings: unknown, ...options: string[]): Promise<Checked & { exitCode: number | null; output: string }> => {
    await writeFile(join(directory, 'django.json'), typeof settings === 'string' ? settings : JSON.stringify(settings));
    const page = await run(['check-config', 'django.json'], { directory });
    const { exitCode, document } = await runJson(['check-config', 'django.json', ...options], { directory });
    return { exitCode, ...(document as unknown as Checked), output: page.stdout + page.stderr };
  };

  it('tells what each key becomes', async () => {
    const { exitCode, keys, faults, warnings, output } = await check({
      SECRET_KEY: SECRET,
      JWT_AUTH: { JWT_ALGORITHM: 'HS512', JWT_EXPIRATION_DELTA: 3600, JWT_LEEWAY: 0, JWT_AUDIENCE: ['a', 'b'], JWT_ALLOW_REFRESH: true, JWT_REFRESH_EXPIRATION_DELTA: 86_400, JWT_AUTH_COOKIE: 'jwt-token' },
    });
    expect([exitCode, faults, warnings]).toEqual([0, [], []]);
    expect(keys).toEqual({
      JWT_ALGORITHM: { keys: ['HS512'] },
      JWT_EXPIRATION_DELTA: { 'token.expiresInSeconds': 3600 },
      JWT_LEEWAY: {},
      JWT_AUDIENCE: { 'token.audience': ['a', 'b'] },
      JWT_ALLOW_REFRESH: { 'refresh.windowSeconds': 86_400 },
      JWT_REFRESH_EXPIRATION_DELTA: { 'refresh.windowSeconds': 86_400 },
      JWT_AUTH_COOKIE: expect.objectContaining({ 'cookie.name': 'jwt-token' }) as unknown,
    });
    expect(output).toContain('fromDjangoSettings takes django.json, and its keys sign a token and verify it.');
    expect(output).toContain('JWT_EXPIRATION_DELTA          token.expiresInSeconds 3600 (1 hour)');
  });

  it('reads a dict with a key of drf-jwt as that package does, and says so', async () => {
    const dict = { SECRET_KEY: SECRET, JWT_AUTH: { JWT_AUTH_COOKIE: 'jwt-token', JWT_AUTH_COOKIE_SECURE: true, JWT_TOKEN_ID: 'require' } };
    const fork = await check(dict);
    expect([fork.exitCode, fork.faults]).toEqual([0, []]);
    expect(fork.keys).toMatchObject({ JWT_TOKEN_ID: { 'token.requireTokenId': true } });
    expect(fork.output).toContain("JWT_AUTH is read as drf-jwt's: give fromDjangoSettings(settings, { package: 'drf-jwt' }).");
    const original = await check(dict, '--package', 'djangorestframework-jwt');
    expect([original.exitCode, names(original.faults).sort()]).toEqual([1, ['JWT_AUTH_COOKIE_SECURE', 'JWT_TOKEN_ID']]);
    const plain = { SECRET_KEY: SECRET, JWT_AUTH: { JWT_ALLOW_REFRESH: true } };
    expect((await check(plain)).keys).toMatchObject({ JWT_ALLOW_REFRESH: { 'refresh.windowSeconds': 604_800 } });
    expect((await check(plain, '--package', 'drf-jwt')).keys).toMatchObject({ JWT_ALLOW_REFRESH: {} });
  });

  it('finds every fault at once', async () => {
    const { exitCode, faults, keys, output } = await check({
      SECRET_KEY: SECRET,
      DEBUG: true,
      JWT_AUTH: { JWT_VERIFY: false, JWT_ISSUER: 'me', JWT_LEEWAY: 'soon', JWT_AUTH_COOKIE: 'not a name', JWT_SPELING: 1, JWT_PAYLOAD_HANDLER: 'app.handler' },
    });
    expect(exitCode).toBe(1);
    expect(names(faults).sort()).toEqual(['DEBUG', 'JWT_AUTH_COOKIE', 'JWT_LEEWAY', 'JWT_PAYLOAD_HANDLER', 'JWT_SPELING', 'JWT_VERIFY']);
    expect(keys).toMatchObject({ JWT_VERIFY: null, JWT_ISSUER: { 'token.issuer': 'me' } });
    expect(output).toContain('JWT_VERIFY is false, which would accept forged or expired tokens; remove it.');
    expect(output).toContain('trpc-jwt-auth: django.json would not start: 6 faults.');
  });

  it('finds the other faults where the secret is missing', async () => {
    const { faults } = await check({ JWT_AUTH: { JWT_VERIFY: false } });
    expect(names(faults)).toEqual(['SECRET_KEY', 'JWT_VERIFY']);
    expect(names((await check({ SECRET_KEY: SECRET, JWT_AUTH: [] })).faults)).toEqual(['JWT_AUTH']);
  });

  it.each([
    ['SECRET_KEY', { SECRET_KEY: 'tops3cret' }],
    ['JWT_SECRET_KEY', { SECRET_KEY: SECRET, JWT_AUTH: { JWT_SECRET_KEY: 'tops3cret' } }],
  ])('warns of a short %s, and does not say it', async (name, settings) => {
    const { exitCode, warnings, output } = await check(settings);
    expect([exitCode, names(warnings)]).toEqual([0, [name]]);
    expect((await check(settings, '--strict')).exitCode).toBe(1);
    expect(output).not.toContain('tops3cret');
  });

  it('warns of what it becomes', async () => {
    const { warnings } = await check({ SECRET_KEY: SECRET, JWT_AUTH: { JWT_EXPIRATION_DELTA: 30 * 86_400 } });
    expect(names(warnings)).toEqual(['token.expiresInSeconds']);
  });

  it.each(['{"SECRET_KEY":"tops3cret", x', '{"SECRET_KEY":"tops3cret"', 'tops3cret', '{"JWT_AUTH": tops3cret}', '["tops3cret"]', ''])('says of %s that it is none, and quotes none of it', async (text) => {
    await writeFile(join(directory, 'broken.json'), text);
    for (const options of [[], ['--json']]) {
      const { exitCode, stdout, stderr } = await run(['check-config', 'broken.json', ...options], { directory });
      expect([exitCode, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/broken\.json is (not JSON|no object)/);
      expect(stderr).not.toContain('tops3');
    }
  });
});
