import type { AuthClientError } from './auth-client-error.js';

/** The server's operations, by the names of their procedures. */
export type OperationName = 'obtain' | 'refresh' | 'verify' | 'logout' | 'logoutAll' | 'me' | 'ticket' | 'sessions.list' | 'sessions.revoke';

/** What obtain, refresh, verify and me answer, as far as the client reads it. */
export interface SessionAnswer {
  readonly token?: string;
  readonly refresh_token?: string;
  readonly expires_at?: number;
}

export interface CallOptions {
  readonly headers: Record<string, string>;
  readonly signal?: AbortSignal | null | undefined;
}

/** Carries an operation to the server: the one thing in which tRPC and REST differ. @throws AuthClientError */
export type Call = (operation: OperationName, input: unknown, options: CallOptions) => Promise<unknown>;

/** Whether a refresh failed for good: the server has judged the token itself. Anything else may pass. */
export function isRejection({ code }: AuthClientError): boolean {
  return /^(TOKEN_|REFRESH_|USER_NOT|ACCOUNT_|NOT_AUTH|VALID)/.test(code);
}

/** Whether a call failed for its token, so that another one may do. */
export function isTokenFault(code: unknown, cookies: boolean): boolean {
  return (cookies && code === 'NOT_AUTHENTICATED') || /^(TOKEN_|USER_NOT|ACCOUNT_)/.test(String(code));
}
