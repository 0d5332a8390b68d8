import { ConfigurationError } from '../core/errors.js';
import { secretKey } from '../core/keys.js';
import type { KeyRing, SecretAlgorithm } from '../core/keys.js';
import type { CookieSettings, RefreshSettings, TokenSettings } from '../core/settings.js';

/** The values of a `JWT_AUTH` dict; timedeltas in seconds, None as null. */
export interface JwtAuthDict {
  /** Signs and verifies. @default SECRET_KEY */
  readonly JWT_SECRET_KEY?: string | null;
  /** HS256, HS384 or HS512. @default 'HS256' */
  readonly JWT_ALGORITHM?: string;
  /** Only true is taken: false would accept forged tokens. @default true */
  readonly JWT_VERIFY?: boolean;
  /** Only true is taken: false would accept expired tokens. @default true */
  readonly JWT_VERIFY_EXPIRATION?: boolean;
  /** How far `exp` and `nbf` may be off, in seconds. @default 0 */
  readonly JWT_LEEWAY?: number;
  /** How long a token is good for, in seconds. @default 300 */
  readonly JWT_EXPIRATION_DELTA?: number;
  /** The claim `aud`. @default none */
  readonly JWT_AUDIENCE?: string | readonly string[] | null;
  /** The claim `iss`. @default none */
  readonly JWT_ISSUER?: string | null;
  /** Whether tokens can be refreshed. @default false */
  readonly JWT_ALLOW_REFRESH?: boolean;
  /** How long after the login a token can be refreshed, in seconds. @default 604800 */
  readonly JWT_REFRESH_EXPIRATION_DELTA?: number;
  /** The scheme of the Authorization header. @default 'JWT' */
  readonly JWT_AUTH_HEADER_PREFIX?: string;
  /** The cookie's name. @default none */
  readonly JWT_AUTH_COOKIE?: string | null;
}

/** The settings of a Django project that tokens depend on. */
export interface DjangoSettings {
  readonly SECRET_KEY: string;
  readonly JWT_AUTH?: JwtAuthDict;
}

/** What `fromDjangoSettings` takes beside the settings. */
export interface FromDjangoOptions {
  /** Accepts a secret under 32 bytes, where issued tokens must go on verifying. @default false */
  readonly unsafeShortSecret?: boolean;
}

/** Settings to spread into `createJwtAuth`. */
export interface DjangoAuthSettings {
  keys: KeyRing;
  token: TokenSettings;
  refresh: RefreshSettings | false;
  restStatus: 'drf';
  cookie?: CookieSettings;
}

const VALUES: ReadonlySet<string> = new Set([
  'JWT_SECRET_KEY',
  'JWT_ALGORITHM',
  'JWT_VERIFY',
  'JWT_VERIFY_EXPIRATION',
  'JWT_LEEWAY',
  'JWT_EXPIRATION_DELTA',
  'JWT_AUDIENCE',
  'JWT_ISSUER',
  'JWT_ALLOW_REFRESH',
  'JWT_REFRESH_EXPIRATION_DELTA',
  'JWT_AUTH_HEADER_PREFIX',
  'JWT_AUTH_COOKIE',
]);

// Each names a Python function or key material that this function can't take over by itself; null, their default, is fine.
const REFUSED: Readonly<Record<string, string>> = {
  JWT_PAYLOAD_HANDLER: 'names a Python function; write it as claims: (user) => ({ … }) of createJwtAuth',
  JWT_PAYLOAD_GET_USERNAME_HANDLER: 'names a Python function; write it as usernameFromClaims: (claims) => … of createJwtAuth',
  JWT_PAYLOAD_GET_USER_ID_HANDLER: 'names a Python function, and is deprecated there; the claim user_id is read as it is',
  JWT_RESPONSE_PAYLOAD_HANDLER: 'names a Python function; write it as responsePayload: ({ user }) => ({ … }) of createJwtAuth',
  JWT_ENCODE_HANDLER: 'names a Python function; tokens are signed here, add claims with claims: (user) => ({ … })',
  JWT_DECODE_HANDLER: 'names a Python function; tokens are verified here',
  JWT_GET_USER_SECRET_KEY: 'gives each user a secret, which is not supported yet',
  JWT_PRIVATE_KEY: 'is not read yet; leave it and JWT_ALGORITHM out, and give createJwtAuth keys: keyPair({ algorithm, privateKey }) after these settings',
  JWT_PUBLIC_KEY: 'is not read yet; leave it out, keyPair makes it from the private one',
};

