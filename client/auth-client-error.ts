import type { AuthErrorCode } from '../src/core/errors.js';

/** A code of the server, or one of the client's own: UNREACHABLE (no connection, no answer in time, or one that is none of the server's), SIGNED_OUT (there is no token to send). */
export type AuthClientErrorCode = AuthErrorCode | 'UNREACHABLE' | 'SIGNED_OUT';

/** What an AuthClientError may have beside its code. */
export interface AuthClientErrorOptions {
  readonly fieldErrors?: Record<string, string[]> | null | undefined;
  readonly retryAfterSeconds?: number | null | undefined;
  readonly cause?: unknown;
}

/**
 * Why an operation of the client failed.
 *
 * @example
 * ```ts
 * import { AuthClientError } from 'trpc-jwt-auth/client';
 *
 * const error = new AuthClientError('THROTTLED', 'Request was throttled.', { retryAfterSeconds: 60 });
 * console.log(error.code, error.retryAfterSeconds); // THROTTLED 60
 * ```
 */
export class AuthClientError extends Error {
  override readonly name = 'AuthClientError';
  readonly code: AuthClientErrorCode;
  /** Messages by input field; null where the input was not at fault. */
  readonly fieldErrors: Record<string, string[]> | null;
  /** When to try again, in seconds; null where nobody knows. */
  readonly retryAfterSeconds: number | null;

  constructor(code: AuthClientErrorCode, message: string, { fieldErrors = null, retryAfterSeconds = null, cause }: AuthClientErrorOptions = {}) {
    super(message, { cause });
    this.code = code;
    this.fieldErrors = fieldErrors;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Any thrown value as an AuthClientError. */
export function clientError(thrown: unknown): AuthClientError {
  return thrown instanceof AuthClientError ? thrown : new AuthClientError('UNREACHABLE', 'The server cannot be reached.', { cause: thrown });
}

/** There is no token to send. */
export function signedOut(): AuthClientError {
  return new AuthClientError('SIGNED_OUT', 'No authentication token available');
}
