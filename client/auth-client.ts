import type { RevokedBody, SessionBody, SessionInput } from '../src/serializers/device-sessions.js';
import { createAuthOperations } from './auth-operations.js';
import type { OperationOptions } from './auth-operations.js';
import { createAuthenticatedFetch } from './authenticated-fetch.js';
import { inPage } from './page.js';
import { createServerClock } from './server-clock.js';
import { serverFetch } from './requests.js';
import type { ServerFetch } from './requests.js';
import { createSessionKeeper } from './session-keeper.js';
import type { SessionKeeper } from './session-keeper.js';
import type { AuthState } from './session-state.js';
import { memoryTokens } from './storage/memory.js';
import type { Warn } from './storage/safe-storage.js';
import type { TokenStorage } from './storage/token-storage.js';
import type { Call } from './transport.js';

/** What a server's operations take and give. */
export interface AuthClientTypes {
  login: unknown;
  obtained: unknown;
  verifyInput: unknown;
  verified: unknown;
  me: object;
}

type Json<Value> = Value extends Date ? string : Value extends object ? { [Name in keyof Value]: Json<Value[Name]> } : Value;

/** Who is signed in: what `me` answers, without the token's expiry, as JSON keeps it: a Date is its ISO string. */
export type AuthClientUser<Types extends AuthClientTypes> = Json<Omit<Types['me'], 'expires_at'>>;

/** A client of an authentication server: its operations, and the session they begin and end. */
export interface AuthClient<Types extends AuthClientTypes> {
  /** Signs in. @throws AuthClientError INVALID_CREDENTIALS, ACCOUNT_DISABLED, VALIDATION_FAILED, THROTTLED, UNREACHABLE and the other codes of a login */
  obtain: (input: Types['login'], options?: OperationOptions) => Promise<Types['obtained']>;
  /** Exchanges the tokens for newer ones now; the client does so by itself in time. One request for all who ask meanwhile, in all tabs. @throws AuthClientError */
  refresh: () => Promise<void>;
  /** Asks the server whether a token is good: the one in use, or one given. @throws AuthClientError */
  verify: (input?: Types['verifyInput'], options?: OperationOptions) => Promise<Types['verified']>;
  /** Signs out, here at once. In cookie mode when the server has answered, for the cookies are its own. @throws AuthClientError where the server could not be told */
  logout: (options?: OperationOptions) => Promise<void>;
  /** Asks the server who is signed in. @throws AuthClientError */
  me: (options?: OperationOptions) => Promise<Types['me']>;
  /** `fetch` with the token, for this page's origin, the authentication server's and `trustedOrigins` (specification "AJAX Integration"). Elsewhere it is plain `fetch`. @throws AuthClientError SIGNED_OUT */
  fetch: typeof fetch;
  /** Headers of a link: `Authorization` with a token that is good, or none when signed out. */
  headers: () => Promise<Record<string, string>>;
  /** Calls the listener after each change of the state; gives a function that ends that. */
  subscribe: (listener: () => void) => () => void;
  /** The state: the same object until it changes. */
  getSnapshot: () => AuthState<AuthClientUser<Types>>;
  /** How long the access token is good for, in seconds by the server's clock; 0 when signed out, and in cookie mode until the server has said. */
  remainingSeconds: () => number;
  /** Frees timers and listeners. */
  dispose: () => void;
}

/** The operations of a server with sessions. */
export interface SessionOperations {
  /** Signs out on every device. @throws AuthClientError */
  logoutAll: (options?: OperationOptions) => Promise<RevokedBody>;
  sessions: {
    /** The user's sessions, the last used first. @throws AuthClientError */
    list: (options?: OperationOptions) => Promise<SessionBody[]>;
    /** Ends one of them. @throws AuthClientError */
    revoke: (input: SessionInput, options?: OperationOptions) => Promise<RevokedBody>;
  };
}

/** What every client may be told. */
export interface AuthClientSettings {
  /** Where the tokens are kept. @default memoryTokens() */
  readonly storage?: TokenStorage;
  /** The scheme of the Authorization header, as the server's `token.headerPrefix`. @default 'JWT' */
  readonly headerPrefix?: string;
  /** Origins beside this page's and the server's that `fetch` may tell the token, as `https://api.example.com`. @default [] */
  readonly trustedOrigins?: readonly string[];
  /** Gives the value of an X-CSRFToken header, for a Django server that asks for one. */
  readonly csrfToken?: () => string;
  /** How long a refresh may take, in milliseconds. @default 10000 */
  readonly timeoutMs?: number;
  /** How long to wait for the refresh or the sign-out of another tab, in milliseconds. @default 5000 */
  readonly lockTimeoutMs?: number;
  /** Carries the requests. @default the global fetch */
  readonly fetch?: typeof fetch;
  /** Hears of a storage that fails, once, and of listeners that throw. @default console.warn */
  readonly onWarning?: Warn;
}

/** A client with all its operations, typed by what it is given as. */
export type BuiltClient = Omit<AuthClient<AuthClientTypes>, 'verify'> & SessionOperations & Pick<ReturnType<typeof createAuthOperations>, 'verify'>;

/** The parts of a client, for what is built upon them. */
export interface ClientParts {
  readonly keeper: SessionKeeper;
  readonly call: Call;
  /** Without any token. */
  readonly fetch: typeof globalThis.fetch;
}

/** The one way a client is made, over either transport. */
export function buildAuthClient(
  settings: AuthClientSettings,
  serverUrl: string,
  transport: (fetch: ServerFetch) => Call,
): { client: BuiltClient; parts: ClientParts } {
  const { storage = memoryTokens(), csrfToken, headerPrefix = 'JWT', timeoutMs = 10_000, lockTimeoutMs = 5000 } = settings;
  // Looked up at each call: instrumentation replaces it, and it must be called on its own object.
  const fetch: typeof globalThis.fetch = settings.fetch ?? ((input, init) => globalThis.fetch(input, init));
  const requests = { fetch, cookies: storage.identify !== undefined, csrfHeader: () => (csrfToken ? { 'X-CSRFToken': csrfToken() } : {}) };
  const clock = createServerClock();
  const call = transport(serverFetch(requests, clock));
  const keeper = createSessionKeeper({
    storage,
    call,
    clock,
    headerPrefix,
    timeoutMs,
    lockTimeoutMs,
    // eslint-disable-next-line no-console -- a page's developer has no other place to hear it
    warn: settings.onWarning ?? console.warn,
    // A server that renders pages must not refresh for them.
    background: inPage(),
  });
  const operations = createAuthOperations(keeper, call);
  const client = {
    ...operations,
    fetch: createAuthenticatedFetch(keeper, requests, serverUrl, settings.trustedOrigins),
    headers: async () => {
      await keeper.fresh();
      return keeper.headers();
    },
    subscribe: keeper.subscribe,
    getSnapshot: keeper.getSnapshot,
    remainingSeconds: keeper.remainingSeconds,
    dispose: keeper.dispose,
  };
  return { client: client as BuiltClient, parts: { keeper, call, fetch } };
}
