import { pbkdf2, timingSafeEqual } from 'node:crypto';

import { type PasswordFormat, STAND_IN_SALT } from './password-format.js';

// Seven times what Django 5.2 writes; a hostile or corrupt row must not choose how long a thread its login takes.
const MOST_ITERATIONS = 5_000_000;

// Both digests leave their last character two bits that decode to nothing, and so one spelling: these sixteen.
const ENCODED = /^\w+\$([1-9]\d{0,6})\$([^$]{1,128})\$([A-Za-z0-9+/]+[AEIMQUYcgkosw048]=)$/;

interface Digest {
  readonly name: 'sha256' | 'sha1';
  readonly bytes: number;
}

/** `pbkdf2_sha256$iterations$salt$hash`, Django's default. */
export const readPbkdf2Sha256 = pbkdf2Format({ name: 'sha256', bytes: 32 });

/** `pbkdf2_sha1$iterations$salt$hash`. */
export const readPbkdf2Sha1 = pbkdf2Format({ name: 'sha1', bytes: 20 });

function pbkdf2Format(digest: Digest): PasswordFormat {
  return (encoded) => {
    const [, count, salt, hash] = ENCODED.exec(encoded) ?? [];
    if (count === undefined || salt === undefined || hash === undefined) return undefined;
    const iterations = Number(count);
    const expected = Buffer.from(hash, 'base64');
    if (iterations > MOST_ITERATIONS || expected.byteLength !== digest.bytes) return undefined;
    return {
      matches: async (password) => timingSafeEqual(await derive(password, salt, iterations, digest), expected),
      cost: {
        kind: `pbkdf2 ${digest.name}`,
        amount: iterations,
        spend: async (password, paid) => {
          await derive(password, STAND_IN_SALT, iterations - paid, digest);
        },
      },
      // A graphics card tries as many in parallel as it has cores, for want of memory to fill: scrypt is stronger at any count.
      isWeak: true,
    };
  };
}

function derive(password: Uint8Array, salt: string, iterations: number, { name, bytes }: Digest): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    pbkdf2(password, salt, iterations, bytes, name, (error, hash) => {
      if (error) reject(error);
      else resolve(hash);
    });
  });
}
