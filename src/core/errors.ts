type TRPCCode =
  | 'BAD_REQUEST'
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'METHOD_NOT_SUPPORTED'
  | 'PAYLOAD_TOO_LARGE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'TOO_MANY_REQUESTS'
  | 'INTERNAL_SERVER_ERROR'
  | 'SERVICE_UNAVAILABLE';

interface ErrorRow {
  /** HTTP status of a REST answer. */
  readonly status: number;
  readonly trpc: TRPCCode;
  /** Where a token URL puts the message: under its field, under `non_field_errors`, or as `detail`. */
  readonly body: 'fields' | 'non_field_errors' | 'detail';
  readonly message: string;
  /** The message at a protected endpoint, where it differs. */
  readonly protectedMessage?: string;
}

/** The one table of what can go wrong: code, REST status, tRPC code, message. Nothing else decides a status. */
export const AUTH_ERRORS = {
  VALIDATION_FAILED: { status: 400, trpc: 'BAD_REQUEST', body: 'fields', message: 'Invalid input.' },
  INVALID_CREDENTIALS: { status: 401, trpc: 'UNAUTHORIZED', body: 'non_field_errors', message: 'Unable to log in with provided credentials.' },
  ACCOUNT_DISABLED: { status: 401, trpc: 'UNAUTHORIZED', body: 'non_field_errors', message: 'User account is disabled.' },
  TOKEN_EXPIRED: { status: 401, trpc: 'UNAUTHORIZED', body: 'non_field_errors', message: 'Signature has expired.' },
  TOKEN_UNDECODABLE: { status: 401, trpc: 'UNAUTHORIZED', body: 'non_field_errors', message: 'Error decoding signature.' },
  TOKEN_REJECTED: { status: 401, trpc: 'UNAUTHORIZED', body: 'non_field_errors', message: 'Incorrect authentication credentials.' },
  TOKEN_PAYLOAD_INVALID: { status: 401, trpc: 'UNAUTHORIZED', body: 'non_field_errors', message: 'Invalid payload.' },
  USER_NOT_FOUND: { status: 401, trpc: 'UNAUTHORIZED', body: 'non_field_errors', message: "User doesn't exist.", protectedMessage: 'Invalid signature.' },
  REFRESH_NOT_ALLOWED: { status: 401, trpc: 'UNAUTHORIZED', body: 'non_field_errors', message: 'orig_iat field is required.' },
  REFRESH_EXPIRED: { status: 401, trpc: 'UNAUTHORIZED', body: 'non_field_errors', message: 'Refresh has expired.' },
  TOKEN_REVOKED: { status: 401, trpc: 'UNAUTHORIZED', body: 'non_field_errors', message: 'Token has been revoked.' },
  NOT_AUTHENTICATED: { status: 401, trpc: 'UNAUTHORIZED', body: 'detail', message: 'Authentication credentials were not provided.' },
  HEADER_INVALID: { status: 401, trpc: 'UNAUTHORIZED', body: 'detail', message: 'Invalid Authorization header.' },
  TICKET_INVALID: { status: 401, trpc: 'UNAUTHORIZED', body: 'detail', message: 'Ticket is not valid any more.' },
  CSRF_FAILED: { status: 403, trpc: 'FORBIDDEN', body: 'detail', message: 'CSRF Failed: Origin checking failed.' },
  PERMISSION_DENIED: { status: 403, trpc: 'FORBIDDEN', body: 'detail', message: 'You do not have permission to perform this action.' },
  COOKIE_UNSUPPORTED: {
    status: 400,
    trpc: 'BAD_REQUEST',
    body: 'detail',
    message: 'This response cannot carry a cookie; call authentication procedures over a plain HTTP request, not a stream.',
  },
  PARSE_ERROR: { status: 400, trpc: 'BAD_REQUEST', body: 'detail', message: 'Malformed request.' },
  METHOD_NOT_ALLOWED: { status: 405, trpc: 'METHOD_NOT_SUPPORTED', body: 'detail', message: 'Method not allowed.' },
  NOT_ACCEPTABLE: { status: 406, trpc: 'BAD_REQUEST', body: 'detail', message: 'Could not satisfy the request Accept header.' },
  PAYLOAD_TOO_LARGE: { status: 413, trpc: 'PAYLOAD_TOO_LARGE', body: 'detail', message: 'Request body is too large.' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, trpc: 'UNSUPPORTED_MEDIA_TYPE', body: 'detail', message: 'Unsupported media type in request.' },
  THROTTLED: { status: 429, trpc: 'TOO_MANY_REQUESTS', body: 'detail', message: 'Request was throttled.' },
  SERVER_ERROR: { status: 500, trpc: 'INTERNAL_SERVER_ERROR', body: 'detail', message: 'A server error occurred.' },
  STORE_UNAVAILABLE: { status: 503, trpc: 'SERVICE_UNAVAILABLE', body: 'detail', message: 'Authentication is temporarily unavailable.' },
} as const satisfies Record<string, ErrorRow>;

/** What went wrong, as a stable name: `error.data.authCode` over tRPC, the header `Auth-Error-Code` over REST. */
export type AuthErrorCode = keyof typeof AUTH_ERRORS;

/** Messages by field; those of no field are under `non_field_errors`. */
export type FieldErrors = Record<string, string[]>;

/** What an AuthError may have beside its code. */
export interface AuthErrorOptions {
  /** Replaces the table's message. It is shown to clients. */
  readonly message?: string;
  /** Messages by input field, shown to clients. */
  readonly fieldErrors?: FieldErrors;
  /** When to try again, in seconds; the header Retry-After. */
  readonly retryAfterSeconds?: number;
  /** Kept for the log, never shown. */
  readonly cause?: unknown;
}

/**
 * An authentication failure with a code, and a message safe to show.
 *
 * @example
 * ```ts
 * import { AuthError } from 'trpc-jwt-auth';
 *
 * const error = new AuthError('ACCOUNT_DISABLED');
 * console.log(error.message); // User account is disabled.
 * ```
 */
export class AuthError extends Error {
  override readonly name = 'AuthError';
  readonly code: AuthErrorCode;
  readonly fieldErrors: FieldErrors | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: AuthErrorCode, options: AuthErrorOptions = {}) {
    super(options.message ?? AUTH_ERRORS[code].message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.fieldErrors = options.fieldErrors;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/**
 * A mistake in the app's settings or code: names the setting and says how to mend it.
 *
 * @example
 * ```ts
 * import { ConfigurationError, secretKey } from 'trpc-jwt-auth';
 *
 * try {
 *   secretKey('too short');
 * } catch (error) {
 *   console.log(error instanceof ConfigurationError); // true
 * }
 * ```
 */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** The table's row of a code. */
export function errorRow(code: AuthErrorCode): ErrorRow {
  return AUTH_ERRORS[code];
}

/** Any thrown value as an AuthError: one of ours as it is, anything else reported and hidden behind SERVER_ERROR. */
export function asAuthError(thrown: unknown, report: (error: unknown) => void): AuthError {
  if (thrown instanceof AuthError) {
    if (thrown.cause !== undefined && errorRow(thrown.code).status >= 500) report(thrown.cause);
    return thrown;
  }
  report(thrown);
  return new AuthError('SERVER_ERROR', { cause: thrown });
}

/** The error as a protected endpoint says it: an unknown user there reads as an invalid signature. */
export function protectedError(error: AuthError): AuthError {
  const message = errorRow(error.code).protectedMessage;
  return message === undefined ? error : new AuthError(error.code, { message, cause: error.cause });
}
