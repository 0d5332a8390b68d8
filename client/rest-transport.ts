import { AuthClientError } from './auth-client-error.js';
import type { AuthClientErrorCode } from './auth-client-error.js';
import type { ServerFetch } from './requests.js';
import { readClaims, userIn } from './token-claims.js';
import type { Call, OperationName, SessionAnswer } from './transport.js';

/** Where a server answers the operations. */
export interface RestPaths {
  readonly obtain: string;
  readonly refresh: string;
  readonly verify: string;
  readonly logout: string;
  readonly logoutAll: string;
  readonly sessions: string;
}

/** The URLs of the specification, and those of sessions. */
export const REST_PATHS: RestPaths = {
  obtain: '/api-token-auth/',
  refresh: '/api-token-refresh/',
  verify: '/api-token-verify/',
  logout: '/api-token-logout/',
  logoutAll: '/api-token-logout-all/',
  sessions: '/api-token-sessions/',
};

/** Carries operations to REST endpoints: this package's, or those of a Django server that has not moved yet. */
export function restCall(baseUrl: string, paths: RestPaths, fetch: ServerFetch): Call {
  const root = baseUrl.replace(/\/$/, '');
  return async (operation, input, { headers, signal }) => {
    const [method, path] = requestOf(operation, input, paths);
    const body = method === 'POST' && input !== undefined ? JSON.stringify(input) : operation === 'me' ? JSON.stringify(tokenIn(headers)) : undefined;
    let response: Response;
    let answer: unknown;
    try {
      response = await fetch(root + path, { method, headers: { ...headers, ...(body !== undefined && { 'Content-Type': 'application/json' }) }, ...(body !== undefined && { body }), ...(signal && { signal }) });
      // A server of before has no sessions to end.
      if (operation === 'logout' && (response.status === 404 || response.status === 405)) return {};
      answer = await response.json();
    } catch (cause) {
      throw signal?.aborted === true ? cause : new AuthClientError('UNREACHABLE', 'The server cannot be reached.', { cause });
    }
    if (!response.ok) throw errorOf(operation, response, answer);
    return operation === 'me' ? meOf(answer as SessionAnswer) : answer;
  };
}

function requestOf(operation: OperationName, input: unknown, paths: RestPaths): readonly [method: string, path: string] {
  if (operation === 'sessions.list') return ['GET', paths.sessions];
  if (operation === 'sessions.revoke') return ['DELETE', `${paths.sessions}${encodeURIComponent((input as { id: string }).id)}/`];
  // There is no URL for `me`; verify says the same of the token.
  return ['POST', paths[operation === 'me' ? 'verify' : (operation as keyof RestPaths)]];
}

function tokenIn({ Authorization }: Record<string, string>): object {
  return Authorization === undefined ? {} : { token: Authorization.split(' ')[1] };
}

function meOf({ token, expires_at, ...extra }: SessionAnswer): object {
  const claims = readClaims(token);
  return { ...userIn(claims), expires_at: expires_at ?? claims.exp, ...extra };
}

const KNOWN_MESSAGES: readonly (readonly [RegExp, AuthClientErrorCode])[] = [
  [/Signature has expired/, 'TOKEN_EXPIRED'],
  [/Refresh has expired/, 'REFRESH_EXPIRED'],
  [/account is disabled/, 'ACCOUNT_DISABLED'],
];

/** Our own server names the code; another's is known by its status, its fields and the messages of the specification. */
function errorOf(operation: OperationName, { status, headers }: Response, answer: unknown): AuthClientError {
  const { non_field_errors: general, detail, ...fields } = (typeof answer === 'object' ? answer : {}) as Record<string, string[] | string | undefined>;
  const message = [general, detail].flat().filter((each) => each !== undefined).join(' ');
  const named = headers.get('Auth-Error-Code') as AuthClientErrorCode | null;
  const hasFields = general === undefined && detail === undefined && (status === 400 || status === 401);
  const code = named ?? (status === 429 ? 'THROTTLED' : hasFields ? 'VALIDATION_FAILED' : codeOf(operation, status, message));
  const retryAfterSeconds = Number(headers.get('Retry-After')) || null;
  const fieldErrors = code === 'VALIDATION_FAILED' ? (fields as Record<string, string[]>) : null;
  return new AuthClientError(code, message || 'The request was refused.', { fieldErrors, retryAfterSeconds });
}

function codeOf(operation: OperationName, status: number, message: string): AuthClientErrorCode {
  if (status !== 400 && status !== 401) return 'SERVER_ERROR';
  return KNOWN_MESSAGES.find(([pattern]) => pattern.test(message))?.[1] ?? (operation === 'obtain' ? 'INVALID_CREDENTIALS' : 'TOKEN_REJECTED');
}
