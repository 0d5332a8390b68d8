import { keyFacts } from '../core/key-format.js';
import type { Jwk } from '../core/key-format.js';
import { isAsymmetricAlgorithm, KEY_TYPES, keyPair } from '../core/key-pair.js';
import { keyRing } from '../core/key-ring.js';
import { isSecretAlgorithm, SECRET_ALGORITHMS, secretKey } from '../core/keys.js';
import type { AsymmetricAlgorithm, KeyRing } from '../core/keys.js';
import type { JwtAuthDict } from './jwt-auth-dict.js';
import { flag, naming, refuse } from './refusal.js';

interface NamedKey<Key> {
  readonly kid?: string;
  readonly key: Key;
}

type PairKey = NamedKey<string | Jwk>;

/** What of a `JWT_AUTH` dict the keys are made of. */
export type DjangoKeys = Pick<JwtAuthDict, 'JWT_SECRET_KEY' | 'JWT_PRIVATE_KEY' | 'JWT_PUBLIC_KEY' | 'JWT_ALGORITHM' | 'JWT_INSIST_ON_KID'>;

/** The keys of a Django backend: the first algorithm signs, and each verifies with the keys of its family. @throws ConfigurationError naming the key and the mend */
export function djangoKeys(secretKeyOfDjango: string, dict: DjangoKeys, unsafeShortSecret: boolean): KeyRing {
  const algorithms = algorithmsOf(dict.JWT_ALGORITHM ?? 'HS256');
  const secretAlgorithms = algorithms.filter(isSecretAlgorithm);
  const pairAlgorithms = algorithms.filter(isAsymmetricAlgorithm);
  const requireKid = flag('JWT_INSIST_ON_KID', dict.JWT_INSIST_ON_KID, false);

  const secrets = dict.JWT_SECRET_KEY == null ? [{ key: secretKeyOfDjango }] : named('JWT_SECRET_KEY', dict.JWT_SECRET_KEY, isText);
  // Of several private keys the original knows the first alone; a retired one must not come back as one that verifies.
  const privates = dict.JWT_PRIVATE_KEY == null ? [] : named('JWT_PRIVATE_KEY', dict.JWT_PRIVATE_KEY, isPairKey).slice(0, 1);
  const publics = dict.JWT_PUBLIC_KEY == null ? [] : named('JWT_PUBLIC_KEY', dict.JWT_PUBLIC_KEY, isPairKey);
  checkPair(algorithms, pairAlgorithms, privates, publics);
  if (requireKid) checkNames(secretAlgorithms.length > 0 ? secrets : [], [...privates, ...publics]);

  const made = new Map<string, KeyRing[]>(algorithms.map((algorithm) => [algorithm, []]));
  for (const algorithm of secretAlgorithms) {
    const setting = dict.JWT_SECRET_KEY == null ? undefined : 'JWT_SECRET_KEY';
    for (const { key, kid } of secrets) {
      const make = (): KeyRing => secretKey(key, { algorithm, unsafeShortSecret, ...(kid !== undefined && { kid }) });
      made.get(algorithm)?.push(setting === undefined ? make() : naming(setting, make));
    }
  }
  for (const key of privates) addPair('JWT_PRIVATE_KEY', 'privateKey', key, pairAlgorithms, made);
  for (const key of publics) addPair('JWT_PUBLIC_KEY', 'publicKey', key, pairAlgorithms, made);
  for (const [algorithm, rings] of made) {
    if (rings.length === 0) refuse('JWT_ALGORITHM', `has ${algorithm}, and no key is of the type ${KEY_TYPES[algorithm as AsymmetricAlgorithm]} that it needs; add one to JWT_PUBLIC_KEY, or take ${algorithm} out`);
  }
  const rings = [...made.values()].flat();
  if (rings[0]?.traits?.canSign === false) refuse('JWT_PRIVATE_KEY', `is of another type than ${algorithms[0] ?? ''} needs, which signs, being the first of JWT_ALGORITHM; put the algorithm of the private key first`);
  const [only, ...others] = rings;
  return only !== undefined && others.length === 0 && !requireKid ? only : keyRing(rings, { requireKid });
}

function addPair(setting: string, option: 'privateKey' | 'publicKey', { key, kid }: PairKey, algorithms: readonly AsymmetricAlgorithm[], made: ReadonlyMap<string, KeyRing[]>): void {
  const { type } = naming(setting, () => keyFacts(key, option));
  const fitting = algorithms.filter((algorithm) => KEY_TYPES[algorithm] === type);
  // Where none fits, keyPair says why.
  for (const algorithm of fitting.length > 0 ? fitting : algorithms.slice(0, 1)) {
    made.get(algorithm)?.push(naming(setting, () => keyPair({ algorithm, [option]: key, ...(kid !== undefined && { kid }) })));
  }
}

