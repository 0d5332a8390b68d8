import * as crypto from 'node:crypto';

import * as argon2 from '@node-rs/argon2';
import bcrypt from 'bcrypt';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { ConfigurationError } from '../../src/core/errors.js';
import { hashPassword, passwordAuthenticator, type UserWithHash, verifyPassword } from '../../src/passwords/index.js';

/** What a clock would show an attacker, without a clock: the work that was asked for, summed by what cannot stand for another. */
const { work, counted } = vi.hoisted(() => {
  const work = { done: new Map<string, number>(), active: 0, mostActive: 0 };
  const counted = async <Result>(kind: string, amount: number, hash: () => Promise<Result>): Promise<Result> => {
    work.done.set(kind, (work.done.get(kind) ?? 0) + amount);
    work.active += 1;
    work.mostActive = Math.max(work.mostActive, work.active);
    try {
      return await hash();
    } finally {
      work.active -= 1;
    }
  };
  return { work, counted };
});

interface Cost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

vi.mock('node:crypto', async (importOriginal) => {
  const real = await importOriginal<typeof crypto>();
  const scrypt = (password: Uint8Array, salt: string, length: number, options: Cost, callback: (error: null, hash: Buffer) => void) => {
    const { N, r, p } = options;
    // Cheap, and yet another hash for other parameters.
    const hash = async () => real.scryptSync(password, `${salt} ${N} ${r} ${p}`, length, { N: 2, r: 1, p: 1 });
    void counted(`scrypt ${N} ${r}`, p, hash).then((bytes) => callback(null, bytes));
  };
  const pbkdf2 = (password: Uint8Array, salt: string, iterations: number, length: number, digest: string, callback: (error: null, hash: Buffer) => void) => {
    const hash = async () => real.pbkdf2Sync(password, salt, iterations, length, digest);
    void counted(`pbkdf2 ${digest}`, iterations, hash).then((bytes) => callback(null, bytes));
  };
  return { ...real, scrypt, pbkdf2 };
});

vi.mock('bcrypt', async (importOriginal) => {
  const real = (await importOriginal<{ default: typeof bcrypt }>()).default;
  const hash = (data: Buffer, salt: string) => counted('bcrypt', 2 ** Number(salt.split('$')[2]), () => real.hash(data, salt));
  return { default: { ...real, hash }, hash };
});

vi.mock('@node-rs/argon2', async (importOriginal) => {
  const real = await importOriginal<typeof argon2>();
  const hashRaw = (password: Uint8Array, options: argon2.Options) =>
    counted(`argon2 ${options.algorithm} ${options.memoryCost} ${options.timeCost} ${options.parallelism}`, 1, () => real.hashRaw(password, options));
  return { ...real, hashRaw };
});

const PASSWORD = 'testpass123';
const SALT = 's'.repeat(22);

const unpadded = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replace(/=+$/, '');

function scryptHash(n: number, p: number): Promise<string> {
  return new Promise((resolve) => {
    crypto.scrypt(PASSWORD, SALT, 64, { N: n, r: 8, p }, (_, hash) => resolve(`scrypt$${n}$${SALT}$8$${p}$${hash.toString('base64')}`));
  });
}

function pbkdf2Hash(digest: 'sha256' | 'sha1', iterations: number): string {
  return `pbkdf2_${digest}$${iterations}$${SALT}$${crypto.pbkdf2Sync(PASSWORD, SALT, iterations, digest === 'sha1' ? 20 : 32, digest).toString('base64')}`;
}

async function argon2Hash(type: 'argon2d' | 'argon2i' | 'argon2id', m: number, t = 1, p = 1): Promise<string> {
  const algorithm = ['argon2d', 'argon2i', 'argon2id'].indexOf(type);
  const options = { algorithm, memoryCost: m, timeCost: t, parallelism: p, salt: Buffer.from(SALT), outputLen: 16 };
  const hash = await argon2.hashRaw(PASSWORD, options);
  return `argon2$${type}$v=19$m=${m},t=${t},p=${p}$${unpadded(Buffer.from(SALT))}$${unpadded(hash)}`;
}

async function bcryptHash(rounds: number): Promise<string> {
  return `bcrypt$${await bcrypt.hash(Buffer.from(PASSWORD), await bcrypt.genSalt(rounds))}`;
}

async function bcryptSha256Hash(rounds: number): Promise<string> {
  const key = crypto.createHash('sha256').update(PASSWORD).digest('hex');
  return `bcrypt_sha256$${await bcrypt.hash(Buffer.from(key), await bcrypt.genSalt(rounds))}`;
}

