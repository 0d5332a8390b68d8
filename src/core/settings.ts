import type { CallRequest } from './call.js';
import { RESERVED_CLAIMS } from './claims.js';
import type { Claims, OwnClaims } from './claims.js';
import { clientAddressReader } from './client-address.js';
import type { ReadClientAddress } from './client-address.js';
import type { Clock } from './clock.js';
import { guardedListener } from './events.js';
import type { AuthEvent, OnEvent } from './events.js';
import type { KeyRing } from './keys.js';
import type { AuthUser, ReportError, Users } from './ports.js';
import { guardedReport, systemReport } from './report.js';
import { resolveSessions } from './session-settings.js';
import type { ResolvedSessions, SessionSettings } from './session-settings.js';
import { callback, DAY_SECONDS, known, oneOf, refuse, seconds, text, wholeNumber } from './setting-checks.js';
import { resolveThrottle } from './throttle-settings.js';
import type { ResolvedThrottle, ThrottleSettings } from './throttle-settings.js';

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
}

/** How long a login may go on without a password. */
export interface RefreshSettings {
  /** How long after the login (`orig_iat`) a token may be exchanged for a new one, in seconds. @default 604800 */
  readonly windowSeconds?: number;
}

/** Cookie mode (specification "Cookie Support"). */
export interface CookieSettings {
  /** The access token's cookie (specification "Cookie Support"). */
  readonly name: string;
  /** The attribute Secure. @default whether the request came over HTTPS */
  readonly secure?: boolean;
  /** False keeps every token out of response bodies, where a page's script could read it. @default true */
  readonly tokenInBody?: boolean;
  /** Foreign origins, as `https://app.example.com`, whose pages may use the cookie. @default [] */
  readonly trustedOrigins?: readonly string[];
}

/** What `responsePayload` is given. */
export interface ResponsePayloadArgs<User extends AuthUser> {
  readonly user: User;
  readonly claims: Claims;
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
  /** How many proxies of the app's own each add to X-Forwarded-For; the client's address is read behind them. @default 0 */
  readonly trustedProxies?: number;
  /** Claims of the app's own, added to the defaults. */
  readonly claims?: (user: User) => OwnClaims;
  /** Reads the user name from claims. @default (claims) => claims.username */
  readonly usernameFromClaims?: (claims: Claims) => string | number | null | undefined;
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
  readonly refresh: { readonly windowSeconds: number } | false;
  readonly cookie: { readonly name: string; readonly secure: boolean | undefined; readonly tokenInBody: boolean; readonly trustedOrigins: ReadonlySet<string> } | undefined;
  readonly sessions: ResolvedSessions | undefined;
  readonly throttle: ResolvedThrottle | undefined;
  readonly clientAddress: ReadClientAddress;
  readonly ownClaims: ((user: User) => OwnClaims) | undefined;
  readonly usernameFromClaims: ((claims: Claims) => unknown) | undefined;
  readonly responsePayload: ((args: ResponsePayloadArgs<User>) => object) | undefined;
  readonly restStatus: 'http' | 'drf';
  readonly clock: Clock;
  readonly reportError: ReportError;
  readonly emit: OnEvent;
}

const NAMES = [
  ...['keys', 'users', 'usernameField', 'token', 'refresh', 'cookie', 'sessions', 'throttle', 'trustedProxies', 'claims', 'usernameFromClaims', 'responsePayload'],
  ...['restStatus', 'clock', 'reportError', 'onEvent'],
];

