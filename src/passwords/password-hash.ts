import { hashScrypt, readScrypt, spendScrypt } from './scrypt.js';

/** A stored hash that its format could read. */
interface StoredHash {
  /** Whether the password is the one hashed. Must cost no less than hashing a new one, or it names the accounts that exist. */
  readonly matches: (password: Uint8Array) => Promise<boolean>;
  /** Whether `hashPassword` makes a stronger one. */
  readonly isWeak: boolean;
}

/** Reads a hash whose prefix is the format's; undefined where the rest is malformed. */
type PasswordFormat = (encoded: string) => StoredHash | undefined;

/** By what stands before the first `$`, as in Django's column `auth_user.password`. */
const FORMATS: ReadonlyMap<string, PasswordFormat> = new Map<string, PasswordFormat>([['scrypt', readScrypt]]);

/** Django's mark of an account without a password. */
const UNUSABLE_PREFIX = '!';

/** Far over any real password; without a bound, a login could cost as much as its sender likes. */
const MOST_PASSWORD_BYTES = 4096;

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
 * Whether a password is the one that was hashed; any hash that cannot be verified is a plain `false`, and never throws.
 *
 * That holds for Django's unusable `!…`, an unknown format, a malformed hash, parameters out of bounds (over 128 MiB of memory), and no
 * hash at all; each of these costs as much as a wrong password, so that the time taken tells nothing.
 *
 * @param encoded - the stored hash, as `hashPassword` or Django (`scrypt$n$salt$r$p$hash`) wrote it; null or undefined where there is none
 * @param password - as typed; over 4096 bytes of UTF-8 it never verifies
 * @see https://docs.djangoproject.com/en/5.1/topics/auth/passwords/
 * @example
 * ```ts
 * import { hashPassword, verifyPassword } from 'trpc-jwt-auth/passwords';
 *
 * const passwordHash = await hashPassword('open sesame');
 * console.log(await verifyPassword(passwordHash, 'Open Sesame')); // false
 * console.log(await verifyPassword('!', 'open sesame')); // false
 * ```
 */
export async function verifyPassword(encoded: string | null | undefined, password: string): Promise<boolean> {
  const isTooLong = Buffer.byteLength(password) > MOST_PASSWORD_BYTES;
  // Hashes a stand-in: a refusal that takes no time would differ from every other.
  const bytes = Buffer.from(isTooLong ? '' : password);
  const stored = read(encoded);
  if (stored === undefined) {
    await spendScrypt(bytes);
    return false;
  }
  const matches = await stored.matches(bytes);
  return matches && !isTooLong;
}

/**
 * Whether `hashPassword` would make a stronger hash than this one: then hash the password anew at its owner's next login.
 *
 * True also of formats and strings that cannot be read; false of Django's unusable `!…`, behind which there is no password.
 *
 * @param encoded - the stored hash
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
  return read(encoded)?.isWeak ?? true;
}

function read(encoded: string | null | undefined): StoredHash | undefined {
  if (typeof encoded !== 'string') return undefined;
  const [name = ''] = encoded.split('$', 1);
  return FORMATS.get(name)?.(encoded);
}