/**
 * The settings of a Django REST framework JWT backend, so that its tokens and its clients go on working (specification "Cookie Support", "Error Handling").
 *
 * Spread the result into `createJwtAuth`; answers at the token URLs keep the original's status 400.
 *
 * @param settings - `SECRET_KEY` and the `JWT_AUTH` dict as they stand, timedeltas as seconds, None as null
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
export function fromDjangoSettings(settings: DjangoSettings, options: FromDjangoOptions = {}): DjangoAuthSettings {
  const stranger = Object.keys(settings).find((key) => key !== 'SECRET_KEY' && key !== 'JWT_AUTH');
  if (stranger !== undefined) throw new ConfigurationError(`fromDjangoSettings: ${stranger} is unknown; there are SECRET_KEY and JWT_AUTH.`);
  const { SECRET_KEY, JWT_AUTH = {} } = settings;
  if (typeof JWT_AUTH !== 'object' || JWT_AUTH === null) throw new ConfigurationError('fromDjangoSettings: JWT_AUTH is not an object; give the dict as { JWT_LEEWAY: 0, … }.');
  for (const [key, value] of Object.entries(JWT_AUTH) as [string, unknown][]) check(key, value);
  return {
    keys: secretKey(JWT_AUTH.JWT_SECRET_KEY ?? SECRET_KEY, { algorithm: algorithm(JWT_AUTH.JWT_ALGORITHM ?? 'HS256'), ...options }),
    token: {
      expiresInSeconds: JWT_AUTH.JWT_EXPIRATION_DELTA ?? 300,
      leewaySeconds: JWT_AUTH.JWT_LEEWAY ?? 0,
      headerPrefix: JWT_AUTH.JWT_AUTH_HEADER_PREFIX ?? 'JWT',
      ...(JWT_AUTH.JWT_AUDIENCE != null && { audience: JWT_AUTH.JWT_AUDIENCE }),
      ...(JWT_AUTH.JWT_ISSUER != null && { issuer: JWT_AUTH.JWT_ISSUER }),
    },
    refresh: JWT_AUTH.JWT_ALLOW_REFRESH === true && { windowSeconds: JWT_AUTH.JWT_REFRESH_EXPIRATION_DELTA ?? 7 * 24 * 3600 },
    restStatus: 'drf',
    ...(JWT_AUTH.JWT_AUTH_COOKIE != null && { cookie: { name: JWT_AUTH.JWT_AUTH_COOKIE } }),
  };
}

const TRUE_ONLY: ReadonlySet<string> = new Set(['JWT_VERIFY', 'JWT_VERIFY_EXPIRATION']);

function check(key: string, value: unknown): void {
  const reason = Object.hasOwn(REFUSED, key) ? REFUSED[key] : undefined;
  if (reason !== undefined) {
    if (value !== null && value !== undefined) throw new ConfigurationError(`fromDjangoSettings: JWT_AUTH.${key} ${reason}.`);
    return;
  }
  if (!VALUES.has(key)) throw new ConfigurationError(`fromDjangoSettings: JWT_AUTH.${key} is unknown; check its spelling.`);
  if (TRUE_ONLY.has(key) && value !== true) {
    throw new ConfigurationError(`fromDjangoSettings: JWT_AUTH.${key} is ${JSON.stringify(value)}, which would accept forged or expired tokens; remove it.`);
  }
  if (key === 'JWT_ALLOW_REFRESH' && typeof value !== 'boolean') {
    throw new ConfigurationError(`fromDjangoSettings: JWT_AUTH.JWT_ALLOW_REFRESH is ${JSON.stringify(value)}; give true or false.`);
  }
}

function algorithm(name: string): SecretAlgorithm {
  if (name === 'HS256' || name === 'HS384' || name === 'HS512') return name;
  throw new ConfigurationError(`fromDjangoSettings: JWT_AUTH.JWT_ALGORITHM is ${JSON.stringify(name)}; use HS256, HS384 or HS512, or give createJwtAuth keys: keyPair({ … }) after these settings.`);
}