/** One of each kind, and what else a column that outlived many settings may hold. */
const hashes: Record<string, string> = {};
beforeAll(async () => {
  Object.assign(hashes, {
    'scrypt of today': await hashPassword(PASSWORD),
    'scrypt of Django 4.0': await scryptHash(2 ** 14, 1),
    'scrypt with more memory': await scryptHash(2 ** 15, 2),
    'pbkdf2_sha256': pbkdf2Hash('sha256', 2000),
    'pbkdf2_sha256 of an older Django': pbkdf2Hash('sha256', 700),
    'pbkdf2_sha1': pbkdf2Hash('sha1', 1500),
    'argon2id': await argon2Hash('argon2id', 64, 2, 8),
    'argon2i': await argon2Hash('argon2i', 64, 2, 8),
    'bcrypt': await bcryptHash(4),
    'bcrypt_sha256': await bcryptSha256Hash(7),
  });
});

/** What every login of this table has to cost. */
const WHOLE = {
  'scrypt 16384 8': 5,
  'scrypt 32768 8': 2,
  'pbkdf2 sha256': 2000,
  'pbkdf2 sha1': 1500,
  'argon2 2 64 2 8': 1,
  'argon2 1 64 2 8': 1,
  'bcrypt': 2 ** 7,
};
const ONE_NEW_HASH = { 'scrypt 16384 8': 5 };

interface Row {
  readonly id: number;
  readonly username: string;
  readonly isActive: boolean;
}

/** A user of each hash, active and disabled, and those without a hash that can be read. */
function find(username: string): UserWithHash<Row> | null {
  const [format = '', state] = username.split('/');
  const unreadable = new Map([
    ['unusable', '!gKPzh90GCpc3WqhHLc4knJhZsNxQ184EstskJiA2'],
    ['malformed', 'pbkdf2_sha256$2000$salt$hash'],
    ['out of bounds', pbkdf2Hash('sha256', 1).replace('$1$', '$9999999$')],
    ['no hash', null],
  ]);
  const passwordHash = hashes[format] ?? unreadable.get(format);
  return passwordHash === undefined ? null : { user: { id: 1, username, isActive: state !== 'disabled' }, passwordHash };
}

const FORMATS = [
  'scrypt of today',
  'scrypt of Django 4.0',
  'scrypt with more memory',
  'pbkdf2_sha256',
  'pbkdf2_sha256 of an older Django',
  'pbkdf2_sha1',
  'argon2id',
  'argon2i',
  'bcrypt',
  'bcrypt_sha256',
];

const LOGINS: [string, string, string][] = [
  ['unknown user', 'nobody', PASSWORD],
  ['unknown user, overlong password', 'nobody', 'x'.repeat(5000)],
  ...['unusable', 'malformed', 'out of bounds', 'no hash'].map((name): [string, string, string] => [name, name, PASSWORD]),
  ...FORMATS.flatMap((format): [string, string, string][] => [
    [`${format}, wrong password`, format, 'wrong'],
    [`${format}, disabled, wrong password`, `${format}/disabled`, 'wrong'],
    [`${format}, overlong password`, format, 'x'.repeat(5000)],
    [`${format}, no password`, format, ''],
  ]),
];

/** Samples in an order of their own, so that none is the last that counts. */
const samples = (): string[] => Object.values(hashes).reverse();

beforeEach(() => {
  Object.assign(work, { done: new Map(), active: 0, mostActive: 0 });
});

async function costOf(login: () => Promise<unknown>): Promise<Record<string, number>> {
  work.done = new Map();
  await login();
  return Object.fromEntries(work.done);
}

describe('a table of several formats', () => {
  it.each(LOGINS)('costs the same from the first login on, where storedHashes names them: %s', async (_, username, password) => {
    const authenticate = passwordAuthenticator({ find, storedHashes: samples() });
    expect(await costOf(async () => expect(await authenticate({ username, password })).toBeNull())).toEqual(WHOLE);
  });

  it.each(FORMATS.flatMap((format) => [format, `${format}/disabled`]))('costs the same for the right password: %s', async (username) => {
    const authenticate = passwordAuthenticator({ find, storedHashes: samples() });
    expect(await costOf(async () => expect(await authenticate({ username, password: PASSWORD })).toMatchObject({ username }))).toEqual(WHOLE);
  });

  it('costs the same without storedHashes, once each kind has been seen', async () => {
    const authenticate = passwordAuthenticator({ find });
    for (const username of FORMATS) await authenticate({ username, password: 'wrong' });
    for (const [name, username, password] of LOGINS) expect(await costOf(() => authenticate({ username, password })), name).toEqual(WHOLE);
  });

  it('learns a kind from the first hash of it that find gives, and the higher cost from a later one', async () => {
    const authenticate = passwordAuthenticator({ find });
    const unknown = () => costOf(() => authenticate({ username: 'nobody', password: 'wrong' }));
    expect(await unknown()).toEqual(ONE_NEW_HASH);
    await authenticate({ username: 'pbkdf2_sha256 of an older Django', password: 'wrong' });
    expect(await unknown()).toEqual({ ...ONE_NEW_HASH, 'pbkdf2 sha256': 700 });
    await authenticate({ username: 'pbkdf2_sha256', password: 'wrong' });
    expect(await unknown()).toEqual({ ...ONE_NEW_HASH, 'pbkdf2 sha256': 2000 });
    await authenticate({ username: 'pbkdf2_sha256 of an older Django', password: 'wrong' });
    expect(await unknown()).toEqual({ ...ONE_NEW_HASH, 'pbkdf2 sha256': 2000 });
  });

  it('keeps what it learned apart from other authenticators', async () => {
    await passwordAuthenticator({ find })({ username: 'argon2id', password: 'wrong' });
    expect(await costOf(() => passwordAuthenticator({ find })({ username: 'nobody', password: 'wrong' }))).toEqual(ONE_NEW_HASH);
  });

  it.each([4, 5, 6, 7, 8])('makes bcrypt of 4 rounds up to %i', async (rounds) => {
    const authenticate = passwordAuthenticator({ find, storedHashes: [await bcryptHash(rounds)] });
    expect(await costOf(() => authenticate({ username: 'bcrypt', password: 'wrong' }))).toEqual({ ...ONE_NEW_HASH, bcrypt: 2 ** rounds });
    expect(await costOf(() => authenticate({ username: 'nobody', password: 'wrong' }))).toEqual({ ...ONE_NEW_HASH, bcrypt: 2 ** rounds });
  });

  it('hashes no more at once than maxConcurrentHashes, whatever a login has to pay', async () => {
    const authenticate = passwordAuthenticator({ find, storedHashes: samples(), maxConcurrentHashes: 2 });
    await Promise.all(FORMATS.map((username) => authenticate({ username, password: 'wrong' })));
    expect(work.mostActive).toBe(2);
  });
});

