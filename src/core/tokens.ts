import { JOSEError, JWSInvalid, JWSSignatureVerificationFailed } from 'jose/errors';
import { CompactSign } from 'jose/jws/compact/sign';
import { compactVerify } from 'jose/jws/compact/verify';

import { base64urlOfText, textFromBase64url } from './base64url.js';
import { createBoundedCache } from './bounded-cache.js';
import type { Claims } from './claims.js';
import { createDoorkeeper } from './doorkeeper.js';
import { AuthError, ConfigurationError } from './errors.js';
import type { HmacKey } from './hmac-key.js';
import { isAsymmetricAlgorithm } from './key-pair.js';
import { isSecretAlgorithm } from './keys.js';
import type { ImportedKey, KeyRing, KeySet, SecretAlgorithm, TokenKey } from './keys.js';
import { whenThere } from './maybe-promise.js';
import type { AuthUser, MaybePromise } from './ports.js';
import type { UserKeys } from './user-secret.js';

/** In characters; a longer one is refused before any work. */
export const LONGEST_TOKEN = 8192;
const CACHED_TOKENS = 10_000;
// The payload of RFC 7519 section 3, compact form (RFC 7515 section 7.1); only the signature may be empty, so that alg none is rejected by name.
const COMPACT_FORM = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]*)$/;
// A header must not say where its own key is (RFC 8725 section 3.10), nor ask for processing we do not do.
const REFUSED_HEADERS = ['jku', 'jwk', 'x5u', 'x5c', 'x5t', 'x5t#S256', 'crit', 'enc', 'zip', 'b64'];

/** What a token's signature vouches for. */
export interface Verified<User extends AuthUser> {
  readonly claims: Claims;
  /** Whom the token names, where his secret had to be asked for to verify it. */
  readonly user: User | undefined;
}

/** Signs claims, and turns a token back into the claims its signature vouches for. */
export interface Tokens<User extends AuthUser = AuthUser> {
  readonly sign: (claims: Readonly<Record<string, unknown>>, user: User) => Promise<string>;
  /**
   * Signature and decoding only; time, audience and user are judged anew on every use.
   *
   * @throws AuthError TOKEN_UNDECODABLE, TOKEN_REJECTED, STORE_UNAVAILABLE
   */
  readonly verify: (token: string) => MaybePromise<Verified<User>>;
}

/** The kind of token, its header `typ` (RFC 8725 section 3.11); a token of one kind is refused wherever another is expected. */
export type TokenType = 'JWT' | 'refresh+jwt' | 'ticket+jwt';

/** A token verified before, and the user's own key where that did it: he may have another by now. */
interface Proven<User extends AuthUser> extends Verified<User> {
  readonly ownKey: { readonly key: TokenKey; readonly algorithm: SecretAlgorithm } | undefined;
}

