import type { CallRequest } from '../core/call.js';
import type { Claims } from '../core/claims.js';
import type { Jwk } from '../core/key-format.js';
import type { AuthUser, MaybePromise } from '../core/ports.js';
import type { Timedelta } from './timedelta.js';

/** Which Django package the settings are of: their defaults differ. */
export type DjangoPackage = 'djangorestframework-jwt' | 'drf-jwt';

/** Both of them. */
export const PACKAGES: readonly DjangoPackage[] = ['djangorestframework-jwt', 'drf-jwt'];

/** One key, several, or several by their `kid`; the first signs. A Map keeps the order of names that are numbers, an object does not. */
export type KeyMaterial<Key> = Key | readonly Key[] | Readonly<Record<string, Key>> | ReadonlyMap<string, Key>;

/**
 * The values of a `JWT_AUTH` dict; None as null, Python functions as functions. A string in a function's place may only be the package's own default.
 */
export interface JwtAuthDict<User extends AuthUser = AuthUser, Extra extends object = object, Cookie extends string | null | undefined = string | null | undefined> {
  /** Signs and verifies HS tokens. @default SECRET_KEY */
  readonly JWT_SECRET_KEY?: KeyMaterial<string> | null;
  /** Gives a user's own secret for his HS tokens. @default none */
  readonly JWT_GET_USER_SECRET_KEY?: ((user: User) => MaybePromise<string | Uint8Array>) | null;
  /** Signs, for another algorithm than HS: PEM (PKCS#8) or JWK; of several the first. @default none */
  readonly JWT_PRIVATE_KEY?: KeyMaterial<string | Jwk> | null;
  /** Verify beside the public half of JWT_PRIVATE_KEY: PEM (SPKI) or JWK. @default none */
  readonly JWT_PUBLIC_KEY?: KeyMaterial<string | Jwk> | null;
  /** HS, RS, PS or ES 256 to 512, or EdDSA; of several the first signs. @default 'HS256' */
  readonly JWT_ALGORITHM?: string | readonly string[];
  /** True refuses a token that names no key (drf-jwt). @default false */
  readonly JWT_INSIST_ON_KID?: boolean;
  /** 'off', 'include' or 'require', which refuses a token without `jti`; ours always have one (drf-jwt). @default 'include' */
  readonly JWT_TOKEN_ID?: string;
  /** Only true is taken: false would accept forged tokens. @default true */
  readonly JWT_VERIFY?: boolean;
  /** Only true is taken: false would accept expired tokens. @default true */
  readonly JWT_VERIFY_EXPIRATION?: boolean;
  /** How far `exp` and `nbf` may be off, in seconds. @default 0 */
  readonly JWT_LEEWAY?: Timedelta;
  /** How long a token is good for, in seconds. @default 300 */
  readonly JWT_EXPIRATION_DELTA?: Timedelta;
  /** The claim `aud`. @default none */
  readonly JWT_AUDIENCE?: string | readonly string[] | null;
  /** The claim `iss`. @default none */
  readonly JWT_ISSUER?: string | null;
  /** Whether tokens can be refreshed. @default false, with drf-jwt true */
  readonly JWT_ALLOW_REFRESH?: boolean;
  /** How long after the login a token can be refreshed, in seconds. @default 604800 */
  readonly JWT_REFRESH_EXPIRATION_DELTA?: Timedelta;
  /** The scheme of the Authorization header. @default 'JWT', with drf-jwt 'Bearer' */
  readonly JWT_AUTH_HEADER_PREFIX?: string;
  /** The cookie's name. @default none */
  readonly JWT_AUTH_COOKIE?: Cookie;
  /** The cookie's Domain (drf-jwt). @default none */
  readonly JWT_AUTH_COOKIE_DOMAIN?: string | null;
  /** The cookie's Path (drf-jwt). @default '/' */
  readonly JWT_AUTH_COOKIE_PATH?: string | null;
  /** The cookie's Secure (drf-jwt). @default true with drf-jwt, else as the request */
  readonly JWT_AUTH_COOKIE_SECURE?: boolean;
  /** The cookie's SameSite: 'Lax', 'Strict' or 'None' (drf-jwt). @default 'Lax' */
  readonly JWT_AUTH_COOKIE_SAMESITE?: string | null;
  /** Gives all claims but the registered ones (exp, iat, orig_iat, aud, iss, jti, nbf), which are set for it. @default user_id, username, email; with drf-jwt no email */
  readonly JWT_PAYLOAD_HANDLER?: ((user: User) => Readonly<Record<string, unknown>>) | string | null;
  /** Reads the user name from claims. @default (payload) => payload.username */
  readonly JWT_PAYLOAD_GET_USERNAME_HANDLER?: ((payload: Claims) => string | number | null | undefined) | string | null;
  /** Whether the default claims have `user_id` (drf-jwt). @default true */
  readonly JWT_PAYLOAD_INCLUDE_USER_ID?: boolean;
  /** Makes what is added to an answer; it cannot set or leave out the token itself. `issuedAt` is in epoch seconds. @default none */
  readonly JWT_RESPONSE_PAYLOAD_HANDLER?:
    | ((token: string | undefined, user: User, request: CallRequest | undefined, issuedAt: number | undefined) => Extra)
    | string
    | null;
  /** Refused but for its default: the claim `user_id` is read as it is. */
  readonly JWT_PAYLOAD_GET_USER_ID_HANDLER?: string | null;
  /** Refused but for its default: tokens are signed here. */
  readonly JWT_ENCODE_HANDLER?: string | null;
  /** Refused but for its default: tokens are verified here. */
  readonly JWT_DECODE_HANDLER?: string | null;
  /** Refused (drf-jwt): `issueToken(user)` makes a token for another user. */
  readonly JWT_IMPERSONATION_COOKIE?: null;
  /** Only false is taken (drf-jwt): there is no table of tokens. @default false */
  readonly JWT_DELETE_STALE_BLACKLISTED_TOKENS?: boolean;
}

