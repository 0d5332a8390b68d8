import { ConfigurationError } from './errors.js';
import { createHmacKey } from './hmac-key.js';
import type { HmacKey } from './hmac-key.js';
import type { Jwk } from './key-format.js';
import { whenThere } from './maybe-promise.js';
import type { MaybePromise } from './ports.js';

/** A key as WebCrypto holds it. */
export type ImportedKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** A key that signs or verifies tokens. */
export type TokenKey = ImportedKey | HmacKey;

/** An algorithm this package signs and verifies with. */
export type Algorithm = SecretAlgorithm | AsymmetricAlgorithm;

/** Algorithms of a shared secret (RFC 7518 section 3.2). */
export type SecretAlgorithm = 'HS256' | 'HS384' | 'HS512';

/** Algorithms of a private and a public key (RFC 7518 sections 3.3 to 3.5, RFC 8037 section 3.1). */
export type AsymmetricAlgorithm = 'RS256' | 'RS384' | 'RS512' | 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA';

/** The key that signs, pinned to its algorithm. */
export interface SigningKey {
  readonly algorithm: Algorithm;
  readonly key: TokenKey;
  readonly kid?: string;
}

/** What a token's header says of its key. */
export interface KeyHint {
  readonly alg: string;
  readonly kid?: string;
}

/** The keys in use at one moment. Another choice of keys is another set: a set never changes. */
export interface KeySet {
  /** The allow-list; a token of any other `alg` is rejected before a key is touched. */
  readonly algorithms: ReadonlySet<string>;
  /** Absent where the keys only verify. */
  readonly signing: SigningKey | undefined;
  /** The keys that may have signed a token with this header; none for a `kid` nobody here has. */
  readonly find: (hint: KeyHint) => readonly TokenKey[];
  /** The public keys, as the key set URL shows them. */
  readonly published: readonly Jwk[];
  /** The shortest secret that is taken, of the app or of a user. */
  readonly leastSecretBytes: number;
}

/** What is known of keys before they are imported or loaded. */
export interface KeyTraits {
  readonly canSign: boolean;
  readonly hasSecrets: boolean;
  readonly hasPairs: boolean;
}

/** The keys of an app: one signs, every one verifies, each only for the algorithm it is pinned to. */
export interface KeyRing {
  /** The keys in use now; whatever was verified with another set counts no more. @throws AuthError STORE_UNAVAILABLE where they cannot be loaded */
  readonly current: () => MaybePromise<KeySet>;
  /** Asks again for keys that are not among the current ones; absent where there is nobody to ask. */
  readonly lookAgain?: () => Promise<KeySet>;
  /** Absent where only the keys' source knows. */
  readonly traits?: KeyTraits;
}

/** What `secretKey` takes beside the secret. */
export interface SecretKeyOptions {
  /** The one algorithm that is signed with and accepted. @default 'HS256' */
  readonly algorithm?: SecretAlgorithm;
  /** The key's name in the header of tokens, where there are several. @default none */
  readonly kid?: string;
  /** Accepts a secret under 32 bytes, which can be guessed offline from any one token; with `userSecret`, of a user too. @default false */
  readonly unsafeShortSecret?: boolean;
}

const HASHES: Readonly<Record<SecretAlgorithm, string>> = { HS256: 'SHA-256', HS384: 'SHA-384', HS512: 'SHA-512' };

/** The algorithms of a shared secret. */
export const SECRET_ALGORITHMS = Object.keys(HASHES) as readonly SecretAlgorithm[];

/** The least that RFC 7518 section 3.2 allows for HS256. */
export const LEAST_SECRET_BYTES = 32;

/** Whether an algorithm is one of a shared secret. */
export function isSecretAlgorithm(algorithm: string): algorithm is SecretAlgorithm {
  return Object.hasOwn(HASHES, algorithm);
}

/** A secret as a key for one algorithm. */
export function importSecret(secret: Uint8Array<ArrayBuffer>, algorithm: SecretAlgorithm): MaybePromise<TokenKey> {
  return createHmacKey(secret, algorithm) ?? crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: HASHES[algorithm] }, false, ['sign', 'verify']);
}

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
  if (!isSecretAlgorithm(algorithm)) {
    throw new ConfigurationError(`secretKey: unknown algorithm "${algorithm as string}"; use HS256, HS384 or HS512.`);
  }
  if (typeof secret !== 'string' && !(secret instanceof Uint8Array)) {
    throw new ConfigurationError(`secretKey: the secret is ${secret === undefined ? 'undefined (is its environment variable set?)' : 'neither a string nor a Uint8Array'}; give at least 32 bytes.`);
  }
  if (kid !== undefined && (typeof kid !== 'string' || kid === '')) throw new ConfigurationError('secretKey: kid is no name; give a string, or leave it out.');
  const bytes = secretBytes(secret);
  if (bytes.length === 0 || (bytes.length < LEAST_SECRET_BYTES && !unsafeShortSecret)) {
    throw new ConfigurationError(
      `secretKey: the secret has ${bytes.length} bytes; under 32 it can be guessed offline from any one token (RFC 7518 section 3.2). ` +
        'Make one with "openssl rand -base64 48", or set unsafeShortSecret: true where issued tokens must go on verifying.',
    );
  }

  // On first use and not here: Workers allow no WebCrypto outside a request.
  let current: MaybePromise<KeySet> | undefined;
  const setOf = (key: TokenKey): KeySet => {
    const keys = [key];
    return (current = {
      algorithms: new Set([algorithm]),
      signing: { algorithm, key, ...(kid !== undefined && { kid }) },
      // Tokens of a server that names no keys, as Django, are of this one.
      find: (hint) => (hint.alg === algorithm && (kid === undefined || hint.kid === undefined || hint.kid === kid) ? keys : []),
      published: [],
      leastSecretBytes: unsafeShortSecret ? 1 : LEAST_SECRET_BYTES,
    });
  };
  return { current: () => (current ??= whenThere(importSecret(bytes, algorithm), setOf)), traits: { canSign: true, hasSecrets: true, hasPairs: false } };
}

/** A copy of a secret's bytes. */
export function secretBytes(secret: string | Uint8Array): Uint8Array<ArrayBuffer> {
  return typeof secret === 'string' ? new TextEncoder().encode(secret) : Uint8Array.from(secret);
}
