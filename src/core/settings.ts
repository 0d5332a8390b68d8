import type { CallRequest } from './call.js';
import { RESERVED_CLAIMS } from './claims.js';
import type { Claims, OwnClaims } from './claims.js';
import { clientAddressReader } from './client-address.js';
import type { ReadClientAddress } from './client-address.js';
import type { Clock } from './clock.js';
import { resolveCookie } from './cookie-settings.js';
import type { CookieSettings, ResolvedCookie } from './cookie-settings.js';
import { guardedListener } from './events.js';
import type { AuthEvent, OnEvent } from './events.js';
import type { KeyRing } from './keys.js';
import type { AuthUser, ReportError, Users } from './ports.js';
import { guardedReport, systemReport } from './report.js';
import { resolveSessions } from './session-settings.js';
import type { ResolvedSessions, SessionSettings } from './session-settings.js';
import { audience, callback, DAY_SECONDS, flag, known, oneOf, refuse, scheme, seconds, text, wholeNumber } from './setting-checks.js';
import { resolveThrottle } from './throttle-settings.js';
import type { ResolvedThrottle, ThrottleSettings } from './throttle-settings.js';
import { resolveTickets } from './ticket-settings.js';
import type { ResolvedTickets, TicketSettings } from './ticket-settings.js';
import type { UserSecret } from './user-secret.js';


/** The access token's own settings. */
export interface TokenSettings {
  /** How long an access token is good for, in seconds. @default 300 */
  readonly expiresInSeconds?: number;
  /** Becomes the claim `iss`, and is required of every token. */
  readonly issuer?: string;
  /** Becomes the claim `aud`; a token must name one of them. */
  readonly audience?: string | readonly string[];
  /** How far `exp` and `nbf` may be off, in seconds. @default 0 */
  readonly leewaySeconds?: number;
  /** The scheme of the Authorization header. @default 'JWT' */
  readonly headerPrefix?: string;
  /** Refuses a token without an id of its own, the claim `jti`; every token made here has one. @default false */
  readonly requireTokenId?: boolean;
}

/** How long a login may go on without a password. */
export interface RefreshSettings {
  /** How long after the login (`orig_iat`) a token may be exchanged for a new one, in seconds. @default 604800 */
  readonly windowSeconds?: number;
}

/** What `responsePayload` is given. */
export interface ResponsePayloadArgs<User extends AuthUser> {
  readonly user: User;
  readonly claims: Claims;
  /** The access token in the answer; undefined for `me`, and where `cookie.tokenInBody` is false. */
  readonly token: string | undefined;
  /** Absent where `issueToken` or a test calls without a request. */
  readonly request: CallRequest | undefined;
}

/** What `createJwtAuth` takes. */
export interface JwtAuthSettings<
  User extends AuthUser,
  Extra extends object,
  Field extends string,
  Cookie extends CookieSettings | undefined,
  Sessions extends SessionSettings | undefined = SessionSettings | undefined,
> {
  /** The keys that sign and verify: `secretKey(…)`, `keyPair(…)` or `keyRing([…])`. */
  readonly keys: KeyRing;
  /** The app's user table, as two functions. */
  readonly users: Users<User>;
  /** The login's identifier field, in the input and among the claims. @default 'username' */
  readonly usernameField?: Field;
  /** The access token's lifetime, issuer, audience and header scheme. */
  readonly token?: TokenSettings;
  /** False refuses every refresh. @default { windowSeconds: 604800 } */
  readonly refresh?: RefreshSettings | false;
  /** Sets and reads the token as a cookie. @default none: Authorization header only */
  readonly cookie?: Cookie;
  /** Refresh tokens that rotate, logout that revokes. @default none: stateless */
  readonly sessions?: Sessions;
  /** Limits on guessing passwords; false turns them off. @default { store: memoryThrottle() } */
  readonly throttle?: ThrottleSettings | false;
  /** What opens a stream in place of a token, once. @default { store: memoryTickets() } */
  readonly tickets?: TicketSettings;
  /** How many proxies of the app's own each add to X-Forwarded-For; the client's address is read behind them. @default 0 */
  readonly trustedProxies?: number;
  /** Claims of the app's own, added to the defaults. */
  readonly claims?: (user: User) => OwnClaims;
  /** Reads the user name from claims. @default (claims) => claims.username */
  readonly usernameFromClaims?: (claims: Claims) => string | number | null | undefined;
  /**
   * Gives a user's own secret, which signs and verifies his HS tokens in place of that of `keys`, whose algorithm they keep; with a new secret, all his tokens
   * end. A user's name is read from tokens that nothing vouches for yet, so `usernameFromClaims` may meet anything.
   *
   * @default none: one secret for all
   */
  readonly userSecret?: UserSecret<User>;
  /** Added to the body of obtain, refresh, verify and me (the original's `jwt_response_payload_handler`). */
  readonly responsePayload?: (args: ResponsePayloadArgs<User>) => Extra;
  /** 'drf' answers 400 where the original did: for a refused login or token at the token URLs. @default 'http' */
  readonly restStatus?: 'http' | 'drf';
  /** The time in epoch milliseconds, for tests. @default Date.now */
  readonly clock?: Clock;
  /** Receives unexpected errors, which answers never show. @default one line on console.error */
  readonly reportError?: ReportError;
  /** Is told of logins, refreshes, revocations and refusals; it is not awaited, and what it throws goes to `reportError`. @default none */
  readonly onEvent?: (event: AuthEvent) => unknown;
}

