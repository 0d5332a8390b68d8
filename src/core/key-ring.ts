import { ConfigurationError } from './errors.js';
import { createKeySource, SOURCE_OPTIONS } from './key-source.js';
import type { KeySourceOptions } from './key-source.js';
import { LEAST_SECRET_BYTES } from './keys.js';
import type { KeyRing, KeySet } from './keys.js';
import { isThere } from './maybe-promise.js';
import type { MaybePromise } from './ports.js';

/** What `keyRing` takes beside the keys. */
export interface KeyRingOptions {
  /** Refuses tokens whose header names no key. @default false */
  readonly requireKid?: boolean;
}

/** What `keyRing` takes beside a source of keys. */
export interface LoadedKeyRingOptions extends KeyRingOptions, KeySourceOptions {}

/** Keys that are loaded from a source, and again from time to time. */
export interface LoadedKeyRing extends KeyRing {
  /** Loads the keys now, for a change that must not wait; rejects, and keeps those there are, where they cannot be loaded. */
  readonly reload: () => Promise<void>;
}

/**
 * Several keys: the first signs, and all verify, each only for its own algorithm and, where a token names one, its own `kid`. To rotate, put the
 * new key first and take the old one out when the last of its tokens has expired.
 *
 * Given a function, the keys are what it returns, asked again every `reloadSeconds` and when a token names a key that is not there; while it
 * fails, the keys there were stay in use.
 *
 * @param keys - made by secretKey or keyPair; or a function that gives them, from a file or a secret manager
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
export function keyRing(keys: readonly KeyRing[], options?: KeyRingOptions): KeyRing;
export function keyRing(source: () => MaybePromise<readonly KeyRing[]>, options?: LoadedKeyRingOptions): LoadedKeyRing;
export function keyRing(keys: readonly KeyRing[] | (() => MaybePromise<readonly KeyRing[]>), options: LoadedKeyRingOptions = {}): KeyRing {
  const names = typeof keys === 'function' ? ['requireKid', ...SOURCE_OPTIONS] : ['requireKid'];
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new ConfigurationError(`keyRing: unknown option "${unknown}"; there are ${names.join(', ')}${typeof keys === 'function' ? '' : ' (more of them where the keys are a function)'}.`);
  const { requireKid = false, ...sourceOptions } = options;
  if (typeof requireKid !== 'boolean') throw new ConfigurationError('keyRing: requireKid is no boolean; give true or false.');
  const compose = composer(requireKid);
  if (typeof keys === 'function') {
    const source = createKeySource(async () => {
      const loaded = checked(await keys());
      return compose(await Promise.all(loaded.map(async (key) => key.current())));
    }, 'keyRing', sourceOptions);
    return source;
  }
  const [first] = checked(keys);
  const rings = [...keys];
  const asking = rings.filter((key) => key.lookAgain !== undefined);
  const current = (): MaybePromise<KeySet> => {
    const sets = rings.map((key) => key.current());
    // Without a promise where none is needed: this is asked for every token.
    return sets.every(isThere) ? compose(sets) : Promise.all(sets.map(async (set) => set)).then(compose);
  };
  const traits = traitsOf(rings);
  return {
    current,
    ...(asking.length > 0 && {
      lookAgain: async () => {
        await Promise.all(asking.map(async (key) => key.lookAgain?.()));
        return current();
      },
    }),
    ...(traits !== undefined && first?.traits !== undefined && { traits: { ...traits, canSign: first.traits.canSign } }),
  };
}

function checked(keys: readonly KeyRing[]): readonly KeyRing[] {
  if (!Array.isArray(keys) || keys.length === 0) throw new ConfigurationError('keyRing: there are no keys; give [secretKey(secret)], or keyPair({ … }).');
  for (const key of keys as readonly KeyRing[]) {
    if (typeof key?.current !== 'function') throw new ConfigurationError('keyRing: one of the keys is none; each is made by secretKey, keyPair or keyRing.');
  }
  const [first] = keys as readonly KeyRing[];
  if (first?.traits?.canSign === false) throw new ConfigurationError('keyRing: the first key signs, and it is a public key; put one with a private key first.');
  return keys as readonly KeyRing[];
}

function traitsOf(rings: readonly KeyRing[]): Pick<NonNullable<KeyRing['traits']>, 'hasPairs' | 'hasSecrets'> | undefined {
  if (rings.some((ring) => ring.traits === undefined)) return undefined;
  return { hasSecrets: rings.some((ring) => ring.traits?.hasSecrets), hasPairs: rings.some((ring) => ring.traits?.hasPairs) };
}


/** Makes one set of several; the same one again while its parts are the same, so that what was verified stays so. */
function composer(requireKid: boolean): (parts: readonly KeySet[]) => KeySet {
  let last: { readonly parts: readonly KeySet[]; readonly set: KeySet } | undefined;
  return (parts) => {
    if (last?.parts.length === parts.length && last.parts.every((part, index) => part === parts[index])) return last.set;
    const set: KeySet = {
      algorithms: new Set(parts.flatMap((part) => [...part.algorithms])),
      signing: parts[0]?.signing,
      find: (hint) => (requireKid && hint.kid === undefined ? [] : parts.flatMap((part) => part.find(hint))),
      published: parts.flatMap((part) => part.published),
      leastSecretBytes: Math.min(LEAST_SECRET_BYTES, ...parts.map((part) => part.leastSecretBytes)),
    };
    last = { parts, set };
    return set;
  };
}
