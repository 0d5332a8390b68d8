import { AuthClientError, clientError, signedOut } from './auth-client-error.js';
import type { AuthClientErrorCode } from './auth-client-error.js';
import type { BackOff } from './back-off.js';
import type { MaybePromise } from './maybe-promise.js';
import { isSame } from './session-state.js';
import type { SessionEvent, SessionMachine, SignOutReason } from './session-state.js';
import type { StoredSession } from './storage/token-storage.js';
import { isRejection } from './transport.js';

/** What a refresh works with. */
export interface RefreshParts {
  readonly machine: () => SessionMachine;
  readonly dispatch: (event: SessionEvent) => void;
  readonly get: () => MaybePromise<StoredSession | null>;
  readonly set: (session: StoredSession) => MaybePromise<void>;
  readonly remove: () => MaybePromise<void>;
  /** Asks the server for the session that replaces another. @throws AuthClientError */
  readonly replace: (session: StoredSession) => Promise<() => StoredSession>;
  /** How long a session's token is good for, in milliseconds. */
  readonly leftMs: (session: StoredSession) => number;
  /** Whether it is to be replaced by now. */
  readonly isDue: (session: StoredSession) => boolean;
  readonly backOff: BackOff;
  /** Runs work on the session while no other tab does. */
  readonly alone: <Result>(work: () => Promise<Result>) => Promise<Result>;
}

/** Exchanges the tokens for newer ones: one request for all who ask meanwhile, in this tab and the others. */
export function createRefresh({ machine, dispatch, backOff, ...parts }: RefreshParts): () => Promise<void> {
  /** What holds afterwards. It is read from the storage before and after asking: another tab, a login or a logout may have been first. */
  const renew = async (from: StoredSession): Promise<SessionEvent & { error?: AuthClientError | undefined }> => {
    let since = machine().revision;
    const stored = await parts.get();
    if (!stored || (!isSame(stored, from) && !parts.isDue(stored))) return { session: stored, since };
    let error: AuthClientError | undefined;
    const receive = await parts.replace(stored).catch((thrown: unknown) => {
      error = clientError(thrown);
      const leftSeconds = parts.leftMs(stored) / 1000;
      // A token that cannot be replaced is good until it expires.
      if (error.code.startsWith('REFRESH_') && leftSeconds > 0) throw new AuthClientError(error.code, error.message, { retryAfterSeconds: leftSeconds });
      if (!isRejection(error)) throw error;
    });
    since = machine().revision;
    const now = await parts.get();
    // From here to the write nothing is awaited: what this tab begins meanwhile is written after it.
    if (!isSame(now, stored) || machine().revision !== since) return { session: now, since };
    if (receive) {
      const session = receive();
      await parts.set(session);
      return { session, since };
    }
    await parts.remove();
    return { session: null, reason: error && reasonOf(error.code), since, error };
  };

  const exchange = async (): Promise<void> => {
    const from = machine().session;
    if (!from) throw signedOut();
    backOff.check();
    try {
      const event = await parts.alone(() => renew(from));
      backOff.reset();
      dispatch(event);
      if (!machine().session) throw event.error ?? signedOut();
    } catch (thrown) {
      const error = clientError(thrown);
      if (machine().session) backOff.failed(error);
      throw error;
    }
  };

  let running: Promise<void> | undefined;
  return () => (running ??= exchange().finally(() => (running = undefined)));
}

function reasonOf(code: AuthClientErrorCode): SignOutReason {
  if (code === 'ACCOUNT_DISABLED') return 'disabled';
  if (code === 'TOKEN_REVOKED') return 'revoked';
  // Undecodable, rejected, without a user: the server does not know it. All others have run out.
  return /^(TOKEN_[UPR]|USER_)/.test(code) ? 'rejected' : 'expired';
}
