import { describe, expect, it } from 'vitest';

import { auth } from './configs/plain-auth.js';
import { run, runJson, runProcess } from './command-run.js';

describe('issue', () => {
  it('prints a token that the server takes, and nothing else', async () => {
    const { exitCode, stdout, stderr } = await run(['issue', 'ada', '--config', 'plain-auth.ts']);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect((await auth.verifyToken(stdout.trimEnd())).user).toMatchObject({ username: 'ada' });
  });

  it('says to programs whose it is, and until when', async () => {
    const { document } = await runJson(['issue', 'ada', '--config', 'plain-auth.ts']);
    const { claims } = await auth.verifyToken(String(document.token));
    expect(document).toEqual({ token: document.token, expires_at: claims.exp, user_id: 1, username: 'ada' });
  });

  it.each([
    ['nobody', 'USER_NOT_FOUND', "User doesn't exist."],
    ['grace', 'ACCOUNT_DISABLED', 'User account is disabled.'],
  ])('refuses %s: %s', async (username, code, message) => {
    expect(await run(['issue', username, '--config', 'plain-auth.ts'])).toEqual({ exitCode: 1, stdout: '', stderr: `trpc-jwt-auth: ${message}\n` });
    const { stdout, stderr } = await run(['issue', username, '--config', 'plain-auth.ts', '--json']);
    expect([stdout, JSON.parse(stderr)]).toEqual(['', { error: { code, message } }]);
  });

  it('refuses to make a token of a session that no server has', async () => {
    const outcome = await run(['issue', 'ada', '--config', 'memory-sessions-auth.ts']);
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    expect(outcome.stderr).toContain('in the memory of the server');
  });

  it('hides nothing of what went wrong in the user table', async () => {
    const outcome = await run(['issue', 'ada', '--config', 'unasked-auth.ts']);
    expect(outcome).toEqual({ exitCode: 1, stdout: '', stderr: 'trpc-jwt-auth: Error: the user table was asked\n' });
  });

  it('ends as a process though a server listens, and keeps what that prints out of the token', async () => {
    const { exitCode, stdout, stderr } = await runProcess(['issue', 'ada', '--config', 'test/cli/configs/listening-auth.ts']);
    expect([exitCode, stderr]).toEqual([0, 'listening\n']);
    expect((await auth.verifyToken(stdout.trimEnd())).user).toMatchObject({ username: 'ada' });
  });
});
