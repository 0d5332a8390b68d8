import { calculateJwkThumbprint } from 'jose/jwk/thumbprint';
import { exportJWK } from 'jose/key/export';
import { importJWK, importPKCS8, importSPKI } from 'jose/key/import';

import { ConfigurationError } from './errors.js';
import { keyFacts } from './key-format.js';
import type { Jwk, KeyFacts } from './key-format.js';
import { LEAST_SECRET_BYTES } from './keys.js';
import type { AsymmetricAlgorithm, ImportedKey, KeyRing, KeySet } from './keys.js';

/** What `keyPair` takes: one of the two keys, as PEM (PKCS#8, SPKI) or JWK. */
export interface KeyPairOptions {
  /** The one algorithm that is signed with and accepted. @default the `alg` of the JWK */
  readonly algorithm?: AsymmetricAlgorithm;
  /** Signs and verifies. */
  readonly privateKey?: string | Jwk;
  /** Verifies only: a key that has been replaced, or another service's. */
  readonly publicKey?: string | Jwk;
  /** The key's name in the header of tokens. @default its thumbprint (RFC 7638) */
  readonly kid?: string;
}

const LEAST_RSA_BITS = 2048;

/** The type of key that each algorithm needs. */
export const KEY_TYPES: Readonly<Record<AsymmetricAlgorithm, KeyFacts['type']>> = {
  RS256: 'RSA',
  RS384: 'RSA',
  RS512: 'RSA',
  PS256: 'RSA',
  PS384: 'RSA',
  PS512: 'RSA',
  ES256: 'P-256',
  ES384: 'P-384',
  ES512: 'P-521',
  EdDSA: 'Ed25519',
};

const OPTION_NAMES = ['algorithm', 'privateKey', 'publicKey', 'kid'];

/**
 * Keys of one asymmetric pair (RFC 7518 sections 3.3 to 3.5, RFC 8037): the private key signs, and others verify with the public one.
 *
 * @throws ConfigurationError for a key that is unreadable, of another type or curve, under 2048 bits, or private where a public one belongs
 * @example
 * ```ts
 * import { generateKeyPairSync } from 'node:crypto';
 * import { createJwtAuth, keyPair } from 'trpc-jwt-auth';
 *
 * const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
 * const auth = createJwtAuth({
 *   keys: keyPair({ algorithm: 'ES256', privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }),
 *   users: { authenticate: () => null, findByUsername: () => null },
 * });
 * const token = await auth.issueToken({ id: 1, username: 'ada', isActive: true });
 * console.log(JSON.parse(atob(token.split('.')[0] ?? '')).alg); // ES256
 * ```
 */
export function keyPair(options: KeyPairOptions): KeyRing {
  const { algorithm, key, isPrivate, kid: givenKid } = resolveOptions(options);
  let imported: Promise<KeySet> | undefined;
  let ready: KeySet | undefined;
  // On first use and not here: Workers allow no WebCrypto outside a request.
  const importOnce = (): Promise<KeySet> => (imported ??= importKeys(algorithm, key, isPrivate, givenKid).then((set) => (ready = set)));
  return { current: () => ready ?? importOnce(), traits: { canSign: isPrivate, hasSecrets: false, hasPairs: true } };
}

/** Whether a name is that of an algorithm of key pairs. */
export function isAsymmetricAlgorithm(algorithm: string): algorithm is AsymmetricAlgorithm {
  return Object.hasOwn(KEY_TYPES, algorithm);
}

