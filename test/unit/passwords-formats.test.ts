import * as crypto from 'node:crypto';
import { readFileSync } from 'node:fs';

import * as argon2 from '@node-rs/argon2';
import bcrypt from 'bcrypt';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { needsRehash, passwordAuthenticator, verifyPassword } from '../../src/passwords/index.js';

/** Which functions hashed. scrypt, whose results are other tests' matter, takes no time here. */
const { calls } = vi.hoisted(() => ({ calls: [] as string[] }));

vi.mock('node:crypto', async (importOriginal) => {
  const real = await importOriginal<typeof crypto>();
  const scrypt = (_password: Uint8Array, _salt: string, length: number, _cost: unknown, callback: (error: null, hash: Buffer) => void) => {
    calls.push('scrypt');
    callback(null, Buffer.alloc(length));
  };
  const pbkdf2 = (...given: Parameters<typeof crypto.pbkdf2>) => {
    calls.push('pbkdf2');
    real.pbkdf2(...given);
  };
  return { ...real, scrypt, pbkdf2 };
});

vi.mock('bcrypt', async (importOriginal) => {
  const real = (await importOriginal<{ default: typeof bcrypt }>()).default;
  const hash = (data: Buffer, salt: string) => {
    calls.push('bcrypt');
    return real.hash(data, salt);
  };
  return { default: real, hash };
});

vi.mock('@node-rs/argon2', async (importOriginal) => {
  const real = await importOriginal<typeof argon2>();
  const hashRaw = (password: Uint8Array, options: argon2.Options) => {
    calls.push('argon2');
    return real.hashRaw(password, options);
  };
  return { ...real, hashRaw };
});

beforeEach(() => {
  calls.length = 0;
});

const { hashes: vectors } = JSON.parse(readFileSync(new URL('../fixtures/django-passwords.json', import.meta.url), 'utf8')) as {
  hashes: { algorithm: string; password: string; encoded: string }[];
};

describe('what Django wrote', () => {
  it('is here in all its formats', () => {
    expect(new Set(vectors.map(({ algorithm }) => algorithm))).toEqual(
      new Set(['pbkdf2_sha256', 'pbkdf2_sha1', 'argon2', 'bcrypt_sha256', 'bcrypt', 'scrypt', 'unusable']),
    );
  });

  // scrypt's are verified where scrypt is.
  const verifiable = vectors.filter(({ algorithm }) => algorithm !== 'scrypt' && algorithm !== 'unusable');
  it.each(verifiable.map(({ algorithm, password, encoded }) => [algorithm, password.slice(0, 12), password, encoded] as const))(
    '%s of "%s…" verifies with its own password and with no other',
    async (_algorithm, _shown, password, encoded) => {
      expect(await verifyPassword(encoded, password)).toBe(true);
      for (const other of [`${password} `, password === '' ? 'testpass123' : password.slice(1)]) expect(await verifyPassword(encoded, other)).toBe(false);
    },
    30_000,
  );

  it('without a password verifies with none', async () => {
    for (const { encoded } of vectors.filter(({ algorithm }) => algorithm === 'unusable')) {
      for (const password of ['', '!', encoded, encoded.slice(1), 'anything']) expect(await verifyPassword(encoded, password)).toBe(false);
    }
  });

  it.each([
    ['argon2i', 'wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA'],
    ['argon2d', 'lV5dWxY6G2C7o1/DbQSWR0+6T2tZrVNihmbwf7L5Pq8'],
  ])('%s verifies too (vector of the reference implementation)', async (type, hash) => {
    const encoded = `argon2$${type}$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$${hash}`;
    expect(await verifyPassword(encoded, 'password')).toBe(true);
    expect(await verifyPassword(encoded, 'Password')).toBe(false);
  });
});

const unpadded = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replace(/=+$/, '');

function pbkdf2Hash(digest: 'sha256' | 'sha1', password: string, iterations = 1, salt = 'salt'): string {
  return `pbkdf2_${digest}$${iterations}$${salt}$${crypto.pbkdf2Sync(password, salt, iterations, digest === 'sha1' ? 20 : 32, digest).toString('base64')}`;
}

