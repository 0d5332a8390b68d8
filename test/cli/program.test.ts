import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { ROOT, run, runProcess } from './command-run.js';

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
const COMMANDS = ['secret', 'keypair', 'decode', 'issue', 'check-config', 'openapi'];

describe('the command line', () => {
  it('says its version', async () => {
    expect(await run(['--version'])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('lists its commands, as help where asked and as an error where not', async () => {
    const { exitCode, stdout, stderr } = await run(['--help']);
    expect([exitCode, stderr]).toEqual([0, '']);
    for (const command of COMMANDS) expect(stdout).toContain(`\n  ${command} `);
    expect(await run([])).toEqual({ exitCode: 2, stdout: '', stderr: stdout });
  });

  it.each(COMMANDS)('%s has help with an example, and --json', async (command) => {
    const { exitCode, stdout } = await run([command, '--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(new RegExp(`\nExamples?:\n.*npx trpc-jwt-auth ${command}`));
    expect(stdout).toContain('--json');
  });

  it.each([
    [['secert'], "Unknown command 'secert' (Did you mean secret?)"],
    [['check'], "Unknown command 'check'"],
    [['secret', '--byte', '40'], "Unknown option '--byte' (Did you mean --bytes?)"],
    [['decode', 'a', 'b'], 'Too many arguments'],
    [['issue', 'ada'], "'--config <file>' not specified"],
    [['check-config'], "Missing required argument 'file'"],
    [['openapi'], "Missing required argument 'file'"],
    [['openapi', 'auth.js', '--version-of-api', '2'], "Unknown option '--version-of-api'"],
  ])('refuses %j as wrong usage', async (args, message) => {
    const outcome = await run(args);
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
    expect(outcome.stderr).toMatch(/^trpc-jwt-auth: [^\n]+\n$/);
    expect(outcome.stderr).toContain(message);
    const { stderr } = await run([...args, '--json']);
    expect((JSON.parse(stderr) as { error: { message: string } }).error.message).toContain(message);
  });

  it('works as a process: arguments, stdin, streams and exit code', async () => {
    const secret = await runProcess(['secret']);
    expect(secret).toMatchObject({ exitCode: 0, stderr: '' });
    expect(Buffer.from(secret.stdout, 'base64')).toHaveLength(48);
    const token = `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.${Buffer.from('{"username":"ada"}').toString('base64url')}.c2ln`;
    expect(await runProcess(['decode'], token)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('"ada"') as string });
    expect(await runProcess(['decode', '-', '--json'], 'garbage')).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringMatching(/^\{"error":\{"message":"This is not a JWT: /) as string });
    expect(await runProcess(['nothing'])).toMatchObject({ exitCode: 2, stdout: '' });
  });
});