/** Tokens of one kind, signed and verified with the keys of a ring, or with secrets of users. */
export function createTokens<User extends AuthUser>(keys: KeyRing, type: TokenType, userKeys?: UserKeys<User>): Tokens<User> {
  const verified = createBoundedCache<Proven<User>>(CACHED_TOKENS);
  const comesAgain = createDoorkeeper();
  let trusted: KeySet | undefined;

  const readHeader = headerReader();

  const verifyAfresh = (set: KeySet, token: string): MaybePromise<Verified<User>> => {
    const parts = splitToken(token);
    const header = readHeader(parts.encodedHeader);
    const { alg, typ } = header;
    // An access token made before this package may have no typ; one that names another kind is never taken.
    if (typ === undefined ? type !== 'JWT' : typ.toLowerCase() !== type.toLowerCase()) throw new AuthError('TOKEN_REJECTED');
    const candidates = set.find(header);
    if (candidates.length > 0 || keys.lookAgain === undefined || !(isSecretAlgorithm(alg) || isAsymmetricAlgorithm(alg))) return verifyBy(set, candidates, alg, parts);
    return keys.lookAgain().then((newer) => verifyBy(newer, newer.find(header), alg, parts));
  };
  const verifyBy = (set: KeySet, candidates: readonly TokenKey[], alg: string, parts: TokenParts): MaybePromise<Verified<User>> => {
    if (!set.algorithms.has(alg)) throw new AuthError('TOKEN_REJECTED');
    if (userKeys !== undefined && isSecretAlgorithm(alg) && candidates.length > 0) return verifyByUser(set, alg, parts, userKeys);
    return whenThere(verifySignature(parts, alg, candidates), () => vouchedFor(set, alg, parts, { claims: readClaims(parts), user: undefined, ownKey: undefined }));
  };
  const verifyByUser = async (set: KeySet, algorithm: SecretAlgorithm, parts: TokenParts, own: UserKeys<User>): Promise<Verified<User>> => {
    const claims = readClaims(parts);
    const user = await own.userOf(claims);
    const key = await own.keyOf(user, algorithm, set);
    await verifySignature(parts, algorithm, [key]);
    return vouchedFor(set, algorithm, parts, { claims, user, ownKey: { key, algorithm } });
  };
  const vouchedFor = (set: KeySet, alg: string, { token }: TokenParts, { claims, user, ownKey }: Proven<User>): Verified<User> => {
    // Keys that were changed meanwhile vouch for nothing after this. An HMAC is made again for about what keeping a token costs.
    if (set === trusted && (!isSecretAlgorithm(alg) || comesAgain(token))) verified.set(token, { claims, user: undefined, ownKey });
    return { claims, user };
  };
  /** A token verified with a user's secret is good while that is still his secret. */
  const verifyOwn = async (set: KeySet, token: string, proven: Proven<User>, { key, algorithm }: NonNullable<Proven<User>['ownKey']>, own: UserKeys<User>): Promise<Verified<User>> => {
    const user = await own.userOf(proven.claims);
    if (user !== undefined && (await own.keyOf(user, algorithm, set)) === key) return { claims: proven.claims, user };
    verified.delete(token);
    return verifyAfresh(set, token);
  };
  const verifyWith = (set: KeySet, token: string): MaybePromise<Verified<User>> => {
    if (set !== trusted) {
      verified.clear();
      trusted = set;
    }
    const proven = verified.get(token);
    if (proven === undefined) return verifyAfresh(set, token);
    return proven.ownKey === undefined || userKeys === undefined ? proven : verifyOwn(set, token, proven, proven.ownKey, userKeys);
  };

  return {
    sign: async (claims, user) => {
      const set = await keys.current();
      if (set.signing === undefined) throw new ConfigurationError('createJwtAuth: the first of the keys is a public key, which cannot sign; put one with privateKey, or a secretKey, first.');
      const { algorithm, kid } = set.signing;
      const key = userKeys !== undefined && isSecretAlgorithm(algorithm) ? await userKeys.keyOf(user, algorithm, set) : set.signing.key;
      const header = kid === undefined ? { typ: type, alg: algorithm } : { typ: type, alg: algorithm, kid };
      const token = isHmacKey(key) ? signedBy(key, header, claims) : await new CompactSign(new TextEncoder().encode(JSON.stringify(claims))).setProtectedHeader(header).sign(key);
      if (token.length > LONGEST_TOKEN) throw new ConfigurationError(`The token of ${token.length} characters is over the ${LONGEST_TOKEN} that verification accepts; put less into claims().`);
      return token;
    },
    verify: (token) => whenThere(keys.current(), (set) => verifyWith(set, token)),
  };
}

interface Header {
  readonly alg: string;
  readonly kid?: string;
  readonly typ?: string;
}

/** A token in compact form, taken apart. */
interface TokenParts {
  readonly token: string;
  readonly encodedHeader: string;
  readonly encodedClaims: string;
  readonly signature: string;
}

function splitToken(token: string): TokenParts {
  if (typeof token !== 'string' || token.length > LONGEST_TOKEN) throw new AuthError('TOKEN_UNDECODABLE');
  const parts = COMPACT_FORM.exec(token);
  if (parts === null) throw new AuthError('TOKEN_UNDECODABLE');
  const [, encodedHeader = '', encodedClaims = '', signature = ''] = parts;
  if (!isCanonical(encodedHeader) || !isCanonical(encodedClaims) || !isCanonical(signature)) throw new AuthError('TOKEN_UNDECODABLE');
  return { token, encodedHeader, encodedClaims, signature };
}

