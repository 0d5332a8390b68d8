import type { TRPCClientError } from '@trpc/client';
import type { AnyRouter } from '@trpc/server';

import { AuthClientError } from './auth-client-error.js';
import { isTokenFault } from './transport.js';

/** What can be done about an operation that failed. */
export interface StreamFailure {
  /**
   * - `token`: another token may do
   * - `ticket`: another ticket may do
   * - `away`: the server, or what it stands on, cannot be reached for now
   * - `lost`: the connection broke, or was refused for a reason that an EventSource does not tell
   * - `final`: nothing
   */
  readonly kind: 'token' | 'ticket' | 'away' | 'lost' | 'final';
  /** When to try again, in milliseconds; 0 where nobody knows. */
  readonly retryAfterMs: number;
}

/** Judges what a link reported. */
export function judgeFailure({ data, cause }: TRPCClientError<AnyRouter>): StreamFailure {
  // What the server said of the stream, or what the client's own request for a ticket came to.
  const own = cause instanceof AuthClientError ? cause : undefined;
  const { authCode = own?.code, retryAfterSeconds = own?.retryAfterSeconds } = (data ?? {}) as { authCode?: string | null; retryAfterSeconds?: number | null };
  return { kind: kindOf(authCode, data === undefined), retryAfterMs: (retryAfterSeconds ?? 0) * 1000 };
}

function kindOf(code: string | null | undefined, isUnexplained: boolean): StreamFailure['kind'] {
  if (isTokenFault(code, true)) return 'token';
  if (code === 'TICKET_INVALID') return 'ticket';
  if (/^(UNREACHABLE|STORE_|THROTTLED|SERVER_)/.test(String(code))) return 'away';
  return isUnexplained && !code ? 'lost' : 'final';
}