async function argon2Hash(algorithm: 0 | 1 | 2, password: string, salt = 'salt of 16 bytes', outputLen = 32): Promise<string> {
  const options = { algorithm, memoryCost: 64, timeCost: 1, parallelism: 2, salt: Buffer.from(salt), outputLen };
  const hash = await argon2.hashRaw(password, options);
  return `argon2$argon2${['d', 'i', 'id'][algorithm]}$v=19$m=64,t=1,p=2$${unpadded(options.salt)}$${unpadded(hash)}`;
}

const BCRYPT_SALT = '$2b$04$T4hTU86tn4hsClAQAMbMCO';

/** Each format at its least cost, written by its library itself. */
const writers: Record<string, (password: string) => Promise<string>> = {
  pbkdf2_sha256: async (password) => pbkdf2Hash('sha256', password),
  pbkdf2_sha1: async (password) => pbkdf2Hash('sha1', password),
  argon2id: (password) => argon2Hash(2, password),
  argon2i: (password) => argon2Hash(1, password),
  argon2d: (password) => argon2Hash(0, password),
  bcrypt: async (password) => `bcrypt$${await bcrypt.hash(Buffer.from(password), BCRYPT_SALT)}`,
  bcrypt_sha256: async (password) => `bcrypt_sha256$${await bcrypt.hash(crypto.createHash('sha256').update(password).digest('hex'), BCRYPT_SALT)}`,
};

describe.each(Object.entries(writers))('%s', (format, write) => {
  it.each([
    ['empty', '', ' '],
    ['ASCII', 'testpass123', 'testpass124'],
    ['Unicode', 'pässwörd ✓ 🗝', 'pässwörd ✓ 🗝️'],
    ['not normalized', '\u00e4', 'a\u0308'],
    ['spaces', '  spaces  ', 'spaces'],
    ['a NUL', 'a\0b', 'a'],
    ['an unpaired surrogate', 'a\ud83d', 'a'],
    ['4096 bytes', 'x'.repeat(4096), 'x'.repeat(71)],
    ['4096 bytes of two each', 'ä'.repeat(2048), 'ä'.repeat(35)],
  ])('round trip: %s', async (_, password, other) => {
    const encoded = await write(password);
    expect(await verifyPassword(encoded, password)).toBe(true);
    expect(await verifyPassword(encoded, other)).toBe(false);
    expect(await verifyPassword(`!${encoded}`, password)).toBe(false);
  });

  it('refuses a password over 4096 bytes, its own too, at the work of a wrong one', async () => {
    const password = 'x'.repeat(4097);
    const encoded = await write(password);
    calls.length = 0;
    expect(await verifyPassword(encoded, password)).toBe(false);
    const overlong = calls.splice(0);
    expect(await verifyPassword(encoded, 'wrong')).toBe(false);
    expect(overlong).toEqual(calls);
    expect(await verifyPassword(await write(''), password)).toBe(false);
  });

  it('lets a login in', async () => {
    const user = { id: 1, username: 'ada', isActive: true };
    const authenticate = passwordAuthenticator({ find: async () => ({ user, passwordHash: await write('open sesame') }) });
    expect(await authenticate({ username: 'ada', password: 'open sesame' })).toBe(user);
    expect(await authenticate({ username: 'ada', password: 'open sesam' })).toBeNull();
  });

  it(`is for hashing anew: ${format}`, async () => {
    expect(needsRehash(await write('open sesame'))).toBe(true);
  });
});

