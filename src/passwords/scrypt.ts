import { randomInt, scrypt, timingSafeEqual } from 'node:crypto';

/** scrypt's parameters (RFC 7914 section 2): n · r sets the memory, n · r · p the time. */
interface Cost {
  readonly n: number;
  readonly r: number;
  readonly p: number;
}

/** A hash of this format, read. */
interface StoredScryptHash {
  readonly matches: (password: Uint8Array) => Promise<boolean>;
  readonly isWeak: boolean;
}

/** OWASP's Password Storage Cheat Sheet, and Django's default since 5.1. */
const CURRENT: Cost = { n: 2 ** 14, r: 8, p: 5 };
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

/** Hashes as Django writes it: `scrypt$n$salt$r$p$hash`. */
export async function hashScrypt(password: Uint8Array): Promise<string> {
  const salt = Array.from({ length: SALT_LENGTH }, () => SALT_ALPHABET[randomInt(SALT_ALPHABET.length)]).join('');
  const hash = await derive(password, salt, CURRENT);
  return `scrypt$${CURRENT.n}$${salt}$${CURRENT.r}$${CURRENT.p}$${hash.toString('base64')}`;
}

/** Reads a stored hash; undefined where it is malformed or its parameters are out of bounds. */
export function readScrypt(encoded: string): StoredScryptHash | undefined {
  const [, n, salt, r, p, hash] = ENCODED.exec(encoded) ?? [];
  if (n === undefined || salt === undefined || r === undefined || p === undefined || hash === undefined) return undefined;
  const cost: Cost = { n: Number(n), r: Number(r), p: Number(p) };
  if (!isBounded(cost)) return undefined;
  const expected = Buffer.from(hash, 'base64');
  return {
    matches: async (password) => {
      const matches = timingSafeEqual(await derive(password, salt, cost), expected);
      await makeUp(password, salt, cost);
      return matches;
    },
    isWeak: work(cost) < work(CURRENT) || cost.n * cost.r < CURRENT.n * CURRENT.r || salt.length < SALT_LENGTH,
  };
}

/** Does the work of one hash, for a login that has no hash to compare with. */
export async function spendScrypt(password: Uint8Array): Promise<void> {
  await derive(password, 'no account here', CURRENT);
}

function isBounded({ n, r, p }: Cost): boolean {
  const isPowerOfTwo = n > 1 && (n & (n - 1)) === 0;
  // n < 2^(16 r) is RFC 7914 section 2; OpenSSL throws on any other.
  return isPowerOfTwo && n < 2 ** (16 * r) && 128 * n * r <= MOST_MEMORY_BYTES && work({ n, r, p }) <= MOST_WORK;
}

/**
 * Adds the work that a cheaper hash lacks. Django 4.0 to 5.0 wrote p = 1: without this, a login there would answer
 * five times as fast as one of an unknown user, and so name the accounts that exist.
 */
async function makeUp(password: Uint8Array, salt: string, cost: Cost): Promise<void> {
  const p = Math.round((work(CURRENT) - work(cost)) / (CURRENT.n * CURRENT.r));
  if (p > 0) await derive(password, salt, { ...CURRENT, p });
}

function work({ n, r, p }: Cost): number {
  return n * r * p;
}

function derive(password: Uint8Array, salt: string, { n, r, p }: Cost): Promise<Buffer> {
  // What OpenSSL counts; its own limit of 32 MiB refuses hashes that OWASP recommends.
  const maxmem = 128 * r * (n + p + 2);
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, { N: n, r, p, maxmem }, (error, hash) => {
      if (error) reject(error);
      else resolve(hash);
    });
  });
}
