import { fromBase64url } from './base64url.js';
import { ConfigurationError } from './errors.js';

/** A JSON Web Key (RFC 7517 section 4), as far as it is read here. */
export interface Jwk {
  readonly kty?: string;
  readonly crv?: string;
  readonly alg?: string;
  readonly kid?: string;
  readonly use?: string;
  readonly key_ops?: readonly string[];
  readonly n?: string;
  readonly e?: string;
  readonly x?: string;
  readonly y?: string;
  readonly d?: string;
  readonly [name: string]: unknown;
}

/** What a key is, as its text says before any cryptography. */
export interface KeyFacts {
  readonly type: 'RSA' | 'P-256' | 'P-384' | 'P-521' | 'Ed25519' | 'unknown';
  readonly isPrivate: boolean;
  /** The length of an RSA modulus. */
  readonly bits?: number;
  /** An RSA exponent of 1, with which every message is its own signature, or an even one, which is none. */
  readonly hasWeakExponent?: boolean;
}

const ALGORITHMS: ReadonlyMap<string, KeyFacts['type']> = new Map([
  ['2a864886f70d010101', 'RSA'],
  ['2b6570', 'Ed25519'],
  ['2a8648ce3d030107', 'P-256'],
  ['2b81040022', 'P-384'],
  ['2b81040023', 'P-521'],
]);
const ELLIPTIC_CURVE = '2a8648ce3d0201';

const MENDS: ReadonlyMap<string, string> = new Map([
  ['RSA PRIVATE KEY', 'it is PKCS#1; convert it: openssl pkcs8 -topk8 -nocrypt -in key.pem'],
  ['EC PRIVATE KEY', 'it is SEC1; convert it: openssl pkcs8 -topk8 -nocrypt -in key.pem'],
  ['ENCRYPTED PRIVATE KEY', 'it is encrypted; decrypt it: openssl pkcs8 -nocrypt -in key.pem'],
  ['RSA PUBLIC KEY', 'it is PKCS#1; convert it: openssl rsa -RSAPublicKey_in -in key.pem -pubout'],
  ['CERTIFICATE', 'it is a certificate; take its key: openssl x509 -in cert.pem -pubkey -noout'],
]);

/** Reads what a key is. @throws ConfigurationError for what is no key, naming the setting and never the key */
export function keyFacts(key: string | Jwk, setting: string): KeyFacts {
  return typeof key === 'string' ? pemFacts(key, setting) : jwkFacts(key, setting);
}

function jwkFacts(jwk: Jwk, setting: string): KeyFacts {
  if (typeof jwk !== 'object' || jwk === null || typeof jwk.kty !== 'string') throw new ConfigurationError(`keyPair: ${setting} is neither a PEM string nor a JWK; give one of them.`);
  if (jwk.kty === 'oct') throw new ConfigurationError(`keyPair: ${setting} is a shared secret; use secretKey(secret).`);
  const isPrivate = jwk.d !== undefined;
  if (jwk.kty === 'RSA') return { type: 'RSA', isPrivate, bits: bitLength(bytesOf(jwk.n ?? '', setting)), hasWeakExponent: isWeakExponent(bytesOf(jwk.e ?? '', setting)) };
  const type = [...ALGORITHMS.values()].find((each) => each === jwk.crv && each !== 'RSA');
  return { type: type ?? 'unknown', isPrivate };
}

function pemFacts(pem: string, setting: string): KeyFacts {
  const [, label = '', body = ''] = /^\s*-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----\s*$/.exec(pem) ?? [];
  if (label !== 'PRIVATE KEY' && label !== 'PUBLIC KEY') {
    throw new ConfigurationError(`keyPair: ${setting} is no PEM key of PKCS#8 or SPKI ("BEGIN PRIVATE KEY", "BEGIN PUBLIC KEY"): ${MENDS.get(label) ?? 'nothing in it says what it is'}.`);
  }
  try {
    return derFacts(bytesOf(body.replaceAll(/\s/g, ''), setting), label === 'PRIVATE KEY');
  } catch (error) {
    throw new ConfigurationError(`keyPair: ${setting} cannot be read; is it cut off?`, { cause: error });
  }
}

/** SubjectPublicKeyInfo (RFC 5280 section 4.1) and PrivateKeyInfo (RFC 5208 section 5), as far as the kind of key and the length of a modulus. */
function derFacts(der: Uint8Array, isPrivate: boolean): KeyFacts {
  const parts = elements(der, contentOf(der, 0));
  const [algorithm, key] = isPrivate ? parts.slice(1) : parts;
  if (algorithm === undefined || key === undefined) throw new RangeError('incomplete');
  const [name, parameters] = elements(der, algorithm);
  const oid = hexOf(der, name);
  const type = ALGORITHMS.get(oid === ELLIPTIC_CURVE ? hexOf(der, parameters) : oid) ?? 'unknown';
  if (type !== 'RSA') return { type, isPrivate };
  // A bit string begins with the number of its unused bits; a private key with its version.
  const numbers = elements(der, contentOf(der, isPrivate ? key.start : key.start + 1));
  const [modulus, exponent] = isPrivate ? numbers.slice(1) : numbers;
  if (modulus === undefined || exponent === undefined) throw new RangeError('incomplete');
  return { type, isPrivate, bits: bitLength(der.subarray(modulus.start, modulus.end)), hasWeakExponent: isWeakExponent(der.subarray(exponent.start, exponent.end)) };
}

interface Content {
  readonly start: number;
  readonly end: number;
}

/** The content of the element at an offset: tag, length (short, or the number of its bytes), content. */
function contentOf(der: Uint8Array, at: number): Content {
  const first = der[at + 1] ?? 0;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  const length = lengthBytes === 0 ? first : der.subarray(at + 2, at + 2 + lengthBytes).reduce((sum, byte) => sum * 256 + byte, 0);
  const start = at + 2 + lengthBytes;
  if (lengthBytes > 4 || start + length > der.length) throw new RangeError('incomplete');
  return { start, end: start + length };
}

function elements(der: Uint8Array, { start, end }: Content): Content[] {
  const found: Content[] = [];
  for (let at = start; at < end; at = found.at(-1)?.end ?? end) found.push(contentOf(der, at));
  return found;
}

function hexOf(der: Uint8Array, content: Content | undefined): string {
  const bytes = content === undefined ? [] : [...der.subarray(content.start, content.end)];
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function bitLength(bytes: Uint8Array): number {
  const first = bytes.findIndex((byte) => byte !== 0);
  return first === -1 ? 0 : (bytes.length - first) * 8 - (Math.clz32(bytes[first] ?? 0) - 24);
}

function isWeakExponent(bytes: Uint8Array): boolean {
  return bitLength(bytes) < 2 || ((bytes.at(-1) ?? 0) & 1) === 0;
}

function bytesOf(base64: string, setting: string): Uint8Array {
  try {
    return fromBase64url(base64);
  } catch (error) {
    throw new ConfigurationError(`keyPair: ${setting} is not base64.`, { cause: error });
  }
}
