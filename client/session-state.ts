import type { StoredSession } from './storage/token-storage.js';

/** Why nobody is signed in. */
export type SignOutReason =
  /** Nobody has been signed in here. */
  | 'none'
  /** `logout` or `logoutAll` in this tab. */
  | 'signed-out'
  /** Another tab signed out, or was told that the session has ended. */
  | 'other-tab'
  /** The session ran out. */
  | 'expired'
  /** The server ended the session: from another device, by an administrator, or after the reuse of a refresh token. */
  | 'revoked'
  /** The account was disabled. */
  | 'disabled'
  /** The server does not know the token, or its user, any more. */
  | 'rejected';

/** What a page shows; it holds no token. `expiresAt` is the access token's, in epoch seconds by the server's clock. */
export type AuthState<User = unknown> =
  | { readonly status: 'loading' }
  | { readonly status: 'signed-out'; readonly reason: SignOutReason }
  | { readonly status: 'signed-in'; readonly user: User; readonly expiresAt: number };

/** The state with what stands behind it. */
export interface SessionMachine<User = unknown> {
  readonly state: AuthState<User>;
  readonly session: StoredSession | null;
  /** Counts the sessions and their tokens. What was begun under another revision says nothing about this one. */
  readonly revision: number;
}

/** What has been learned of the session: from a login, a refresh, the storage or the server. */
export interface SessionEvent {
  /** The session there is now, or null for none. */
  readonly session: StoredSession | null;
  /** Why there is none. @default 'none' at the beginning, else 'other-tab': it was gone from the storage */
  readonly reason?: SignOutReason | undefined;
  /** The revision under which it was asked. Left out, it holds whatever has happened since: the user has just signed in, or out. */
  readonly since?: number | undefined;
}

export const BEGINNING: SessionMachine<never> = { state: { status: 'loading' }, session: null, revision: 0 };

/** Whether two records are of one login and one refresh. */
export function isSame(one: StoredSession | null, other: StoredSession | null): boolean {
  return one?.token === other?.token && one?.receivedAt === other?.receivedAt;
}

/** The next state; the same object where nothing has changed. */
export function nextMachine<User>(machine: SessionMachine<User>, { session, reason, since }: SessionEvent): SessionMachine<User> {
  const { state, revision } = machine;
  const isOutdated = since !== undefined && since !== revision;
  const isKnown = state.status !== 'loading' && isSame(session, machine.session);
  if (isOutdated || isKnown) return machine;
  return {
    state:
      session ?
        { status: 'signed-in', user: session.user as User, expiresAt: session.expiresAt }
        : { status: 'signed-out', reason: reason ?? (machine.session ? 'other-tab' : 'none') },
    session,
    revision: revision + 1,
  };
}