function checkPair(algorithms: readonly string[], pairAlgorithms: readonly string[], privates: readonly PairKey[], publics: readonly PairKey[]): void {
  const [first = ''] = algorithms;
  const [firstPair] = pairAlgorithms;
  if (firstPair === undefined) {
    const [setting] = [...privates.map(() => 'JWT_PRIVATE_KEY'), ...publics.map(() => 'JWT_PUBLIC_KEY')];
    if (setting !== undefined) refuse(setting, `is there, and JWT_ALGORITHM is ${algorithms.join(', ')}, which has a secret and no pair; give the pair's algorithm, as 'RS256', or take the key out`);
  } else if (first === firstPair && privates.length === 0) {
    if (publics.length === 0) refuse('JWT_ALGORITHM', `is ${first}, and there is no JWT_PRIVATE_KEY to sign with; give it`);
    refuse(
      'JWT_PUBLIC_KEY',
      `is there without JWT_PRIVATE_KEY, so that nothing signs; give that, put an HS algorithm first, or, where this server only verifies tokens of another, use jwksVerifier in place of createJwtAuth`,
    );
  } else if (privates.length === 0 && publics.length === 0) {
    refuse('JWT_ALGORITHM', `has ${firstPair}, and there is neither JWT_PUBLIC_KEY nor JWT_PRIVATE_KEY; give one, or take ${firstPair} out`);
  }
}

function checkNames(secrets: readonly NamedKey<string>[], pairs: readonly PairKey[]): void {
  const unnamed = [...secrets.map(({ kid }) => [kid, 'JWT_SECRET_KEY']), ...pairs.map(({ kid, key }) => [kid ?? (typeof key === 'object' ? key.kid : undefined), 'JWT_PRIVATE_KEY or JWT_PUBLIC_KEY'])];
  const [, setting] = unnamed.find(([kid]) => kid === undefined) ?? [];
  if (setting !== undefined) refuse('JWT_INSIST_ON_KID', `is true, and a key of ${setting} has no name; give the keys as { kid: key }, or take JWT_INSIST_ON_KID out`);
}

function algorithmsOf(value: string | readonly string[]): readonly string[] {
  const names = typeof value === 'string' ? [value] : value;
  if (!(names instanceof Array) || names.length === 0) refuse('JWT_ALGORITHM', `is ${JSON.stringify(value)}; give one, as 'HS256', or an array of them`);
  const stranger = names.find((name) => !isSecretAlgorithm(name) && !isAsymmetricAlgorithm(name));
  if (stranger !== undefined) refuse('JWT_ALGORITHM', `${typeof value === 'string' ? 'is' : 'has'} ${JSON.stringify(stranger)}; use ${[...SECRET_ALGORITHMS, ...Object.keys(KEY_TYPES)].join(', ')}`);
  return [...new Set(names)];
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isPairKey(value: unknown): value is string | Jwk {
  return isText(value) || (typeof value === 'object' && value !== null && typeof (value as Jwk).kty === 'string');
}

/** One key, several, or several by their `kid`, as a list. @throws ConfigurationError */
function named<Key>(setting: string, material: unknown, isKey: (value: unknown) => value is Key): readonly NamedKey<Key>[] {
  const nothing = (what: string): never => refuse(setting, `${what}; give a key, an array of keys, or the keys by their names, as { kid: key }`);
  if (isKey(material)) return [{ key: material }];
  if (typeof material !== 'object' || material === null) return nothing(`is ${typeof material}`);
  const entries: readonly (readonly [unknown, unknown])[] = Array.isArray(material) ? material.map((key: unknown) => [undefined, key]) : material instanceof Map ? [...material] : Object.entries(material);
  // JavaScript sorts such names of an object, so that another key would sign than the one that stands first. Public keys have no first.
  if (setting !== 'JWT_PUBLIC_KEY' && !Array.isArray(material) && !(material instanceof Map) && entries.length > 1 && entries.some(([kid]) => /^\d+$/.test(String(kid)))) {
    refuse(setting, `has names that are numbers, which JavaScript sorts, and the first key signs; give new Map([['kid', key], …])`);
  }
  const keys = entries.map(([kid, key]): NamedKey<Key> => {
    if (!isKey(key)) return nothing('holds something that is no key');
    if (kid !== undefined && (!isText(kid) || kid === '')) return nothing('has a key whose name is no string');
    return kid === undefined ? { key } : { kid, key };
  });
  return keys.length > 0 ? keys : nothing('is empty');
}
