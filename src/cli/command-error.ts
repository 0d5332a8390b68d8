import { AUTH_ERRORS } from '../core/errors.js';

/** Why a command ends: 1 it failed, 2 it was used wrongly. */
export interface CommandErrorOptions {
  readonly exitCode?: 1 | 2;
  /** A stable name, where there is one. */
  readonly code?: string;
}

/** A failure whose message is all there is to say. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: 1 | 2;
  readonly code: string | undefined;

  constructor(message: string, { exitCode = 1, code }: CommandErrorOptions = {}) {
    super(message);
    this.exitCode = exitCode;
    this.code = code;
  }
}

/** Any thrown value as a CommandError. Told by name, for a module under check may have a copy of this package of its own. */
export function asCommandError(thrown: unknown): CommandError {
  if (thrown instanceof CommandError) return thrown;
  if (!(thrown instanceof Error)) return new CommandError(`Something was thrown that is no Error (${typeof thrown}).`);
  if (thrown.name === 'AuthError' && 'code' in thrown && typeof thrown.code === 'string' && Object.hasOwn(AUTH_ERRORS, thrown.code)) {
    // The cause is for a log, and this is the operator's own terminal.
    const cause = thrown.cause instanceof Error ? ` ${asCommandError(thrown.cause).message}` : '';
    return new CommandError(thrown.message + cause, { code: thrown.code });
  }
  return new CommandError(thrown.name === 'ConfigurationError' ? thrown.message : `${thrown.name}: ${thrown.message}`);
}

/** The `code` of an error of Node's. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