/** Fills in defaults. @throws ConfigurationError naming the setting and the mend */
export function resolveSettings<User extends AuthUser>(
  settings: JwtAuthSettings<User, object, string, CookieSettings | undefined>,
): ResolvedSettings<User> {
  known(settings, '', NAMES);
  const { keys, users, token = {}, refresh = {}, cookie } = settings;
  if (typeof keys?.signingKey !== 'function' || typeof keys.verificationKeys !== 'function') refuse('keys', 'is missing or no key ring; give secretKey(secret)');
  if (keys.canSign === false) refuse('keys', 'has only a public key, which cannot sign; give keyPair({ privateKey })');
  if (typeof users?.authenticate !== 'function') refuse('users.authenticate', 'is missing; give passwordAuthenticator({ find }) or a function (credentials) => User | null');
  if (typeof users.findByUsername !== 'function') refuse('users.findByUsername', 'is missing; give a function (username) => User | null');
  known(token, 'token.', ['expiresInSeconds', 'issuer', 'audience', 'leewaySeconds', 'headerPrefix']);
  if (refresh !== false) known(refresh, 'refresh.', ['windowSeconds']);
  else if (settings.sessions !== undefined) refuse('refresh', 'is false, and sessions are refreshed; leave it out, and bound them with sessions.idleSeconds and sessions.absoluteSeconds');
  const reportError = guardedReport(callback('reportError', settings.reportError) ?? systemReport);
  return {
    keys,
    users,
    usernameField: fieldName(settings.usernameField ?? 'username'),
    expiresInSeconds: seconds('token.expiresInSeconds', token.expiresInSeconds, 300, 1),
    issuer: text('token.issuer', token.issuer),
    audience: audience(token.audience),
    leewaySeconds: seconds('token.leewaySeconds', token.leewaySeconds, 0, 0),
    headerPrefix: headerPrefix(token.headerPrefix ?? 'JWT'),
    refresh: refresh === false ? false : { windowSeconds: seconds('refresh.windowSeconds', refresh.windowSeconds, 7 * DAY_SECONDS, 1) },
    cookie: cookie === undefined ? undefined : resolveCookie(cookie),
    sessions: settings.sessions === undefined ? undefined : resolveSessions(settings.sessions),
    throttle: settings.throttle === false ? undefined : resolveThrottle(settings.throttle ?? {}),
    clientAddress: clientAddressReader(wholeNumber('trustedProxies', settings.trustedProxies, 0, 0), reportError),
    ownClaims: callback('claims', settings.claims),
    usernameFromClaims: callback('usernameFromClaims', settings.usernameFromClaims),
    responsePayload: callback('responsePayload', settings.responsePayload),
    restStatus: oneOf('restStatus', settings.restStatus ?? 'http', ['http', 'drf']),
    clock: callback('clock', settings.clock) ?? Date.now,
    reportError,
    emit: guardedListener(callback('onEvent', settings.onEvent), reportError),
  };
}

function resolveCookie(cookie: CookieSettings): NonNullable<ResolvedSettings['cookie']> {
  known(cookie, 'cookie.', ['name', 'secure', 'tokenInBody', 'trustedOrigins']);
  if (typeof cookie.name !== 'string' || !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(cookie.name)) {
    refuse('cookie.name', `is ${JSON.stringify(cookie.name)}; give a cookie name of letters, digits and !#$%&'*+-.^_\`|~ (RFC 6265 section 4.1.1)`);
  }
  const { secure, tokenInBody = true, trustedOrigins = [] } = cookie;
  if (secure !== undefined && typeof secure !== 'boolean') refuse('cookie.secure', 'is not a boolean; leave it out to follow the request');
  if (typeof tokenInBody !== 'boolean') refuse('cookie.tokenInBody', 'is not a boolean; false keeps the token out of response bodies');
  if (cookie.name.startsWith('__Host-') && secure === false) refuse('cookie.secure', 'is false; a cookie named __Host-… needs Secure, or browsers drop it');
  if (!Array.isArray(trustedOrigins)) refuse('cookie.trustedOrigins', "is not an array; give origins as ['https://app.example.com']");
  for (const origin of trustedOrigins as readonly unknown[]) {
    if (typeof origin !== 'string' || !URL.canParse(origin) || new URL(origin).origin !== origin) {
      refuse('cookie.trustedOrigins', `has ${JSON.stringify(origin)}; give scheme, host and port alone, as https://app.example.com`);
    }
  }
  return { name: cookie.name, secure, tokenInBody, trustedOrigins: new Set(trustedOrigins) };
}

function audience(value: unknown): string | readonly string[] | undefined {
  if (!Array.isArray(value)) return text('token.audience', value);
  if (value.length === 0) refuse('token.audience', 'is an empty array, which no token could satisfy; leave it out or name an audience');
  return value.map((each: unknown) => text('token.audience', each) ?? refuse('token.audience', 'has undefined in it; give strings'));
}

const TAKEN_NAMES: ReadonlySet<string> = new Set(['password', 'token', 'refresh_token', '__proto__', 'user_id', ...RESERVED_CLAIMS]);

function fieldName(value: unknown): string {
  if (typeof value !== 'string' || !/^[A-Za-z_]\w*$/.test(value)) refuse('usernameField', `is ${JSON.stringify(value)}; give a field name like 'email'`);
  if (TAKEN_NAMES.has(value)) refuse('usernameField', `is '${value}', which means something else; give a field name like 'email'`);
  return value;
}

function headerPrefix(value: unknown): string {
  if (typeof value !== 'string' || !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(value)) {
    refuse('token.headerPrefix', `is ${JSON.stringify(value)}; give one word, as 'JWT' or 'Bearer'`);
  }
  return value;
}
