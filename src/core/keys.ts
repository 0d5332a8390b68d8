import { ConfigurationError } from './errors.js';
import type { MaybePromise } from './ports.js';

/** A key as WebCrypto holds it. */
export type ImportedKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** An algorithm this package signs and verifies with. */
export type Algorithm = SecretAlgorithm | AsymmetricAlgorithm;

/** Algorithms of a shared secret (RFC 7518 section 3.2). */
export type SecretAlgorithm = 'HS256' | 'HS384' | 'HS512';

/** Algorithms of a private and a public key (RFC 7518 sections 3.3 to 3.5, RFC 8037 section 3.1). */
export type AsymmetricAlgorithm = 'RS256' | 'RS384' | 'RS512' | 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA';

/** The key that signs, pinned to its algorithm. */
export interface SigningKey {
  readonly algorithm: Algorithm;
  readonly key: ImportedKey;
  readonly kid?: string;
}

/** The keys of an app: one signs, every one verifies, each only for the algorithm it is pinned to. */
export interface KeyRing {
  /** The allow-list; a token of any other `alg` is rejected before a key is touched. */
  readonly algorithms: ReadonlySet<string>;
  /** False for a ring that only verifies. @default true */
  readonly canSign?: boolean;
  readonly signingKey: () => MaybePromise<SigningKey>;
  /** The keys that may have signed a token with this header; none for a `kid` nobody here has. */
  readonly verificationKeys: (header: { readonly alg: string; readonly kid?: string }) => MaybePromise<readonly ImportedKey[]>;
}

/** What `secretKey` takes beside the secret. */
export interface SecretKeyOptions {
  /** The one algorithm that is signed with and accepted. @default 'HS256' */
  readonly algorithm?: SecretAlgorithm;
  /** The key's name in the header of tokens, where there are several. @default none */
  readonly kid?: string;
  /** Accepts a secret under 32 bytes, which can be guessed offline from any one token. @default false */
  readonly unsafeShortSecret?: boolean;
}

const HASHES: Readonly<Record<SecretAlgorithm, string>> = { HS256: 'SHA-256', HS384: 'SHA-384', HS512: 'SHA-512' };
const LEAST_SECRET_BYTES = 32;

/**
 * Keys of one shared secret (HMAC, RFC 7518 section 3.2); a string is taken as UTF-8, as Django takes it.
 *
 * @param secret - at least 32 bytes, best from a random generator: `openssl rand -base64 48`
 * @throws ConfigurationError for a short secret or an unknown algorithm
 * @example
 * ```ts
 * import { secretKey } from 'trpc-jwt-auth';
 *
 * const keys = secretKey('0123456789abcdef0123456789abcdef', { algorithm: 'HS512' });
 * ```
 */
export function secretKey(secret: string | Uint8Array, options: SecretKeyOptions = {}): KeyRing {
  const { algorithm = 'HS256', unsafeShortSecret = false, kid } = options;
  for (const name of Object.keys(options)) {
    if (!['algorithm', 'kid', 'unsafeShortSecret'].includes(name)) throw new ConfigurationError(`secretKey: unknown option "${name}"; there are algorithm, kid and unsafeShortSecret.`);
  }
  if (!Object.hasOwn(HASHES, algorithm)) {
    throw new ConfigurationError(`secretKey: unknown algorithm "${algorithm as string}"; use HS256, HS384 or HS512.`);
  }
  if (typeof secret !== 'string' && !(secret instanceof Uint8Array)) {
    throw new ConfigurationError(`secretKey: the secret is ${secret === undefined ? 'undefined (is its environment variable set?)' : 'neither a string nor a Uint8Array'}; give at least 32 bytes.`);
  }
  if (kid !== undefined && (typeof kid !== 'string' || kid === '')) throw new ConfigurationError('secretKey: kid is no name; give a string, or leave it out.');
  const bytes = typeof secret === 'string' ? new TextEncoder().encode(secret) : Uint8Array.from(secret);
  if (bytes.length === 0 || (bytes.length < LEAST_SECRET_BYTES && !unsafeShortSecret)) {
    throw new ConfigurationError(
      `secretKey: the secret has ${bytes.length} bytes; under 32 it can be guessed offline from any one token (RFC 7518 section 3.2). ` +
        'Make one with "openssl rand -base64 48", or set unsafeShortSecret: true where issued tokens must go on verifying.',
    );
  }

  let imported: Promise<SigningKey> | undefined;
  let ready: SigningKey | undefined;
  let readyKeys: readonly ImportedKey[] = [];
  // On first use and not here: Workers allow no WebCrypto outside a request.
  const importOnce = (): Promise<SigningKey> =>
    (imported ??= crypto.subtle
      .importKey('raw', bytes, { name: 'HMAC', hash: HASHES[algorithm] }, false, ['sign', 'verify'])
      .then((key) => {
        readyKeys = [key];
        return (ready = { algorithm, key, ...(kid !== undefined && { kid }) });
      }));

  return {
    algorithms: new Set([algorithm]),
    signingKey: () => ready ?? importOnce(),
    verificationKeys: (header) => {
      // Tokens of a server that names no keys, as Django, are of this one.
      if (header.alg !== algorithm || (kid !== undefined && header.kid !== undefined && header.kid !== kid)) return [];
      return ready === undefined ? importOnce().then(() => readyKeys) : readyKeys;
    },
  };
}

/**
 * Several keys: the first signs, and all verify, each only for its own algorithm and, where a token names one, its own `kid`. To rotate, put the
 * new key first and take the old one out when the last of its tokens has expired.
 *
 * @throws ConfigurationError for no keys, or a first key that cannot sign
 * @example
 * ```ts
 * import { createJwtAuth, keyRing, secretKey } from 'trpc-jwt-auth';
 *
 * const auth = createJwtAuth({
 *   keys: keyRing([secretKey('fedcba9876543210fedcba9876543210', { kid: '2027' }), secretKey('0123456789abcdef0123456789abcdef')]),
 *   users: { authenticate: () => null, findByUsername: () => null },
 * });
 * ```
 */
export function keyRing(keys: readonly KeyRing[]): KeyRing {
  const [first] = keys;
  if (first === undefined) throw new ConfigurationError('keyRing: there are no keys; give [secretKey(secret)], or keyPair({ … }).');
  for (const key of keys) {
    if (typeof key?.signingKey !== 'function' || typeof key.verificationKeys !== 'function') throw new ConfigurationError('keyRing: one of the keys is none; each is made by secretKey, keyPair or keyRing.');
  }
  if (first.canSign === false) throw new ConfigurationError('keyRing: the first key signs, and it is a public key; put one with a private key first.');
  return {
    algorithms: new Set(keys.flatMap((key) => [...key.algorithms])),
    signingKey: () => first.signingKey(),
    verificationKeys: async (header) => {
      const found: ImportedKey[] = [];
      for (const key of keys) if (key.algorithms.has(header.alg)) found.push(...(await key.verificationKeys(header)));
      return found;
    },
  };
}
