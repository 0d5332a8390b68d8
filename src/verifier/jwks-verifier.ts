import type { AuthVerifier } from '../core/auth-verifier.js';
import { verifyTokenOf } from '../core/call.js';
import type { Identity } from '../core/call.js';
import { checkClaims, usernameOf } from '../core/claims.js';
import type { Claims } from '../core/claims.js';
import { epochSeconds } from '../core/clock.js';
import { AuthError, ConfigurationError } from '../core/errors.js';
import { createKeySource, SOURCE_OPTIONS } from '../core/key-source.js';
import type { KeySourceOptions } from '../core/key-source.js';
import { whenThere } from '../core/maybe-promise.js';
import type { AuthUser } from '../core/ports.js';
import { guardedReport, systemReport } from '../core/report.js';
import { resolveCookie } from '../core/cookie-settings.js';
import type { CookieSettings, ResolvedCookie } from '../core/cookie-settings.js';
import { audience, callback, flag, known, refuse, scheme, seconds, text } from '../core/setting-checks.js';
import { createTokens } from '../core/tokens.js';
import type { Verified } from '../core/tokens.js';
import { keySetLoader, keySetUrl } from './key-set-url.js';
import type { FetchKeySet } from './key-set-url.js';

/** Who a token says is calling, where there is no user table to ask. */
export interface ClaimsUser {
  /** The claim `user_id`. */
  readonly id: string | number;
  readonly username: string;
  /** The token was good when it was issued; whether its user still is, only the issuer knows. */
  readonly isActive: true;
  readonly email?: string;
}

/** What `jwksVerifier` takes. */
export interface JwksVerifierSettings<User extends AuthUser = ClaimsUser> extends KeySourceOptions {
  /** Where the issuer's public keys are, as `https://auth.example.com/.well-known/jwks.json`. */
  readonly url: string | URL;
  /** The claim `iss` that every token must have; to be set wherever the issuer sets one. @default none: tokens of any issuer whose keys these are */
  readonly issuer?: string;
  /** The name of this service; a token must have it in `aud`. @default none: only tokens without `aud` */
  readonly audience?: string | readonly string[];
  /** Makes the user of a handler from a token's claims; null for a token without what it needs; one whose `isActive` is false is refused. @default ClaimsUser, of `user_id`, `username` and `email` */
  readonly userFromClaims?: (claims: Claims) => User | null;
  /** How far `exp` and `nbf` may be off, in seconds. @default 0 */
  readonly leewaySeconds?: number;
  /** The scheme of the Authorization header. @default 'JWT' */
  readonly headerPrefix?: string;
  /** Reads the token from the issuer's cookie too, where this service is called with it. @default none: Authorization header only */
  readonly cookie?: Pick<CookieSettings, 'name' | 'secure' | 'trustedOrigins'>;
  /** Loads the keys, for a proxy or a test. @default globalThis.fetch */
  readonly fetch?: FetchKeySet;
  /** Takes an `http:` address of another host, where only hosts you trust are on the way. @default false */
  readonly unsafePlainHttp?: boolean;
}

const NAMES = ['url', 'issuer', 'audience', 'userFromClaims', 'leewaySeconds', 'headerPrefix', 'cookie', 'fetch', 'unsafePlainHttp', ...SOURCE_OPTIONS];

/**
 * Verifies another service's tokens by its public keys (RFC 7517 section 5), for `protectedProcedure` and `requireUser`, without a secret and without a user table.
 *
 * It sees no revocation: a token is good until its `exp`, though its session was ended or its user disabled meanwhile. Keep the issuer's
 * `expiresInSeconds` short. While the issuer is down, the keys it had stay in use for `staleSeconds`.
 *
 * @throws ConfigurationError naming the setting and the mend
 * @example
 * ```ts
 * import { initTRPC } from '@trpc/server';
 * import { authErrorFormatter, jwksVerifier, protectedProcedure, type AuthContext } from 'trpc-jwt-auth';
 *
 * const auth = jwksVerifier({ url: 'https://auth.example.com/.well-known/jwks.json', issuer: 'https://auth.example.com', audience: 'reports' });
 * const t = initTRPC.context<AuthContext>().create({ errorFormatter: authErrorFormatter() });
 * const hello = protectedProcedure(auth, t).query(({ ctx }) => `Hello, ${ctx.user.username}`);
 * ```
 */
