import { LoginCost, MOST_PASSWORD_BYTES } from './login-cost.js';
import { hashScrypt } from './scrypt.js';
import { readHash } from './stored-hash.js';

/** Django's mark of an account without a password. */
const UNUSABLE_PREFIX = '!';

/**
 * Hashes a password for storing: scrypt (n 2^14, r 8, p 5) in Django's encoding `scrypt$n$salt$r$p$hash`, with a new random salt.
 *
 * It takes some 0.1 to 0.2 s of one libuv thread (the whole process shares four), so put the route of a sign-up
 * behind a limit, as `passwordAuthenticator` does for logins.
 *
 * @param password - as typed, never trimmed or normalized; at most 4096 bytes of UTF-8 (an unpaired surrogate counts as U+FFFD)
 * @returns 128 characters of ASCII; a text column of 255 leaves room for stronger parameters
 * @throws RangeError for a password over 4096 bytes
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt
 * @example
 * ```ts
 * import { hashPassword, verifyPassword } from 'trpc-jwt-auth/passwords';
 *
 * const passwordHash = await hashPassword('correct horse battery staple');
 * console.log(await verifyPassword(passwordHash, 'correct horse battery staple')); // true
 * ```
 */
export async function hashPassword(password: string): Promise<string> {
  const bytes = Buffer.byteLength(password);
  if (bytes > MOST_PASSWORD_BYTES) {
    throw new RangeError(`hashPassword: the password has ${bytes} bytes of UTF-8; ${MOST_PASSWORD_BYTES} is the most. Limit it in the sign-up form.`);
  }
  return hashScrypt(Buffer.from(password));
}

/**
 * Whether a password is the one that was hashed, in any of Django's formats; a hash that cannot be verified is a plain `false`.
 *
 * That holds for Django's unusable `!…`, an unknown format, a malformed hash, parameters out of bounds (over 128 MiB of memory for scrypt and
 * 256 MiB for Argon2, 5 000 000 iterations of PBKDF2, 16 rounds of bcrypt), and no hash at all. Each call takes the work of a new hash, and
 * a hash of another kind its own besides; where the time must not tell which users exist, use `passwordAuthenticator`.
 *
 * @param encoded - the stored hash: `scrypt$…`, `pbkdf2_sha256$…`, `pbkdf2_sha1$…`, `argon2$…` (needs the package `@node-rs/argon2`),
 * `bcrypt_sha256$…` or `bcrypt$…` (need the package `bcrypt`); null or undefined where there is none
 * @param password - as typed; over 4096 bytes of UTF-8 it never verifies, and of `bcrypt$…` only the first 72 bytes count, as in Django
 * @throws ConfigurationError where the package that a hash needs cannot be loaded: that is no wrong password
 * @see https://docs.djangoproject.com/en/5.1/topics/auth/passwords/
 * @example
 * ```ts
 * import { hashPassword, verifyPassword } from 'trpc-jwt-auth/passwords';
 *
 * const passwordHash = await hashPassword('open sesame');
 * const djangoHash = 'pbkdf2_sha256$260000$2zUuviJwOxlyfJSntPnRa1$D7XqZ5PPpASH+yF7S+mrIN2RgcO2U9ATdqpC52cFg9M=';
 * console.log(await verifyPassword(passwordHash, 'Open Sesame')); // false
 * console.log(await verifyPassword(djangoHash, 'testpass123')); // true
 * console.log(await verifyPassword('!', 'open sesame')); // false
 * ```
 */
export async function verifyPassword(encoded: string | null | undefined, password: string): Promise<boolean> {
  return new LoginCost().verify(encoded, password);
}

/**
 * Whether `hashPassword` would make a stronger hash than this one: then hash the password anew at its owner's next login.
 *
 * True of PBKDF2, bcrypt, argon2i and argon2d, of scrypt below `hashPassword`'s cost and of argon2id below OWASP's minimum, and of formats and
 * strings that cannot be read; false of Django's unusable `!…`, behind which there is no password.
 *
 * @param encoded - the stored hash
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id
 * @example
 * ```ts
 * import { hashPassword, needsRehash } from 'trpc-jwt-auth/passwords';
 *
 * console.log(needsRehash(await hashPassword('open sesame'))); // false
 * console.log(needsRehash('pbkdf2_sha256$1000$salt$hash')); // true
 * ```
 */
export function needsRehash(encoded: string): boolean {
  if (encoded.startsWith(UNUSABLE_PREFIX)) return false;
  return readHash(encoded)?.isWeak ?? true;
}
