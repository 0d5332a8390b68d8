import { ConfigurationError } from './errors.js';
import type { MaybePromise } from './ports.js';

/** A key as WebCrypto holds it. */
export type ImportedKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** An algorithm this package signs and verifies with. */
export type Algorithm = 'HS256' | 'HS384' | 'HS512';

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
  readonly signingKey: () => MaybePromise<SigningKey>;
  /** The keys that may have signed a token with this header; none for a `kid` nobody here has. */
  readonly verificationKeys: (header: { readonly alg: string; readonly kid?: string }) => MaybePromise<readonly ImportedKey[]>;
}

/** What `secretKey` takes beside the secret. */
export interface SecretKeyOptions {
  /** The one algorithm that is signed with and accepted. @default 'HS256' */
  readonly algorithm?: Algorithm;
  /** Accepts a secret under 32 bytes, which can be guessed offline from any one token. @default false */
  readonly unsafeShortSecret?: boolean;
}

const HASHES: Readonly<Record<Algorithm, string>> = { HS256: 'SHA-256', HS384: 'SHA-384', HS512: 'SHA-512' };
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
  const { algorithm = 'HS256', unsafeShortSecret = false } = options;
  for (const name of Object.keys(options)) {
    if (name !== 'algorithm' && name !== 'unsafeShortSecret') throw new ConfigurationError(`secretKey: unknown option "${name}"; there are algorithm and unsafeShortSecret.`);
  }
  if (!Object.hasOwn(HASHES, algorithm)) {
    throw new ConfigurationError(`secretKey: unknown algorithm "${algorithm as string}"; use HS256, HS384 or HS512.`);
  }
  if (typeof secret !== 'string' && !(secret instanceof Uint8Array)) {
    throw new ConfigurationError(`secretKey: the secret is ${secret === undefined ? 'undefined (is its environment variable set?)' : 'neither a string nor a Uint8Array'}; give at least 32 bytes.`);
  }
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
        return (ready = { algorithm, key });
      }));

  return {
    algorithms: new Set([algorithm]),
    signingKey: () => ready ?? importOnce(),
    verificationKeys: () => (ready === undefined ? importOnce().then(() => readyKeys) : readyKeys),
  };
}
