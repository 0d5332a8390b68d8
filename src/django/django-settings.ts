import type { CookieSettings } from '../core/cookie-settings.js';
import { ConfigurationError } from '../core/errors.js';
import type { KeyRing } from '../core/keys.js';
import type { AuthUser } from '../core/ports.js';
import type { RefreshSettings, TokenSettings } from '../core/settings.js';
import { djangoCookie } from './django-cookie.js';
import { djangoHandlers } from './django-handlers.js';
import type { DjangoHandlers } from './django-handlers.js';
import { djangoKeys } from './django-keys.js';
import { packageOf, PACKAGES } from './jwt-auth-dict.js';
import type { DjangoPackage, DjangoSettings, JwtAuthDict } from './jwt-auth-dict.js';
import { flag, refuse } from './refusal.js';
import { timedeltaSeconds } from './timedelta.js';

/** What `fromDjangoSettings` takes beside the settings. */
export interface FromDjangoOptions {
  /** Whose settings they are; the defaults of the keys left out are that package's. @default 'djangorestframework-jwt' */
  readonly package?: DjangoPackage;
  /** Accepts a secret under 32 bytes, where issued tokens must go on verifying. @default false */
  readonly unsafeShortSecret?: boolean;
}

type CookiePart<Cookie> = [Cookie] extends [string] ? { cookie: CookieSettings } : [Cookie] extends [null | undefined] ? object : { cookie?: CookieSettings };

/** Settings to spread into `createJwtAuth`. */
export type DjangoAuthSettings<User extends AuthUser = AuthUser, Extra extends object = object, Cookie extends string | null | undefined = string | null | undefined> = {
  keys: KeyRing;
  token: TokenSettings;
  refresh: RefreshSettings | false;
  restStatus: 'drf';
} & DjangoHandlers<User, Extra> & CookiePart<Cookie>;


/**
 * The settings of a Django REST framework JWT backend, so that its tokens and its clients go on working (specification "Cookie Support", "Error Handling").
 *
 * Spread the result into `createJwtAuth`; answers at the token URLs keep the original's status 400.
 *
 * @param settings - `SECRET_KEY` and the `JWT_AUTH` dict: None as null, timedeltas as seconds or as text, Python's functions written anew
 * @param options - `package: 'drf-jwt'` for the defaults of the maintained fork
 * @throws ConfigurationError naming the key and the mend
 * @example
 * ```ts
 * import { fromDjangoSettings } from 'trpc-jwt-auth/django';
 *
 * const settings = fromDjangoSettings({
 *   SECRET_KEY: 'a-django-secret-key-of-fifty-characters-0123456789',
 *   JWT_AUTH: { JWT_AUTH_COOKIE: 'jwt-token', JWT_EXPIRATION_DELTA: 3600 },
 * });
 * ```
 */