/** The settings with every default filled in and every value checked. */
export interface ResolvedSettings<User extends AuthUser = AuthUser> {
  readonly keys: KeyRing;
  readonly users: Users<User>;
  readonly usernameField: string;
  readonly expiresInSeconds: number;
  readonly issuer: string | undefined;
  readonly audience: string | readonly string[] | undefined;
  readonly leewaySeconds: number;
  readonly headerPrefix: string;
  readonly requireTokenId: boolean;
  readonly refresh: { readonly windowSeconds: number } | false;
  readonly cookie: ResolvedCookie | undefined;
  readonly sessions: ResolvedSessions | undefined;
  readonly throttle: ResolvedThrottle | undefined;
  readonly tickets: ResolvedTickets;
  readonly clientAddress: ReadClientAddress;
  readonly ownClaims: ((user: User) => OwnClaims) | undefined;
  readonly usernameFromClaims: ((claims: Claims) => unknown) | undefined;
  readonly userSecret: UserSecret<User> | undefined;
  readonly responsePayload: ((args: ResponsePayloadArgs<User>) => object) | undefined;
  readonly restStatus: 'http' | 'drf';
  readonly clock: Clock;
  readonly reportError: ReportError;
  readonly emit: OnEvent;
}

const NAMES = [
  ...['keys', 'users', 'usernameField', 'token', 'refresh', 'cookie', 'sessions', 'throttle', 'tickets', 'trustedProxies', 'claims', 'usernameFromClaims', 'userSecret', 'responsePayload'],
  ...['restStatus', 'clock', 'reportError', 'onEvent'],
];

/** Fills in defaults. @throws ConfigurationError naming the setting and the mend */
export function resolveSettings<User extends AuthUser>(
  settings: JwtAuthSettings<User, object, string, CookieSettings | undefined>,
): ResolvedSettings<User> {
  known(settings, '', NAMES);
  const { keys, users, token = {}, refresh = {}, cookie } = settings;
  if (typeof keys?.current !== 'function') refuse('keys', 'is missing or no key ring; give secretKey(secret)');
  if (keys.traits?.canSign === false) refuse('keys', 'has only a public key, which cannot sign; give keyPair({ privateKey })');
  if (settings.userSecret !== undefined && keys.traits?.hasSecrets === false) refuse('userSecret', 'is for HS tokens, and keys has none; leave it out, or add secretKey(secret) to a keyRing');
  if (typeof users?.authenticate !== 'function') refuse('users.authenticate', 'is missing; give passwordAuthenticator({ find }) or a function (credentials) => User | null');
  if (typeof users.findByUsername !== 'function') refuse('users.findByUsername', 'is missing; give a function (username) => User | null');
  known(token, 'token.', ['expiresInSeconds', 'issuer', 'audience', 'leewaySeconds', 'headerPrefix', 'requireTokenId']);
  if (refresh !== false) known(refresh, 'refresh.', ['windowSeconds']);
  else if (settings.sessions !== undefined) refuse('refresh', 'is false, and sessions are refreshed; leave it out, and bound them with sessions.idleSeconds and sessions.absoluteSeconds');
  const reportError = guardedReport(callback('reportError', settings.reportError) ?? systemReport);
  return {
    keys,
    users,
    usernameField: fieldName(settings.usernameField ?? 'username'),
    expiresInSeconds: seconds('token.expiresInSeconds', token.expiresInSeconds, 300, 1),
    issuer: text('token.issuer', token.issuer),
    audience: audience('token.audience', token.audience),
    leewaySeconds: seconds('token.leewaySeconds', token.leewaySeconds, 0, 0),
    headerPrefix: scheme('token.headerPrefix', token.headerPrefix ?? 'JWT'),
    requireTokenId: flag('token.requireTokenId', token.requireTokenId, false),
    refresh: refresh === false ? false : { windowSeconds: seconds('refresh.windowSeconds', refresh.windowSeconds, 7 * DAY_SECONDS, 1) },
    cookie: cookie === undefined ? undefined : resolveCookie(cookie),
    sessions: settings.sessions === undefined ? undefined : resolveSessions(settings.sessions),
    throttle: settings.throttle === false ? undefined : resolveThrottle(settings.throttle ?? {}),
    tickets: resolveTickets(settings.tickets ?? {}),
    clientAddress: clientAddressReader(wholeNumber('trustedProxies', settings.trustedProxies, 0, 0), reportError),
    ownClaims: callback('claims', settings.claims),
    usernameFromClaims: callback('usernameFromClaims', settings.usernameFromClaims),
    userSecret: callback('userSecret', settings.userSecret),
    responsePayload: callback('responsePayload', settings.responsePayload),
    restStatus: oneOf('restStatus', settings.restStatus ?? 'http', ['http', 'drf']),
    clock: callback('clock', settings.clock) ?? Date.now,
    reportError,
    emit: guardedListener(callback('onEvent', settings.onEvent), reportError),
  };
}

const TAKEN_NAMES: ReadonlySet<string> = new Set(['password', 'token', 'refresh_token', '__proto__', 'user_id', ...RESERVED_CLAIMS]);

function fieldName(value: unknown): string {
  if (typeof value !== 'string' || !/^[A-Za-z_]\w*$/.test(value)) refuse('usernameField', `is ${JSON.stringify(value)}; give a field name like 'email'`);
  if (TAKEN_NAMES.has(value)) refuse('usernameField', `is '${value}', which means something else; give a field name like 'email'`);
  return value;
}
