import { JOSEError, JWSInvalid, JWSSignatureVerificationFailed } from 'jose/errors';
import { CompactSign } from 'jose/jws/compact/sign';
import { compactVerify } from 'jose/jws/compact/verify';
import { LRUCache } from 'lru-cache';

import type { Claims } from './claims.js';
import { AuthError, ConfigurationError } from './errors.js';
import type { ImportedKey, KeyRing } from './keys.js';
import type { MaybePromise } from './ports.js';

const LONGEST_TOKEN = 8192;
const CACHED_TOKENS = 10_000;
// The payload of RFC 7519 section 3, compact form (RFC 7515 section 7.1); only the signature may be empty, so that alg none is rejected by name.
const COMPACT_FORM = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]*)$/;
// A header must not say where its own key is (RFC 8725 section 3.10), nor ask for processing we do not do.
const REFUSED_HEADERS = ['jku', 'jwk', 'x5u', 'x5c', 'x5t', 'x5t#S256', 'crit', 'enc', 'zip', 'b64'];

/** Signs claims, and turns a token back into the claims its signature vouches for. */
export interface Tokens {
  readonly sign: (claims: Readonly<Record<string, unknown>>) => Promise<string>;
  /**
   * Signature and decoding only; time, audience and user are judged anew on every use.
   *
   * @throws AuthError TOKEN_UNDECODABLE, TOKEN_REJECTED
   */
  readonly verify: (token: string) => MaybePromise<Claims>;
}

/** The kind of token, its header `typ` (RFC 8725 section 3.11); a token of one kind is refused wherever another is expected. */
export type TokenType = 'JWT' | 'refresh+jwt';

/** Tokens of one kind, signed and verified with the keys of a ring. */
export function createTokens(keys: KeyRing, type: TokenType): Tokens {
  const verified = new LRUCache<string, Claims>({ max: CACHED_TOKENS });

  const verifyAfresh = async (token: string): Promise<Claims> => {
    const header = readHeader(token);
    // An access token made before this package may have no typ; one that names another kind is never taken.
    if (header.typ === undefined ? type !== 'JWT' : header.typ.toLowerCase() !== type.toLowerCase()) throw new AuthError('TOKEN_REJECTED');
    if (!keys.algorithms.has(header.alg)) throw new AuthError('TOKEN_REJECTED');
    const candidates = await keys.verificationKeys(header);
    const claims = readClaims(await verifySignature(token, header.alg, candidates));
    verified.set(token, claims);
    return claims;
  };

  return {
    sign: async (claims) => {
      const { algorithm, key, kid } = await keys.signingKey();
      const header = kid === undefined ? { typ: type, alg: algorithm } : { typ: type, alg: algorithm, kid };
      const token = await new CompactSign(new TextEncoder().encode(JSON.stringify(claims))).setProtectedHeader(header).sign(key);
      if (token.length > LONGEST_TOKEN) throw new ConfigurationError(`The token of ${token.length} characters is over the ${LONGEST_TOKEN} that verification accepts; put less into claims().`);
      return token;
    },
    verify: (token) => verified.get(token) ?? verifyAfresh(token),
  };
}

interface Header {
  readonly alg: string;
  readonly kid?: string;
  readonly typ?: string;
}

function readHeader(token: string): Header {
  if (typeof token !== 'string' || token.length > LONGEST_TOKEN) throw new AuthError('TOKEN_UNDECODABLE');
  const parts = COMPACT_FORM.exec(token);
  if (parts === null) throw new AuthError('TOKEN_UNDECODABLE');
  const [, encodedHeader = '', encodedClaims = '', signature = ''] = parts;
  if (![encodedHeader, encodedClaims, signature].every(isCanonical)) throw new AuthError('TOKEN_UNDECODABLE');
  const header = parseObject(decodeText(encodedHeader));
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

async function verifySignature(token: string, alg: string, candidates: readonly ImportedKey[]): Promise<Uint8Array> {
  for (const key of candidates) {
    try {
      return (await compactVerify(token, key, { algorithms: [alg] })).payload;
    } catch (error) {
      if (error instanceof JWSSignatureVerificationFailed || error instanceof JWSInvalid) continue;
      if (error instanceof JOSEError) throw new AuthError('TOKEN_REJECTED', { cause: error });
      throw error;
    }
  }
  throw new AuthError('TOKEN_UNDECODABLE');
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeText(encoded: string): string {
  try {
    return utf8.decode(Uint8Array.from(atob(encoded.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0)));
  } catch (error) {
    throw new AuthError('TOKEN_UNDECODABLE', { cause: error });
  }
}

function readClaims(payload: Uint8Array): Claims {
  let text: string;
  try {
    text = utf8.decode(payload);
  } catch (error) {
    throw new AuthError('TOKEN_UNDECODABLE', { cause: error });
  }
  return deepFrozen(parseObject(text));
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
  // Without a prototype, so that a claim named __proto__ or toString is a claim and nothing else.
  return Object.assign(Object.create(null) as Record<string, unknown>, value);
}