export function fromDjangoSettings<User extends AuthUser = AuthUser, Extra extends object = object, const Cookie extends string | null | undefined = undefined>(
  settings: DjangoSettings<User, Extra, Cookie>,
  options: FromDjangoOptions = {},
): DjangoAuthSettings<User, Extra, Cookie> {
  const { ofPackage, unsafeShortSecret } = resolveOptions(options);
  const stranger = Object.keys(settings).find((key) => key !== 'SECRET_KEY' && key !== 'JWT_AUTH');
  if (stranger !== undefined) throw new ConfigurationError(`fromDjangoSettings: ${stranger} is unknown; there are SECRET_KEY and JWT_AUTH.`);
  const { SECRET_KEY, JWT_AUTH: dict = {} } = settings;
  if (typeof dict !== 'object' || dict === null) throw new ConfigurationError('fromDjangoSettings: JWT_AUTH is not an object; give the dict as { JWT_LEEWAY: 0, … }.');
  check(dict, ofPackage);
  const isFork = ofPackage === 'drf-jwt';
  const keys = djangoKeys(SECRET_KEY, dict, unsafeShortSecret);
  const handlers = djangoHandlers(dict, ofPackage);
  if (handlers.userSecret !== undefined && keys.traits?.hasSecrets === false) {
    refuse('JWT_GET_USER_SECRET_KEY', 'is there, and no algorithm of JWT_ALGORITHM has a secret, so that it did nothing; take it out');
  }
  const cookie = djangoCookie(dict, ofPackage);
  const windowSeconds = timedeltaSeconds('JWT_REFRESH_EXPIRATION_DELTA', dict.JWT_REFRESH_EXPIRATION_DELTA, 7 * 24 * 3600);
  const made = {
    keys,
    token: {
      expiresInSeconds: timedeltaSeconds('JWT_EXPIRATION_DELTA', dict.JWT_EXPIRATION_DELTA, 300),
      leewaySeconds: timedeltaSeconds('JWT_LEEWAY', dict.JWT_LEEWAY, 0),
      headerPrefix: dict.JWT_AUTH_HEADER_PREFIX ?? (isFork ? 'Bearer' : 'JWT'),
      ...(dict.JWT_AUDIENCE != null && { audience: dict.JWT_AUDIENCE }),
      ...(dict.JWT_ISSUER != null && { issuer: dict.JWT_ISSUER }),
      ...(dict.JWT_TOKEN_ID === 'require' && { requireTokenId: true }),
    },
    refresh: flag('JWT_ALLOW_REFRESH', dict.JWT_ALLOW_REFRESH, isFork) && { windowSeconds },
    restStatus: 'drf' as const,
    ...handlers,
    ...(cookie !== undefined && { cookie }),
  };
  // Whether there is a cookie, the type of its name says.
  return made as DjangoAuthSettings<User, Extra, Cookie>;
}

function resolveOptions(options: FromDjangoOptions): { ofPackage: DjangoPackage; unsafeShortSecret: boolean } {
  const stranger = Object.keys(options).find((name) => name !== 'package' && name !== 'unsafeShortSecret');
  if (stranger !== undefined) throw new ConfigurationError(`fromDjangoSettings: unknown option "${stranger}"; there are package and unsafeShortSecret.`);
  const { package: ofPackage = 'djangorestframework-jwt', unsafeShortSecret = false } = options;
  if (!PACKAGES.includes(ofPackage)) throw new ConfigurationError(`fromDjangoSettings: package is ${JSON.stringify(ofPackage)}; give one of ${PACKAGES.map((each) => `'${each}'`).join(', ')}.`);
  return { ofPackage, unsafeShortSecret };
}

// Keys of which one value alone has a place here, and why the others have none.
const ONLY: ReadonlyMap<string, { readonly values: readonly unknown[]; readonly reason: string }> = new Map([
  ['JWT_VERIFY', { values: [true], reason: 'would accept forged or expired tokens; remove it' }],
  ['JWT_VERIFY_EXPIRATION', { values: [true], reason: 'would accept forged or expired tokens; remove it' }],
  ['JWT_TOKEN_ID', { values: ['off', 'include', 'require'], reason: "nobody knows; give 'off', 'include' or 'require'" }],
  ['JWT_IMPERSONATION_COOKIE', { values: [null], reason: 'would go before the cookie of the user himself; make a token for another user with issueToken(user), and take this out' }],
  ['JWT_DELETE_STALE_BLACKLISTED_TOKENS', { values: [false], reason: 'needs a table of blacklisted tokens; to revoke, give createJwtAuth sessions: { store }, which forgets what has expired, and take this out' }],
]);

function check(dict: JwtAuthDict<never>, ofPackage: DjangoPackage): void {
  for (const [key, value] of Object.entries(dict) as [string, unknown][]) {
    const owner = packageOf(key);
    if (owner === undefined) refuse(key, 'is unknown; check its spelling');
    // Its other defaults would be taken for the original's: another header prefix, no refresh.
    if (owner === 'drf-jwt' && ofPackage !== 'drf-jwt') refuse(key, "is a key of drf-jwt, whose defaults differ; give fromDjangoSettings { package: 'drf-jwt' } after the settings");
    const only = ONLY.get(key);
    if (only !== undefined && value !== undefined && !only.values.includes(value)) refuse(key, `is ${JSON.stringify(value)}, which ${only.reason}`);
  }
}
