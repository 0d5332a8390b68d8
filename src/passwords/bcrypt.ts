import { createHash, timingSafeEqual } from 'node:crypto';

import { missingLibrary } from './optional-library.js';
import type { HashCost, PasswordFormat } from './password-format.js';

// 2^16 rounds take seconds; a hostile or corrupt row must not choose more.
const MOST_ROUNDS = 16;

// Salt and hash end in characters with four and two bits that decode to nothing, and so in one spelling.
const ENCODED = /^\w+\$\$2[aby]\$(0[4-9]|1\d)\$([./A-Za-z0-9]{21}[.Oeu])([./A-Za-z0-9]{30}[.CGKOSWaeimquy26])$/;

const STAND_IN_SALT = '.'.repeat(22);

/** `bcrypt$$2b$rounds$salt+hash`: of the password itself. */
export const readBcrypt = bcryptFormat((password) => password);

/** `bcrypt_sha256$$2b$rounds$salt+hash`: of the password's SHA-256 in hexadecimal, so that all of a long one counts. */
export const readBcryptSha256 = bcryptFormat((password) => Buffer.from(createHash('sha256').update(password).digest('hex')));

function bcryptFormat(keyOf: (password: Uint8Array) => Uint8Array): PasswordFormat {
  return (encoded) => {
    const [, digits, salt, hash] = ENCODED.exec(encoded) ?? [];
    if (digits === undefined || salt === undefined || hash === undefined) return undefined;
    const rounds = Number(digits);
    if (rounds > MOST_ROUNDS) return undefined;
    const expected = Buffer.from(hash);
    return {
      matches: async (password) => timingSafeEqual(await derive(keyOf(password), salt, rounds), expected),
      cost: costOf(rounds),
      // As with PBKDF2: it fills no memory.
      isWeak: true,
    };
  };
}

function costOf(rounds: number): HashCost {
  return {
    kind: 'bcrypt',
    amount: rounds,
    spend: async (password, paid) => {
      if (paid === 0) {
        await derive(password, STAND_IN_SALT, rounds);
        return;
      }
      // n rounds are 2^n of work, and 2^n + 2^n + 2^(n+1) + … + 2^(m-1) = 2^m.
      for (let each = paid; each < rounds; each += 1) await derive(password, STAND_IN_SALT, each);
    },
  };
}

/** The 31 characters that stand for the hash. */
async function derive(key: Uint8Array, salt: string, rounds: number): Promise<Buffer> {
  const { hash } = await import('bcrypt').catch(missingLibrary('bcrypt'));
  // 2a, 2b and 2y are one algorithm, told apart for the faults of old implementations. It reads no further than 72 bytes, and Django lets it.
  const encoded = await hash(Buffer.from(key), `$2b$${String(rounds).padStart(2, '0')}$${salt}`);
  return Buffer.from(encoded.slice(-31));
}
