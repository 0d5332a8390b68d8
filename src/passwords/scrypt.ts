import { randomInt, scrypt, timingSafeEqual } from 'node:crypto';

import { type HashCost, STAND_IN_SALT, type StoredHash } from './password-format.js';

/** scrypt's parameters (RFC 7914 section 2): n · r sets the memory, n · r · p the time. */
interface Parameters {
  readonly n: number;
  readonly r: number;
  readonly p: number;
}

/** OWASP's Password Storage Cheat Sheet, and Django's default since 5.1. */
const CURRENT: Parameters = { n: 2 ** 14, r: 8, p: 5 };
const HASH_BYTES = 64;

const SALT_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** 22 · log2(62) = 131 bits. */
const SALT_LENGTH = 22;

// A hostile or corrupt row must not choose how long a thread and how much memory its login takes.
// OWASP's strongest (n 2^17, r 8, p 1) is within both.
const MOST_MEMORY_BYTES = 2 ** 27;
const MOST_WORK = 2 ** 22;

// 64 bytes end in one of A Q g w: any other last character has bits that decode to nothing, a second spelling of the same hash.
const ENCODED = /^scrypt\$([1-9]\d{0,6})\$([^$]{1,128})\$([1-9]\d?)\$([1-9]\d?)\$([A-Za-z0-9+/]{85}[AQgw]==)$/;

/** What a hash made today costs. */
export const currentScryptCost: HashCost = costOf(CURRENT);

/** Hashes as Django writes it: `scrypt$n$salt$r$p$hash`. */
export async function hashScrypt(password: Uint8Array): Promise<string> {
  const salt = Array.from({ length: SALT_LENGTH }, () => SALT_ALPHABET[randomInt(SALT_ALPHABET.length)]).join('');
  const hash = await derive(password, salt, CURRENT);
  return `scrypt$${CURRENT.n}$${salt}$${CURRENT.r}$${CURRENT.p}$${hash.toString('base64')}`;
}

/** Reads `scrypt$n$salt$r$p$hash`. */
export function readScrypt(encoded: string): StoredHash | undefined {
  const [, n, salt, r, p, hash] = ENCODED.exec(encoded) ?? [];
  if (n === undefined || salt === undefined || r === undefined || p === undefined || hash === undefined) return undefined;
  const parameters: Parameters = { n: Number(n), r: Number(r), p: Number(p) };
  if (!isBounded(parameters)) return undefined;
  const expected = Buffer.from(hash, 'base64');
  return {
    matches: async (password) => timingSafeEqual(await derive(password, salt, parameters), expected),
    cost: costOf(parameters),
    isWeak: work(parameters) < work(CURRENT) || parameters.n * parameters.r < CURRENT.n * CURRENT.r || salt.length < SALT_LENGTH,
  };
}

/** p repeats the same work, so Django 4.0 to 5.0's p = 1 can be made up to today's 5; another memory size is another kind of work. */
function costOf({ n, r, p }: Parameters): HashCost {
  return {
    kind: `scrypt n=${n},r=${r}`,
    amount: p,
    spend: async (password, paid) => {
      await derive(password, STAND_IN_SALT, { n, r, p: p - paid });
    },
  };
}

function isBounded({ n, r, p }: Parameters): boolean {
  const isPowerOfTwo = n > 1 && (n & (n - 1)) === 0;
  // n < 2^(16 r) is RFC 7914 section 2; OpenSSL throws on any other.
  return isPowerOfTwo && n < 2 ** (16 * r) && 128 * n * r <= MOST_MEMORY_BYTES && work({ n, r, p }) <= MOST_WORK;
}

function work({ n, r, p }: Parameters): number {
  return n * r * p;
}

function derive(password: Uint8Array, salt: string, { n, r, p }: Parameters): Promise<Buffer> {
  // What OpenSSL counts; its own limit of 32 MiB refuses hashes that OWASP recommends.
  const maxmem = 128 * r * (n + p + 2);
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, { N: n, r, p, maxmem }, (error, hash) => {
      if (error) reject(error);
      else resolve(hash);
    });
  });
}