/** Reads the headers of tokens; nearly all that a server sees have the same, so the last is remembered. */
function headerReader(): (encoded: string) => Header {
  let last: { readonly encoded: string; readonly header: Header } | undefined;
  return (encoded) => {
    if (last?.encoded !== encoded) last = { encoded, header: parseHeader(encoded) };
    return last.header;
  };
}

function parseHeader(encoded: string): Header {
  const header = parseObject(decodeText(encoded));
  const { alg, kid, typ } = header;
  if (REFUSED_HEADERS.some((name) => header[name] !== undefined)) throw new AuthError('TOKEN_REJECTED');
  if (typeof alg !== 'string' || (kid !== undefined && typeof kid !== 'string') || (typ !== undefined && typeof typ !== 'string')) {
    throw new AuthError('TOKEN_REJECTED');
  }
  return { alg, ...(kid !== undefined && { kid }), ...(typ !== undefined && { typ }) };
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Whether the unused bits of the last character are zero (RFC 4648 section 3.5): else one signature would have several spellings. */
function isCanonical(encoded: string): boolean {
  const rest = encoded.length % 4;
  if (rest === 0) return true;
  if (rest === 1) return false;
  const lastBits = ALPHABET.indexOf(encoded.charAt(encoded.length - 1));
  return (lastBits & (rest === 2 ? 0b1111 : 0b11)) === 0;
}

function isHmacKey(key: TokenKey): key is HmacKey {
  return 'verify' in key;
}

/** @throws AuthError TOKEN_UNDECODABLE where none of the keys has signed the token */
function verifySignature(parts: TokenParts, alg: string, candidates: readonly TokenKey[]): MaybePromise<void> {
  const { token, signature } = parts;
  const input = token.slice(0, token.length - signature.length - 1);
  const others: ImportedKey[] = [];
  for (const key of candidates) {
    if (!isHmacKey(key)) others.push(key);
    else if (key.algorithm === alg && key.verify(input, signature)) return;
  }
  if (others.length === 0) throw new AuthError('TOKEN_UNDECODABLE');
  return verifyWithJose(token, alg, others);
}

async function verifyWithJose(token: string, alg: string, candidates: readonly ImportedKey[]): Promise<void> {
  for (const key of candidates) {
    try {
      await compactVerify(token, key, { algorithms: [alg] });
      return;
    } catch (error) {
      if (error instanceof JWSSignatureVerificationFailed || error instanceof JWSInvalid) continue;
      if (error instanceof JOSEError) throw new AuthError('TOKEN_REJECTED', { cause: error });
      throw error;
    }
  }
  throw new AuthError('TOKEN_UNDECODABLE');
}

/** A token in compact form (RFC 7515 section 7.1). */
function signedBy(key: HmacKey, header: object, claims: object): string {
  const input = `${base64urlOfText(JSON.stringify(header))}.${base64urlOfText(JSON.stringify(claims))}`;
  return `${input}.${key.sign(input)}`;
}

function decodeText(encoded: string): string {
  try {
    return textFromBase64url(encoded);
  } catch (error) {
    throw new AuthError('TOKEN_UNDECODABLE', { cause: error });
  }
}

function readClaims({ encodedClaims }: TokenParts): Claims {
  return deepFrozen(parseObject(decodeText(encodedClaims)));
}

/** One object serves every request that brings the token. */
function deepFrozen<Value extends object>(value: Value): Value {
  const open: object[] = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    Object.freeze(next);
    for (const inner of Object.values(next) as unknown[]) if (typeof inner === 'object' && inner !== null) open.push(inner);
  }
  return value;
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new AuthError('TOKEN_UNDECODABLE', { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new AuthError('TOKEN_UNDECODABLE');
  // Without a prototype, so that a claim named __proto__ or toString is a claim and nothing else; a copy without one would be slower to read.
  return Object.setPrototypeOf(value, null) as Record<string, unknown>;
}