export function jwksVerifier<User extends AuthUser = ClaimsUser>(settings: JwksVerifierSettings<User>): AuthVerifier<User> {
  const { url, policy, cookie, headerPrefix, fetchKeySet, clock, reportError, userFromClaims, sourceOptions } = named(() => resolve(settings));
  const source = createKeySource(keySetLoader(url, fetchKeySet, reportError), 'jwksVerifier', { ...sourceOptions, clock, reportError });
  const tokens = createTokens<User>(source, 'JWT');
  const judged = ({ claims }: Verified<User>): Identity<User> => {
    checkClaims(policy, claims, epochSeconds(clock));
    const user: User | null | undefined = userFromClaims(claims);
    if (user === null || user === undefined) throw new AuthError('TOKEN_PAYLOAD_INVALID');
    if ('then' in user) {
      Promise.resolve(user).catch(reportError);
      throw new ConfigurationError('jwksVerifier: userFromClaims gives a promise; give a user, made of the claims alone.');
    }
    if (!user.isActive) throw new AuthError('ACCOUNT_DISABLED');
    return { user, claims };
  };
  return {
    settings: { clock, cookie, headerPrefix, leewaySeconds: policy.leewaySeconds, restStatus: 'http', reportError },
    verifyToken: verifyTokenOf((token) => whenThere(tokens.verify(token), judged)),
  };
}

function resolve<User extends AuthUser>(settings: JwksVerifierSettings<User>) {
  if (typeof settings !== 'object' || settings === null) refuse('settings', 'are not an object; give { url, issuer, audience }');
  known(settings, '', NAMES);
  const { url, issuer, audience: audiences, leewaySeconds, headerPrefix, cookie, fetch: fetchGiven, unsafePlainHttp, userFromClaims, clock, reportError, ...sourceOptions } = settings;
  return {
    url: keySetUrl(url, flag('unsafePlainHttp', unsafePlainHttp, false)),
    policy: { issuer: text('issuer', issuer), audience: audience('audience', audiences), leewaySeconds: seconds('leewaySeconds', leewaySeconds, 0, 0), requireTokenId: false },
    cookie: cookie === undefined ? undefined : resolveVerifierCookie(cookie),
    headerPrefix: scheme('headerPrefix', headerPrefix ?? 'JWT'),
    // Called as a method of nothing: a browser's or Worker's fetch refuses another `this`.
    fetchKeySet: callback('fetch', fetchGiven) ?? ((address, init) => fetch(address, init)) satisfies FetchKeySet,
    clock: callback('clock', clock) ?? Date.now,
    reportError: guardedReport(callback('reportError', reportError) ?? systemReport),
    userFromClaims: callback('userFromClaims', userFromClaims) ?? (claimsUser as (claims: Claims) => User | null),
    sourceOptions,
  };
}

function resolveVerifierCookie(cookie: NonNullable<JwksVerifierSettings['cookie']>): ResolvedCookie {
  known(cookie, 'cookie.', ['name', 'secure', 'trustedOrigins']);
  return resolveCookie(cookie);
}

/** The checks of settings are those of createJwtAuth. */
function named<Result>(check: () => Result): Result {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new ConfigurationError(error.message.replace(/^createJwtAuth:/, 'jwksVerifier:'));
  }
}

function claimsUser(claims: Claims): ClaimsUser | null {
  const { user_id: id, email } = claims;
  if ((typeof id !== 'string' || id === '') && !Number.isSafeInteger(id)) return null;
  const username = usernameOf({ usernameFromClaims: undefined }, claims);
  return { id: id as string | number, username, isActive: true, ...(typeof email === 'string' && { email }) };
}
