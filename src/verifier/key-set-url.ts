import { ConfigurationError } from '../core/errors.js';
import type { Jwk } from '../core/key-format.js';
import { isAsymmetricAlgorithm, keyPair } from '../core/key-pair.js';
import { keyRing } from '../core/key-ring.js';
import type { AsymmetricAlgorithm, KeyRing, KeySet } from '../core/keys.js';
import type { ReportError } from '../core/ports.js';

/** The part of `fetch` that a key set is loaded with. */
export type FetchKeySet = (url: string, init: { headers: Record<string, string>; redirect: 'manual'; signal: AbortSignal }) => Promise<Response>;

// Sets of the largest issuers have some ten keys of a kilobyte.
const MOST_BYTES = 128 * 1024;
const MOST_KEYS = 50;
// RFC 7518 sections 6.2.2 and 6.3.2, RFC 8037 section 2: any one of them gives the key away.
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth'];
const ALGORITHM_OF_CURVE: ReadonlyMap<unknown, AsymmetricAlgorithm> = new Map([
  ['P-256', 'ES256'],
  ['P-384', 'ES384'],
  ['P-521', 'ES512'],
  ['Ed25519', 'EdDSA'],
]);

/** Checks the address of a key set. @throws ConfigurationError for one that others on the way could answer for */
export function keySetUrl(value: unknown, unsafePlainHttp: boolean): string {
  if ((typeof value !== 'string' && !(value instanceof URL)) || !URL.canParse(String(value))) throw new ConfigurationError(`jwksVerifier: url is ${value === undefined ? 'missing' : 'no URL'}; give one like https://auth.example.com/.well-known/jwks.json.`);
  const url = new URL(value);
  const isLocal = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && (isLocal || unsafePlainHttp))) {
    throw new ConfigurationError(`jwksVerifier: url begins with ${url.protocol}//; whoever is on the way could put keys of his own there. Use https, or set unsafePlainHttp: true inside a network you trust.`);
  }
  if (url.username !== '' || url.password !== '') throw new ConfigurationError('jwksVerifier: url has a user name or a password in it; a key set is public.');
  return url.href;
}

/**
 * Makes the loader of a key set (RFC 7517 section 5): only public signature keys of algorithms known here, each pinned to its own; all else in the set is
 * passed over, and reported where it should not be there.
 */
export function keySetLoader(url: string, fetchKeySet: FetchKeySet, report: ReportError): (timeoutMs: number) => Promise<KeySet> {
  let last: { readonly text: string; readonly set: KeySet } | undefined;
  return async (timeoutMs) => {
    const response = await fetchKeySet(url, { headers: { Accept: 'application/json, application/jwk-set+json' }, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
    // A redirect would let one host speak for another.
    if (response.status !== 200) {
      await response.body?.cancel();
      throw failure(`${url} answered ${response.status}`);
    }
    const text = await textOf(response, url);
    if (text !== last?.text) last = { text, set: await setOf(keysIn(text, url), report) };
    return last.set;
  };
}

async function textOf(response: Response, url: string): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let bytes = 0;
  const reader = response.body?.getReader();
  for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
    bytes += part.value.length;
    if (bytes > MOST_BYTES) {
      await reader?.cancel();
      throw failure(`${url} has more than ${MOST_BYTES} bytes`);
    }
    text += decoder.decode(part.value, { stream: true });
  }
  return text + decoder.decode();
}

function keysIn(text: string, url: string): readonly unknown[] {
  let set: unknown;
  try {
    set = JSON.parse(text);
  } catch (error) {
    throw failure(`${url} is no JSON`, error);
  }
  const keys: unknown = typeof set === 'object' && set !== null && Object.hasOwn(set, 'keys') ? (set as { keys: unknown }).keys : undefined;
  if (!Array.isArray(keys)) throw failure(`${url} is no key set; it has no array "keys"`);
  if (keys.length > MOST_KEYS) throw failure(`${url} has ${keys.length} keys; ${MOST_KEYS} are the most`);
  return keys as readonly unknown[];
}

async function setOf(keys: readonly unknown[], report: ReportError): Promise<KeySet> {
  const rings: KeyRing[] = [];
  for (const [index, key] of keys.entries()) {
    const { jwk, algorithm, fault } = judge(key);
    if (fault !== undefined) report(new ConfigurationError(`jwksVerifier: key ${index} of the set ${fault}; it is not used.`));
    if (jwk === undefined || algorithm === undefined) continue;
    try {
      const ring = keyPair({ algorithm, publicKey: jwk });
      await ring.current();
      rings.push(ring);
    } catch (error) {
      report(new ConfigurationError(`jwksVerifier: key ${index} of the set cannot be used. ${error instanceof ConfigurationError ? error.message : 'It is no valid key.'}`, { cause: error }));
    }
  }
  return rings.length === 0 ? NO_KEYS : keyRing([VERIFIES_ONLY, ...rings]).current();
}

/** The issuer has taken back what there was: no token is good. */
const NO_KEYS: KeySet = { algorithms: new Set(), signing: undefined, find: () => [], published: [], leastSecretBytes: 32 };
// The first of a ring is the one that signs.
const VERIFIES_ONLY: KeyRing = { current: () => NO_KEYS };

interface Judged {
  readonly jwk?: Jwk;
  readonly algorithm?: AsymmetricAlgorithm;
  /** Why the key should not be there at all. */
  readonly fault?: string;
}

function judge(key: unknown): Judged {
  if (typeof key !== 'object' || key === null || Array.isArray(key)) return { fault: 'is no object' };
  const { kty, crv, alg, use, key_ops: operations, kid, n, e, x, y, k } = key as Jwk;
  if (kty === 'oct' || k !== undefined) return { fault: 'is a shared secret, which is secret no more' };
  if (PRIVATE_MEMBERS.some((name) => (key as Jwk)[name] !== undefined)) return { fault: 'is a private key, which is secret no more' };
  // Another purpose, or an algorithm not known here: no fault of the issuer's.
  if ((use !== undefined && use !== 'sig') || (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify')))) return {};
  if (kid !== undefined && (typeof kid !== 'string' || kid === '')) return { fault: 'has a kid that is no string' };
  const algorithm = alg ?? ALGORITHM_OF_CURVE.get(crv);
  if (algorithm === undefined) return kty === 'RSA' ? { fault: 'names no alg, and an RSA key could be of several' } : {};
  if (typeof algorithm !== 'string' || !isAsymmetricAlgorithm(algorithm)) return {};
  const members = Object.entries({ kty, crv, n, e, x, y, kid }).filter(([, value]) => typeof value === 'string');
  return { algorithm, jwk: Object.fromEntries(members) };
}

function failure(what: string, cause?: unknown): Error {
  return new Error(`jwksVerifier: ${what}.`, { cause });
}
