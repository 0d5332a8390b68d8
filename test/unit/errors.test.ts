import { describe, expect, it, vi } from 'vitest';
import { AuthError, ConfigurationError, createJwtAuth, secretKey } from 'trpc-jwt-auth';
import type { AuthErrorCode, ReportError } from 'trpc-jwt-auth';

import { asAuthError, AUTH_ERRORS, protectedError } from '../../src/core/errors.js';
import { ERROR_TABLE } from '../parity/error-table.js';

describe('AuthError', () => {
  it('has a code, the table’s message, a name and no fields', () => {
    const error = new AuthError('TOKEN_EXPIRED');
    expect(error).toBeInstanceOf(Error);
    expect([error.name, error.code, error.message, error.fieldErrors, error.cause]).toEqual(['AuthError', 'TOKEN_EXPIRED', 'Signature has expired.', undefined, undefined]);
    expect(String(error)).toBe('AuthError: Signature has expired.');
    expect('cause' in error).toBe(false);
  });

  it('may have a message, fields and a cause of its own', () => {
    const cause = new Error('inside');
    const error = new AuthError('VALIDATION_FAILED', { message: 'No.', fieldErrors: { otp: ['Wrong.'] }, cause });
    expect([error.message, error.fieldErrors, error.cause]).toEqual(['No.', { otp: ['Wrong.'] }, cause]);
  });

  it('shows its cause to nobody who writes it as JSON', () => {
    expect(JSON.stringify(new AuthError('SERVER_ERROR', { cause: new Error('hunter2') }))).not.toContain('hunter2');
  });
});

describe('ConfigurationError', () => {
  it('has a name of its own', () => {
    const error = new ConfigurationError('x is missing; give one.');
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(AuthError);
    expect(String(error)).toBe('ConfigurationError: x is missing; give one.');
  });
});

describe('the table', () => {
  const rows = Object.entries(ERROR_TABLE) as [AuthErrorCode, { rest: number; trpc: string; message: string; protectedMessage?: string }][];

  it.each(rows)('%s is as documented', (code, { rest, trpc, message, protectedMessage }) => {
    const row: { status: number; trpc: string; message: string; protectedMessage?: string } = AUTH_ERRORS[code];
    expect([row.status, row.trpc, row.message, row.protectedMessage]).toEqual([rest, trpc.split(' ')[0], message, protectedMessage]);
  });

  it('every message is a sentence', () => {
    for (const { message } of Object.values(AUTH_ERRORS)) expect(message).toMatch(/^[A-Zo].*\.$/);
  });
});

describe('whatever is thrown, as an AuthError', () => {
  it('one of ours as it is, unreported', () => {
    const report = vi.fn();
    const error = new AuthError('INVALID_CREDENTIALS', { cause: new Error('inside') });
    expect(asAuthError(error, report)).toBe(error);
    expect(report).not.toHaveBeenCalled();
  });

  it('one of ours that is the server’s fault: its cause is reported', () => {
    const report = vi.fn();
    const cause = new Error('connection refused');
    const error = new AuthError('STORE_UNAVAILABLE', { cause });
    expect(asAuthError(error, report)).toBe(error);
    expect(report.mock.calls).toEqual([[cause]]);
  });

  it.each([new Error('inside'), 'a string', undefined, null, { code: 'TOKEN_EXPIRED' }])('%s: reported, and hidden', (thrown) => {
    const report = vi.fn();
    const error = asAuthError(thrown, report);
    expect([error.code, error.message]).toEqual(['SERVER_ERROR', 'A server error occurred.']);
    expect(report.mock.calls).toEqual([[thrown]]);
  });

  it('at a protected endpoint an unknown user reads as an invalid signature', () => {
    expect(protectedError(new AuthError('USER_NOT_FOUND'))).toMatchObject({ code: 'USER_NOT_FOUND', message: 'Invalid signature.' });
    const other = new AuthError('TOKEN_EXPIRED');
    expect(protectedError(other)).toBe(other);
  });
});

const GOOD = { keys: secretKey('0123456789abcdef0123456789abcdef'), users: { authenticate: () => null, findByUsername: () => null } };

/** What is written to the console while a report is made. */
async function logged(error: unknown, reportError?: ReportError): Promise<string[]> {
  const lines: string[] = [];
  const written = vi.spyOn(console, 'error').mockImplementation((line: string) => void lines.push(line));
  createJwtAuth({ ...GOOD, ...(reportError !== undefined && { reportError }) }).settings.reportError(error);
  await Promise.resolve().then(() => Promise.resolve());
  written.mockRestore();
  return lines;
}

describe('the log by default', () => {
  it('is a line with the kind of the error, and nothing of its message', async () => {
    const error = Object.assign(new TypeError("select 'hunter2'"), { code: 'ECONNREFUSED' });
    expect(await logged(error)).toEqual(['trpc-jwt-auth: unexpected TypeError (ECONNREFUSED); set reportError to see the whole of it']);
  });

  it('is the whole message of a ConfigurationError, which is ours', async () => {
    expect((await logged(new ConfigurationError('x is missing; give one.'))).join()).toContain('ConfigurationError: x is missing; give one.');
  });

  it('tells of what is no error', async () => {
    expect(await logged('hunter2')).toEqual(['trpc-jwt-auth: something thrown that is no Error (string); set reportError to see the whole of it']);
  });

  it('stays one line', async () => {
    const error = new Error('x');
    error.name = 'Odd\nName';
    expect((await logged(error)).join().split('\n')).toHaveLength(1);
  });
});

describe('a log of the app’s own', () => {
  it('gets the error itself, and nothing is written', async () => {
    const report = vi.fn();
    const error = new Error('inside');
    expect(await logged(error, report)).toEqual([]);
    expect(report.mock.calls).toEqual([[error]]);
  });

  it('that throws is no second failure', async () => {
    const report = (): never => {
      throw new TypeError('the log is down');
    };
    expect(await logged(new Error('inside'), report)).toEqual([expect.stringContaining('unexpected TypeError')]);
  });

  it('that rejects is none either: an unhandled rejection would end the process', async () => {
    const then = vi.fn((_fulfilled: unknown, reject: (reason: unknown) => void) => reject(new TypeError('the log is down')));
    await logged(new Error('inside'), () => ({ then }) as unknown as undefined);
    expect(then).toHaveBeenCalledWith(expect.any(Function), expect.any(Function));
  });
});