/** The settings of a Django project that tokens depend on. */
export interface DjangoSettings<User extends AuthUser = AuthUser, Extra extends object = object, Cookie extends string | null | undefined = string | null | undefined> {
  readonly SECRET_KEY: string;
  readonly JWT_AUTH?: JwtAuthDict<User, Extra, Cookie>;
}

type Key = keyof JwtAuthDict;

/** Whether a key of `JWT_AUTH` is drf-jwt's alone. */
const KEYS: Readonly<Record<Key, 'both' | 'drf-jwt'>> = {
  JWT_SECRET_KEY: 'both',
  JWT_GET_USER_SECRET_KEY: 'both',
  JWT_PRIVATE_KEY: 'both',
  JWT_PUBLIC_KEY: 'both',
  JWT_ALGORITHM: 'both',
  JWT_INSIST_ON_KID: 'drf-jwt',
  JWT_TOKEN_ID: 'drf-jwt',
  JWT_VERIFY: 'both',
  JWT_VERIFY_EXPIRATION: 'both',
  JWT_LEEWAY: 'both',
  JWT_EXPIRATION_DELTA: 'both',
  JWT_AUDIENCE: 'both',
  JWT_ISSUER: 'both',
  JWT_ALLOW_REFRESH: 'both',
  JWT_REFRESH_EXPIRATION_DELTA: 'both',
  JWT_AUTH_HEADER_PREFIX: 'both',
  JWT_AUTH_COOKIE: 'both',
  JWT_AUTH_COOKIE_DOMAIN: 'drf-jwt',
  JWT_AUTH_COOKIE_PATH: 'drf-jwt',
  JWT_AUTH_COOKIE_SECURE: 'drf-jwt',
  JWT_AUTH_COOKIE_SAMESITE: 'drf-jwt',
  JWT_PAYLOAD_HANDLER: 'both',
  JWT_PAYLOAD_GET_USERNAME_HANDLER: 'both',
  JWT_PAYLOAD_INCLUDE_USER_ID: 'drf-jwt',
  JWT_RESPONSE_PAYLOAD_HANDLER: 'both',
  JWT_PAYLOAD_GET_USER_ID_HANDLER: 'both',
  JWT_ENCODE_HANDLER: 'both',
  JWT_DECODE_HANDLER: 'both',
  JWT_IMPERSONATION_COOKIE: 'drf-jwt',
  JWT_DELETE_STALE_BLACKLISTED_TOKENS: 'drf-jwt',
};

/** Whose key of `JWT_AUTH` this is; undefined for nobody's. */
export function packageOf(key: string): 'both' | 'drf-jwt' | undefined {
  return Object.hasOwn(KEYS, key) ? KEYS[key as Key] : undefined;
}