function resolveOptions(options: KeyPairOptions) {
  for (const name of Object.keys(options)) {
    if (!OPTION_NAMES.includes(name)) throw new ConfigurationError(`keyPair: unknown option "${name}"; there are ${OPTION_NAMES.join(', ')}.`);
  }
  const { privateKey, publicKey, kid } = options;
  if ((privateKey === undefined) === (publicKey === undefined)) throw new ConfigurationError('keyPair: give privateKey, to sign and verify, or publicKey, to verify only.');
  const setting = privateKey === undefined ? 'publicKey' : 'privateKey';
  const key = (privateKey ?? publicKey) as string | Jwk;
  const facts = keyFacts(key, setting);
  const algorithm = options.algorithm ?? (typeof key === 'object' ? key.alg : undefined);
  if (algorithm === undefined || !isAsymmetricAlgorithm(algorithm)) {
    throw new ConfigurationError(`keyPair: algorithm is ${algorithm === undefined ? 'missing' : `"${algorithm}"`}; give one of ${Object.keys(KEY_TYPES).join(', ')}.`);
  }
  const wanted = KEY_TYPES[algorithm];
  if (typeof key === 'object' && key.alg !== undefined && key.alg !== algorithm) throw new ConfigurationError(`keyPair: ${setting} is for ${key.alg}, and algorithm is ${algorithm}.`);
  if (facts.type !== wanted) throw new ConfigurationError(`keyPair: ${setting} is of type ${facts.type}; ${algorithm} needs ${wanted}.`);
  if (facts.isPrivate && setting === 'publicKey') throw new ConfigurationError('keyPair: publicKey is a private key; take its public half, and keep this one where it signs.');
  if (!facts.isPrivate && setting === 'privateKey') throw new ConfigurationError('keyPair: privateKey is a public key, which cannot sign; give it as publicKey to verify only.');
  if (facts.bits !== undefined && facts.bits < LEAST_RSA_BITS) throw new ConfigurationError(`keyPair: ${setting} has ${facts.bits} bits; ${LEAST_RSA_BITS} are the least (RFC 7518 section 3.3).`);
  if (facts.hasWeakExponent === true) throw new ConfigurationError(`keyPair: ${setting} has an exponent with which anybody can sign; make another pair, with the usual 65537.`);
  if (kid !== undefined && (typeof kid !== 'string' || kid === '')) throw new ConfigurationError('keyPair: kid is no name; give a string, or leave it out for the thumbprint.');
  return { algorithm, key, isPrivate: facts.isPrivate, kid: kid ?? (typeof key === 'object' ? key.kid : undefined) };
}

async function importKeys(algorithm: AsymmetricAlgorithm, key: string | Jwk, isPrivate: boolean, givenKid: string | undefined): Promise<KeySet> {
  const publicJwk = await publicHalf(algorithm, key, isPrivate);
  const kid = givenKid ?? (await calculateJwkThumbprint(publicJwk));
  const keys = [(await importJWK({ ...publicJwk, alg: algorithm }, algorithm)) as ImportedKey];
  const signing = isPrivate ? ((await (typeof key === 'string' ? importPKCS8(key.trim(), algorithm) : importJWK(bare(key), algorithm))) as ImportedKey) : undefined;
  return {
    algorithms: new Set([algorithm]),
    signing: signing && { algorithm, key: signing, kid },
    find: (hint) => (hint.alg === algorithm && (hint.kid === undefined || hint.kid === kid) ? keys : []),
    published: [{ ...publicJwk, kid, alg: algorithm, use: 'sig' }],
    leastSecretBytes: LEAST_SECRET_BYTES,
  };
}

/** The public key as a JWK; exporting needs an extractable import, which goes no further than here. */
async function publicHalf(algorithm: AsymmetricAlgorithm, key: string | Jwk, isPrivate: boolean): Promise<Record<string, string>> {
  const jwk =
    typeof key === 'object' ? key : await exportJWK(isPrivate ? await importPKCS8(key.trim(), algorithm, { extractable: true }) : await importSPKI(key.trim(), algorithm, { extractable: true }));
  // By name, so that no private member is ever among them (RFC 7518 section 6).
  const names = ['kty', 'crv', 'n', 'e', 'x', 'y'] as const;
  return Object.fromEntries(names.flatMap((name) => (typeof jwk[name] === 'string' ? [[name, jwk[name]]] : [])));
}

/** A JWK without the members that restrict its use: what it may do is decided here. */
function bare({ use: _use, key_ops: _operations, alg: _algorithm, kid: _kid, ...rest }: Jwk): Record<string, unknown> & { kty: string } {
  return rest as Record<string, unknown> & { kty: string };
}
