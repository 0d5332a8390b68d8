import { signedOut } from './auth-client-error.js';
import type { AuthClientError } from './auth-client-error.js';
import type { SessionKeeper } from './session-keeper.js';
import type { Call, OperationName, SessionAnswer } from './transport.js';

/** What every operation may be given beside its input. */
export interface OperationOptions {
  /** Gives the call up. */
  readonly signal?: AbortSignal;
}

/** The operations as a client has them, before types are put over them. */
export interface AuthOperations {
  obtain: (input: unknown, options?: OperationOptions) => Promise<unknown>;
  refresh: () => Promise<void>;
  verify: (input?: unknown, options?: OperationOptions) => Promise<unknown>;
  logout: (options?: OperationOptions) => Promise<void>;
  logoutAll: (options?: OperationOptions) => Promise<unknown>;
  me: (options?: OperationOptions) => Promise<unknown>;
  sessions: {
    list: (options?: OperationOptions) => Promise<unknown>;
    revoke: (input: unknown, options?: OperationOptions) => Promise<unknown>;
  };
}

/** The operations over a transport, with the session that a keeper keeps. */
export function createAuthOperations(keeper: SessionKeeper, call: Call): AuthOperations {
  const send = (operation: OperationName, { signal }: OperationOptions = {}, input?: unknown): Promise<unknown> => call(operation, input, { headers: keeper.headers(), signal });

  /** Makes a call of whoever is signed in. */
  const signedIn = (work: () => Promise<unknown>): Promise<unknown> =>
    keeper.attempt(
      () => {
        if (!keeper.current() && !keeper.cookies) throw signedOut();
        return work();
      },
      (error) => (error as Partial<AuthClientError>).code,
    );
  return {
    obtain: async (input, options) => {
      const answer = await call('obtain', input, { headers: {}, signal: options?.signal });
      await keeper.adopt(answer as SessionAnswer);
      return answer;
    },
    refresh: keeper.refresh,
    verify: (input, options) => {
      if (input) return send('verify', options, input);
      return signedIn(() => send('verify', options, keeper.cookies ? undefined : { token: keeper.current()?.token }));
    },
    logout: async (options) => {
      await keeper.ready;
      const session = keeper.current();
      const tell = (): Promise<unknown> => send('logout', options, session?.refreshToken && { refresh_token: session.refreshToken });
      // Cookies are the server's to remove; until it has, this browser is signed in.
      if (keeper.cookies) await keeper.end(tell);
      else await Promise.all([session && tell(), keeper.forget()]);
    },
    logoutAll: (options) => signedIn(() => keeper.end(() => send('logoutAll', options))),
    me: (options) => signedIn(() => send('me', options)),
    sessions: {
      list: (options) => signedIn(() => send('sessions.list', options)),
      revoke: (input, options) => signedIn(() => send('sessions.revoke', options, input)),
    },
  };
}