describe('bcrypt', () => {
  it.each([
    ['bcrypt', true],
    ['bcrypt_sha256', false],
  ])('%s reads no further than 72 bytes: %s, as in Django', async (format, isCut) => {
    const encoded = await writers[format]!(`${'x'.repeat(72)}a`);
    expect(await verifyPassword(encoded, `${'x'.repeat(72)}b`)).toBe(isCut);
    expect(await verifyPassword(encoded, `${'x'.repeat(71)}b`)).toBe(false);
  });

  it('cuts within a character too', async () => {
    const encoded = await writers['bcrypt']!(`a${'ä'.repeat(36)}`);
    // U+00E4 and U+00E5 begin with the same byte.
    expect(await verifyPassword(encoded, `a${'ä'.repeat(35)}å`)).toBe(true);
    expect(await verifyPassword(encoded, `a${'ä'.repeat(35)}`)).toBe(false);
  });

  it.each(['2a', '2y'])('takes the prefix of other implementations: $%s$', async (prefix) => {
    const encoded = (await writers['bcrypt']!('open sesame')).replace('$2b$', `$${prefix}$`);
    expect(await verifyPassword(encoded, 'open sesame')).toBe(true);
    expect(await verifyPassword(encoded, 'open sesam')).toBe(false);
  });
});

const PASSWORD = 'testpass123';
const SHA256 = pbkdf2Hash('sha256', PASSWORD);
const SHA1 = pbkdf2Hash('sha1', PASSWORD);
const ARGON2 = await argon2Hash(2, PASSWORD);
const BCRYPT = await writers['bcrypt']!(PASSWORD);
const BCRYPT_SHA256 = await writers['bcrypt_sha256']!(PASSWORD);

