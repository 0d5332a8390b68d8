import { readArgon2 } from './argon2.js';
import { readBcrypt, readBcryptSha256 } from './bcrypt.js';
import type { PasswordFormat, StoredHash } from './password-format.js';
import { readPbkdf2Sha1, readPbkdf2Sha256 } from './pbkdf2.js';
import { readScrypt } from './scrypt.js';

/** By what stands before the first `$`, as in Django's column `auth_user.password`. */
const FORMATS: ReadonlyMap<string, PasswordFormat> = new Map<string, PasswordFormat>([
  ['argon2', readArgon2],
  ['bcrypt', readBcrypt],
  ['bcrypt_sha256', readBcryptSha256],
  ['pbkdf2_sha1', readPbkdf2Sha1],
  ['pbkdf2_sha256', readPbkdf2Sha256],
  ['scrypt', readScrypt],
]);

/** Reads a stored hash; undefined where there is none, its format is unknown, or it is malformed or out of bounds. */
export function readHash(encoded: unknown): StoredHash | undefined {
  if (typeof encoded !== 'string') return undefined;
  const [name = ''] = encoded.split('$', 1);
  return FORMATS.get(name)?.(encoded);
}
