import { createBoundedCache } from './bounded-cache.js';
import { namesUser } from './claims.js';
import type { Claims } from './claims.js';
import { AuthError, ConfigurationError } from './errors.js';
import { importSecret, secretBytes } from './keys.js';
import type { KeySet, SecretAlgorithm, TokenKey } from './keys.js';
import type { AuthUser, MaybePromise, Users } from './ports.js';

/** Gives a user's own secret, which signs his tokens in place of the app's. */
export type UserSecret<User extends AuthUser> = (user: User) => MaybePromise<string | Uint8Array>;

/** The keys of users who have a secret each. */
export interface UserKeys<User extends AuthUser> {
  /** Whom claims that nothing vouches for yet name; undefined for nobody, and for two users at once. */
  readonly userOf: (claims: Claims) => Promise<User | undefined>;
  /** The key of a user's secret as it is now; the same object while the secret is the same. For nobody, a key that signs nothing. */
  readonly keyOf: (user: User | undefined, algorithm: SecretAlgorithm, set: KeySet) => Promise<TokenKey>;
}

const CACHED_KEYS = 1000;

/**
 * Keys from users' secrets.
 *
 * @param usernameOf - reads the user's name from claims of the kind of token
 */
export function createUserKeys<User extends AuthUser>(userSecret: UserSecret<User>, users: Users<User>, usernameOf: (claims: Claims) => unknown): UserKeys<User> {
  const imported = createBoundedCache<MaybePromise<TokenKey>>(CACHED_KEYS);
  const importOnce = (secret: Uint8Array<ArrayBuffer>, algorithm: SecretAlgorithm): MaybePromise<TokenKey> => {
    const name = `${algorithm} ${secret.join()}`;
    const known = imported.get(name);
    if (known !== undefined) return known;
    const key = importSecret(secret, algorithm);
    imported.set(name, key);
    return key;
  };
  // On first use and not here: Workers allow no chance outside a request.
  let nobody: string | undefined;

  return {
    userOf: async (claims) => {
      const username = claimed(usernameOf, claims);
      const user = await users.findByUsername(username);
      return user !== null && user !== undefined && namesUser(claims, user) ? user : undefined;
    },
    keyOf: async (user, algorithm, { leastSecretBytes }) => {
      // Verified with a key of nobody's, an unknown name takes as long as a known one.
      const secret: unknown = user === undefined ? (nobody ??= crypto.randomUUID() + crypto.randomUUID()) : await userSecret(user);
      if (typeof secret !== 'string' && !(secret instanceof Uint8Array)) throw new ConfigurationError('createJwtAuth: userSecret gives neither a string nor a Uint8Array for a user; give 32 random bytes or more for each.');
      const bytes = secretBytes(secret);
      if (bytes.length < leastSecretBytes) {
        throw new ConfigurationError(
          `createJwtAuth: userSecret gives ${bytes.length} bytes for a user; under 32 they can be guessed offline from any one token (RFC 7518 section 3.2). ` +
            'Give 32 random bytes or more for each, or keys: secretKey(secret, { unsafeShortSecret: true }) where issued tokens must go on verifying.',
        );
      }
      return importOnce(bytes, algorithm);
    },
  };
}

function claimed(usernameOf: (claims: Claims) => unknown, claims: Claims): string {
  let username: unknown;
  try {
    username = usernameOf(claims);
  } catch (error) {
    // The app's own reader may trip over what a forger wrote; that is no fault of the app's.
    throw new AuthError('TOKEN_UNDECODABLE', { cause: error });
  }
  if (typeof username !== 'string' || username === '') throw new AuthError('TOKEN_UNDECODABLE');
  return username;
}