const malformed: Record<string, string> = {
  'pbkdf2: prefix alone': 'pbkdf2_sha256',
  'pbkdf2: prefix and nothing': 'pbkdf2_sha256$',
  'pbkdf2: other case': SHA256.replace('pbkdf2', 'PBKDF2'),
  'pbkdf2: unknown digest': SHA256.replace('sha256', 'sha512'),
  'pbkdf2: hash of the other digest': SHA256.replace('sha256', 'sha1'),
  'pbkdf2: hash of the other digest, the longer': SHA1.replace('sha1', 'sha256'),
  'pbkdf2: a field missing': SHA256.replace('$salt', ''),
  'pbkdf2: a field too many': `${SHA256}$`,
  'pbkdf2: no salt': SHA256.replace('$salt', '$'),
  'pbkdf2: salt of 1 MB': SHA256.replace('$salt', `$${'s'.repeat(2 ** 20)}`),
  'pbkdf2: 0 iterations': SHA256.replace('$1$', '$0$'),
  'pbkdf2: negative': SHA256.replace('$1$', '$-1$'),
  'pbkdf2: fractional': SHA256.replace('$1$', '$1.5$'),
  'pbkdf2: exponent': SHA256.replace('$1$', '$1e3$'),
  'pbkdf2: leading zero': SHA256.replace('$1$', '$01$'),
  'pbkdf2: white space': SHA256.replace('$1$', '$ 1$'),
  'pbkdf2: other digits': SHA256.replace('$1$', '$١$'),
  'pbkdf2: over 5 000 000': SHA256.replace('$1$', '$5000001$'),
  'pbkdf2: over 2^53': SHA256.replace('$1$', `$${2n ** 64n}$`),
  'pbkdf2: newline after': `${SHA256}\n`,
  'pbkdf2: white space before': ` ${SHA256}`,
  'pbkdf2: no hash': SHA256.slice(0, SHA256.lastIndexOf('$') + 1),
  'pbkdf2: hash of 1 byte': 'pbkdf2_sha256$1$salt$AA==',
  'pbkdf2: hash of 31 bytes': `pbkdf2_sha256$1$salt$${Buffer.alloc(31).toString('base64')}`,
  'pbkdf2: hash of 35 bytes': `pbkdf2_sha256$1$salt$${Buffer.alloc(35).toString('base64')}`,
  'pbkdf2: hash without padding': SHA256.slice(0, -1),
  'pbkdf2: hash in base64url': SHA256.replace(/[^$]*$/, `${Buffer.alloc(32, 0xff).toString('base64url')}=`),
  'pbkdf2: hash with a changed last bit that decodes to nothing': SHA256.replace(/.=$/, (end) => `${String.fromCharCode(end.charCodeAt(0) + 1)}=`),

  'bcrypt: prefix alone': 'bcrypt',
  'bcrypt: one $': BCRYPT.replace('$$', '$'),
  'bcrypt: without Django\'s prefix': BCRYPT.replace('bcrypt$', ''),
  'bcrypt: version 2x': BCRYPT.replace('$2b$', '$2x$'),
  'bcrypt: version 2': BCRYPT.replace('$2b$', '$2$'),
  'bcrypt: 3 rounds': BCRYPT.replace('$04$', '$03$'),
  'bcrypt: 0 rounds': BCRYPT.replace('$04$', '$00$'),
  'bcrypt: 17 rounds': BCRYPT.replace('$04$', '$17$'),
  'bcrypt: 31 rounds': BCRYPT.replace('$04$', '$31$'),
  'bcrypt: rounds of one digit': BCRYPT.replace('$04$', '$4$'),
  'bcrypt: rounds of three digits': BCRYPT.replace('$04$', '$004$'),
  'bcrypt: sign': BCRYPT.replace('$04$', '$+4$'),
  'bcrypt: one character short': BCRYPT.slice(0, -1),
  'bcrypt: one character more': `${BCRYPT}.`,
  'bcrypt: no hash': `bcrypt$${BCRYPT_SALT}`,
  'bcrypt: newline after': `${BCRYPT}\n`,
  'bcrypt: salt with a bit that decodes to nothing': BCRYPT.replace('AQAMbMCO', 'AQAMbMCP'),
  'bcrypt: hash with a bit that decodes to nothing': BCRYPT.replace(/.$/, (end) => String.fromCharCode(end.charCodeAt(0) + 1)),
  'bcrypt: a character of base64 alone': BCRYPT.replace(/...$/, '+AA'),
  'bcrypt_sha256: one $': BCRYPT_SHA256.replace('$$', '$'),
  'bcrypt_sha256: format of passlib': BCRYPT_SHA256.replace('$$2b$04$', '$2b,4$'),

  'argon2: prefix alone': 'argon2',
  'argon2: without Django\'s prefix': ARGON2.replace('argon2$', ''),
  'argon2: unknown type': ARGON2.replace('argon2id', 'argon2x'),
  'argon2: no type': ARGON2.replace('$argon2id', ''),
  'argon2: version 16': ARGON2.replace('v=19', 'v=16'),
  'argon2: no version': ARGON2.replace('$v=19', ''),
  'argon2: m 0': ARGON2.replace('m=64', 'm=0'),
  'argon2: m under 8 p': ARGON2.replace('m=64', 'm=15'),
  'argon2: m over 256 MiB': ARGON2.replace('m=64', 'm=262145'),
  'argon2: m of 4 TiB': ARGON2.replace('m=64', 'm=4294967295'),
  'argon2: m with a leading zero': ARGON2.replace('m=64', 'm=064'),
  'argon2: t 0': ARGON2.replace('t=1', 't=0'),
  'argon2: t too much for its m': ARGON2.replace('t=1', 't=16385'),
  'argon2: m too much for its t': ARGON2.replace('m=64,t=1', 'm=262144,t=5'),
  'argon2: p 0': ARGON2.replace('p=2', 'p=0'),
  'argon2: p 17': ARGON2.replace('m=64,t=1,p=2', 'm=256,t=1,p=17'),
  'argon2: p huge': ARGON2.replace('p=2', 'p=16777215'),
  'argon2: other order': ARGON2.replace('m=64,t=1', 't=1,m=64'),
  'argon2: a parameter more': ARGON2.replace('p=2', 'p=2,data=AAAA'),
  'argon2: a parameter missing': ARGON2.replace(',p=2', ''),
  'argon2: no salt': ARGON2.replace(/\$[^$]*(\$[^$]*)$/, '$$$1'),
  'argon2: salt of 7 bytes': await argon2Hash(2, PASSWORD, 'sevensb').catch(() => ARGON2.replace(/\$[^$]*(\$[^$]*)$/, `$$${unpadded(Buffer.alloc(7))}$1`)),
  'argon2: salt of 1 MB': ARGON2.replace(/\$[^$]*(\$[^$]*)$/, `$$${'A'.repeat(2 ** 20)}$1`),
  'argon2: hash of 15 bytes': await argon2Hash(2, PASSWORD, undefined, 15),
  'argon2: hash of 65 bytes': await argon2Hash(2, PASSWORD, undefined, 65),
  'argon2: hash of an impossible length': `${await argon2Hash(2, PASSWORD, undefined, 33)}A`,
  'argon2: no hash': ARGON2.slice(0, ARGON2.lastIndexOf('$') + 1),
  'argon2: hash with padding': `${ARGON2}=`,
  'argon2: hash in base64url': ARGON2.replace(/[^$]*$/, unpadded(Buffer.alloc(32, 0xff)).replaceAll('/', '_')),
  'argon2: hash with a bit that decodes to nothing': ARGON2.replace(/.$/, (end) => String.fromCharCode(end.charCodeAt(0) + 1)),
  'argon2: newline after': `${ARGON2}\n`,
};

