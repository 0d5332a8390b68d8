import type { AuthErrorCode } from 'trpc-jwt-auth';

interface Row {
  /** Status of a REST answer; at a token URL with `restStatus: 'drf'` the second. */
  readonly rest: number;
  readonly drf: number;
  readonly trpc: string;
  readonly message: string;
  readonly protectedMessage?: string;
}

const unauthorized = (message: string, drf: 400 | 401 = 400): Row => ({ rest: 401, drf, trpc: 'UNAUTHORIZED 401', message });

/** The table of errors as documented, written down a second time: the package's own must not vouch for itself. */
export const ERROR_TABLE = {
  VALIDATION_FAILED: { rest: 400, drf: 400, trpc: 'BAD_REQUEST 400', message: 'Invalid input.' },
  INVALID_CREDENTIALS: unauthorized('Unable to log in with provided credentials.'),
  ACCOUNT_DISABLED: unauthorized('User account is disabled.'),
  TOKEN_EXPIRED: unauthorized('Signature has expired.'),
  TOKEN_UNDECODABLE: unauthorized('Error decoding signature.'),
  TOKEN_REJECTED: unauthorized('Incorrect authentication credentials.'),
  TOKEN_PAYLOAD_INVALID: unauthorized('Invalid payload.'),
  USER_NOT_FOUND: { ...unauthorized("User doesn't exist."), protectedMessage: 'Invalid signature.' },
  REFRESH_NOT_ALLOWED: unauthorized('orig_iat field is required.'),
  REFRESH_EXPIRED: unauthorized('Refresh has expired.'),
  TOKEN_REVOKED: unauthorized('Token has been revoked.'),
  NOT_AUTHENTICATED: unauthorized('Authentication credentials were not provided.', 401),
  HEADER_INVALID: unauthorized('Invalid Authorization header.', 401),
  CSRF_FAILED: { rest: 403, drf: 403, trpc: 'FORBIDDEN 403', message: 'CSRF Failed: Origin checking failed.' },
  PERMISSION_DENIED: { rest: 403, drf: 403, trpc: 'FORBIDDEN 403', message: 'You do not have permission to perform this action.' },
  THROTTLED: { rest: 429, drf: 429, trpc: 'TOO_MANY_REQUESTS 429', message: 'Request was throttled.' },
  SERVER_ERROR: { rest: 500, drf: 500, trpc: 'INTERNAL_SERVER_ERROR 500', message: 'A server error occurred.' },
  STORE_UNAVAILABLE: { rest: 503, drf: 503, trpc: 'SERVICE_UNAVAILABLE 503', message: 'Authentication is temporarily unavailable.' },
} as const satisfies Partial<Record<AuthErrorCode, Row>>;

export type TabledCode = keyof typeof ERROR_TABLE;

/** A code's row. */
export function tableRow(code: AuthErrorCode): Row {
  const row: Row | undefined = (ERROR_TABLE as Partial<Record<AuthErrorCode, Row>>)[code];
  if (row === undefined) throw new Error(`${code} is not in the table; add it`);
  return row;
}
