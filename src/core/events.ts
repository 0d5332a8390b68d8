import type { ReportError } from './ports.js';
import { guarded } from './report.js';

/** Where an event's request came from; both are undefined for a call without a request. */
export interface EventOrigin {
  readonly clientAddress: string | undefined;
  readonly userAgent: string | undefined;
}

/** The origin of what no request of ours caused, or none that can be told. */
export const NOWHERE: EventOrigin = { clientAddress: undefined, userAgent: undefined };

interface Happened extends EventOrigin {
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Somebody logged in. */
export interface LoginEvent extends Happened {
  readonly type: 'login';
  readonly userId: string;
  /** Absent without sessions. */
  readonly sessionId: string | undefined;
}

/** A login was refused. The name typed is not told: people type passwords there. */
export interface LoginFailedEvent extends Happened {
  readonly type: 'login-failed';
  readonly reason: 'INVALID_CREDENTIALS' | 'ACCOUNT_DISABLED';
  /** Known only where the password was right. */
  readonly userId: string | undefined;
}

/** A token was exchanged for a newer one. */
export interface RefreshedEvent extends Happened {
  readonly type: 'refreshed';
  readonly userId: string;
  /** Absent without sessions. */
  readonly sessionId: string | undefined;
}

/** A refresh token came that had been replaced (`stale`), or a token newer than the store knows (`ahead`: the store was rolled back). Its session is revoked. */
export interface ReuseDetectedEvent extends Happened {
  readonly type: 'reuse-detected';
  readonly cause: 'stale' | 'ahead';
  readonly userId: string;
  readonly sessionId: string;
}

/** Sessions were ended. */
export interface RevokedEvent extends Happened {
  readonly type: 'revoked';
  readonly reason: 'logout' | 'logout-all' | 'session-revoke' | 'user-revoke' | 'reuse' | 'rollback';
  /** Absent for a logout whose token does not name the user's id. */
  readonly userId: string | undefined;
  /** Absent where all of the user's sessions were meant. */
  readonly sessionId: string | undefined;
  /** How many ended. */
  readonly sessions: number;
}

/** A login was refused unchecked, or a ticket not made, for there had been too many. */
export interface ThrottledEvent extends Happened {
  readonly type: 'throttled';
  /** The limit that was reached. */
  readonly limit: 'account-and-network' | 'account' | 'network' | 'tickets';
  readonly availableInSeconds: number;
}

/** A store failed or was too slow; the request was answered 503. */
export interface StoreFailedEvent {
  readonly type: 'store-failed';
  /** Epoch milliseconds. */
  readonly at: number;
  readonly store: 'sessions' | 'throttle' | 'tickets';
  /** The verb, as `find` or `consume`. */
  readonly operation: string;
  readonly timedOut: boolean;
}

/** What `onEvent` is told; never a token, a password or a hash. */
export type AuthEvent =
  | LoginEvent
  | LoginFailedEvent
  | RefreshedEvent
  | ReuseDetectedEvent
  | RevokedEvent
  | ThrottledEvent
  | StoreFailedEvent;

/** Receives events. */
export type OnEvent = (event: AuthEvent) => void;

/** A listener that cannot change what it is told of: it is not awaited, and what it throws is reported. */
export function guardedListener(listener: ((event: AuthEvent) => unknown) | undefined, report: ReportError): OnEvent {
  if (listener === undefined) return () => undefined;
  const told = guarded(listener, report);
  return (event) => told(Object.freeze(event));
}