describe('a malformed hash', () => {
  it.each(Object.entries({ SHA256, SHA1, ARGON2, BCRYPT, BCRYPT_SHA256 }))('is not what these begin with: %s', async (_, encoded) => {
    expect(await verifyPassword(encoded, PASSWORD)).toBe(true);
  });

  it.each(Object.entries(malformed))('is false, for the work of one new hash: %s', async (_, encoded) => {
    expect(await verifyPassword(encoded, PASSWORD)).toBe(false);
    expect(calls).toEqual(['scrypt']);
    expect(needsRehash(encoded)).toBe(true);
  });
});

describe('needsRehash', () => {
  const TAIL = `${unpadded(Buffer.alloc(16))}$${unpadded(Buffer.alloc(32))}`;
  const argon2id = (parameters: string, tail = TAIL) => `argon2$argon2id$v=19$${parameters}$${tail}`;
  it.each([
    ['argon2id of Django', argon2id('m=102400,t=2,p=8'), false],
    ['OWASP m 46 MiB, t 1', argon2id('m=47104,t=1,p=1'), false],
    ['OWASP m 19 MiB, t 2', argon2id('m=19456,t=2,p=1'), false],
    ['OWASP m 12 MiB, t 3', argon2id('m=12288,t=3,p=1'), false],
    ['OWASP m 9 MiB, t 4', argon2id('m=9216,t=4,p=1'), false],
    ['OWASP m 7 MiB, t 5', argon2id('m=7168,t=5,p=1'), false],
    ['more passes', argon2id('m=7168,t=9,p=1'), false],
    ['less than 46 MiB at one pass', argon2id('m=47103,t=1,p=1'), true],
    ['less than 19 MiB at two', argon2id('m=19455,t=2,p=1'), true],
    ['less than 7 MiB at any', argon2id('m=7167,t=99,p=1'), true],
    ['argon2id of argon2-cffi 16.1', argon2id('m=512,t=2,p=2'), true],
    ['argon2i', argon2id('m=102400,t=2,p=8').replace('argon2id', 'argon2i'), true],
    ['argon2d', argon2id('m=102400,t=2,p=8').replace('argon2id', 'argon2d'), true],
    ['a salt of 15 bytes', argon2id('m=102400,t=2,p=8', TAIL.replace(/^[^$]*/, unpadded(Buffer.alloc(15)))), true],
    ['pbkdf2_sha256 of the most iterations', SHA256.replace('$1$', '$5000000$'), true],
    ['bcrypt of 16 rounds', BCRYPT.replace('$04$', '$16$'), true],
  ])('%s', (_, encoded, expected) => {
    expect(needsRehash(encoded)).toBe(expected);
  });

  it.each(vectors.map(({ algorithm, encoded }) => [algorithm, encoded]))('of what Django wrote: %s', (algorithm, encoded) => {
    expect(needsRehash(encoded)).toBe(algorithm !== 'argon2' && algorithm !== 'unusable');
  });
});