describe('a hostile table', () => {
  const parameterSets = () => Promise.all(Array.from({ length: 20 }, (_, index) => argon2Hash('argon2id', 64 + index)));

  it('makes no login cost more than eight kinds and its own', async () => {
    const rows = await parameterSets();
    const user = { id: 1, username: 'ada', isActive: true };
    const authenticate = passwordAuthenticator({ find: (username) => ({ user, passwordHash: rows[Number(username)] ?? null }) });
    const kindsOf = async (username: string) => Object.keys(await costOf(() => authenticate({ username, password: 'wrong' }))).length;
    for (const index of rows.keys()) expect(await kindsOf(String(index))).toBeLessThanOrEqual(9);
    expect(await kindsOf('nobody')).toBe(8);
    expect(await authenticate({ username: '19', password: PASSWORD })).toBe(user);
  });

  it('is refused as storedHashes', async () => {
    const construct = (samples: string[]) => () => passwordAuthenticator({ find, storedHashes: samples });
    const rows = await parameterSets();
    expect(construct(rows.slice(0, 7))).not.toThrow();
    expect(construct(rows.slice(0, 8))).toThrow(ConfigurationError);
    expect(construct(rows.slice(0, 8))).toThrow('passwordAuthenticator: storedHashes names more than 8 kinds');
  });
});

describe('storedHashes', () => {
  it.each<[string, unknown, string]>([
    ['a hash alone', 'scrypt$…', 'passwordAuthenticator: storedHashes is not an array; give'],
    ['a name of a format', ['pbkdf2_sha256'], 'passwordAuthenticator: storedHashes[0] cannot be read; give a whole hash'],
    ['unusable', ['!'], 'storedHashes[0] cannot be read'],
    ['out of bounds', [pbkdf2Hash('sha1', 1000), pbkdf2Hash('sha1', 1).replace('$1$', '$5000001$')], 'storedHashes[1] cannot be read'],
    ['null', [null], 'storedHashes[0] cannot be read'],
  ])('is refused where it is %s, without the hash in the message', (_, storedHashes, message) => {
    const construct = () => passwordAuthenticator({ find, storedHashes: storedHashes as string[] });
    expect(construct).toThrow(ConfigurationError);
    expect(construct).toThrow(message);
    expect(construct).not.toThrow(SALT);
  });

  it('reads format and cost alone: a sample is nobody\'s password', async () => {
    const authenticate = passwordAuthenticator({ find, storedHashes: samples() });
    for (const username of ['nobody', 'unusable', 'malformed', 'no hash']) expect(await authenticate({ username, password: PASSWORD })).toBeNull();
  });
});

describe('verifyPassword', () => {
  it('takes the work of a new hash, and of another kind its own besides', async () => {
    expect(await costOf(() => verifyPassword(hashes.pbkdf2_sha1, 'wrong'))).toEqual({ ...ONE_NEW_HASH, 'pbkdf2 sha1': 1500 });
    expect(await costOf(() => verifyPassword(hashes.bcrypt, 'wrong'))).toEqual({ ...ONE_NEW_HASH, bcrypt: 2 ** 4 });
    expect(await costOf(() => verifyPassword('bcrypt$$2b$99$', 'wrong'))).toEqual(ONE_NEW_HASH);
  });
});
