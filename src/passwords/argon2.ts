import { timingSafeEqual } from 'node:crypto';

import { missingLibrary } from './optional-library.js';
import { type HashCost, STAND_IN_SALT, type StoredHash } from './password-format.js';

/** Argon2's parameters (RFC 9106 section 3.1). */
interface Parameters {
  readonly algorithm: 0 | 1 | 2;
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

const ALGORITHMS = { d: 0, i: 1, id: 2 } as const;

// A hostile or corrupt row must not choose how long its login takes, how much memory, and how many threads.
// Twice the memory and five times the work that Django and RFC 9106's second recommended option ask.
const MOST_MEMORY_KIB = 2 ** 18;
const MOST_WORK = 2 ** 20;
const MOST_LANES = 16;

/** The memory, in KiB, that each number of passes needs at the least: OWASP's Password Storage Cheat Sheet, each called as strong as the others. */
const STRONG_ENOUGH = [
  { passes: 1, memoryKib: 47_104 },
  { passes: 2, memoryKib: 19_456 },
  { passes: 3, memoryKib: 12_288 },
  { passes: 4, memoryKib: 9216 },
  { passes: 5, memoryKib: 7168 },
];
const STRONG_SALT_BYTES = 16;

const ENCODED =
  /^argon2\$argon2(id|i|d)\$v=19\$m=([1-9]\d{0,5}),t=([1-9]\d{0,5}),p=([1-9]\d?)\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

/** Reads `argon2$argon2id$v=19$m=…,t=…,p=…$salt$hash`, and argon2i and argon2d. */
export function readArgon2(encoded: string): StoredHash | undefined {
  const [, type, m, t, p, saltText, hashText] = ENCODED.exec(encoded) ?? [];
  if (type === undefined || saltText === undefined || hashText === undefined) return undefined;
  const parameters: Parameters = { algorithm: ALGORITHMS[type as keyof typeof ALGORITHMS], memoryKib: Number(m), passes: Number(t), lanes: Number(p) };
  const salt = decode(saltText);
  const expected = decode(hashText);
  if (!isBounded(parameters) || salt === undefined || expected === undefined) return undefined;
  return {
    matches: async (password) => timingSafeEqual(await derive(password, salt, parameters, expected.byteLength), expected),
    cost: costOf(`argon2${type} m=${m},t=${t},p=${p}`, parameters),
    isWeak: type !== 'id' || !isStrongEnough(parameters) || salt.byteLength < STRONG_SALT_BYTES,
  };
}

/** Passes over another size of memory, or by other lanes, take another time: no part of one makes up for another. */
function costOf(kind: string, parameters: Parameters): HashCost {
  return {
    kind,
    amount: 1,
    spend: async (password) => {
      await derive(password, Buffer.from(STAND_IN_SALT), parameters, 32);
    },
  };
}

function isBounded({ memoryKib, passes, lanes }: Parameters): boolean {
  // Eight blocks of 1 KiB to a lane: RFC 9106 section 3.1.
  return memoryKib >= 8 * lanes && memoryKib <= MOST_MEMORY_KIB && memoryKib * passes <= MOST_WORK && lanes <= MOST_LANES;
}

function isStrongEnough(parameters: Parameters): boolean {
  return STRONG_ENOUGH.some(({ passes, memoryKib }) => parameters.passes >= passes && parameters.memoryKib >= memoryKib);
}

/** Base64 without padding; undefined for a second spelling of the same bytes. */
function decode(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64').replace(/=+$/, '') === text ? bytes : undefined;
}

async function derive(password: Uint8Array, salt: Uint8Array, parameters: Parameters, outputLen: number): Promise<Buffer> {
  const { hashRaw } = await import('@node-rs/argon2').catch(missingLibrary('@node-rs/argon2'));
  const { algorithm, memoryKib: memoryCost, passes: timeCost, lanes: parallelism } = parameters;
  const options = { algorithm, memoryCost, timeCost, parallelism, salt, outputLen };
  return hashRaw(password, options);
}
