import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { AuthError, ConfigurationError } from '../../src/core/errors.js';
import type { AuthUser } from '../../src/core/ports.js';
import {
  hashPassword,
  needsRehash,
  passwordAuthenticator,
  type PasswordAuthenticatorOptions,
  type UserWithHash,
  verifyPassword,
} from '../../src/passwords/index.js';
import { deferred } from '../deferred.js';

/** What scrypt was asked for: the real one works behind it. */
const hashing = vi.hoisted(() => ({ works: [] as number[], active: 0, mostActive: 0, failure: undefined as Error | undefined }));

vi.mock('node:crypto', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:crypto')>();
  const scrypt = (
    password: Uint8Array,
    salt: string,
    length: number,
    options: { N: number; r: number; p: number; maxmem: number },
    callback: (error: Error | null, hash: Buffer) => void,
  ) => {
    hashing.works.push(options.N * options.r * options.p);
    hashing.active += 1;
    hashing.mostActive = Math.max(hashing.mostActive, hashing.active);
    real.scrypt(password, salt, length, options, (error, hash) => {
      hashing.active -= 1;
      callback(hashing.failure ?? error, hash);
    });
  };
  return { ...real, scrypt };
});

const ONE_HASH = 2 ** 14 * 8 * 5;

const { hashes: vectors } = JSON.parse(readFileSync(new URL('../fixtures/django-passwords.json', import.meta.url), 'utf8')) as {
  hashes: { algorithm: string; password: string; encoded: string }[];
};
const scryptVectors = vectors.filter(({ algorithm }) => algorithm === 'scrypt');
const [djangoVector] = scryptVectors;
if (djangoVector === undefined) throw new Error('the fixture has no scrypt entry');
/** p = 1, as Django 4.0 to 5.0 wrote it. */
const WEAK_HASH = djangoVector.encoded;
const PASSWORD = djangoVector.password;
const HASH_TAIL = WEAK_HASH.slice(WEAK_HASH.lastIndexOf('$') + 1);
const CURRENT_HASH = await hashPassword(PASSWORD);

const user = { id: 7, username: 'ada', isActive: true };
const disabled = { id: 8, username: 'bob', isActive: false };

function table(passwordHash: string | null = CURRENT_HASH) {
  const rows = new Map<string, UserWithHash<typeof user>>([
    ['ada', { user, passwordHash }],
    ['bob', { user: disabled, passwordHash }],
  ]);
  return (username: string) => rows.get(username);
}

beforeEach(() => {
  Object.assign(hashing, { works: [], active: 0, mostActive: 0, failure: undefined });
});

afterEach(() => {
  vi.restoreAllMocks();
});

function totalWork(): number {
  return hashing.works.reduce((sum, each) => sum + each, 0);
}

describe('verifyPassword', () => {
  it.each(scryptVectors)('verifies what Django hashed, with its own password and no other: $password', async ({ password, encoded }) => {
    expect(await verifyPassword(encoded, password)).toBe(true);
    for (const other of ['', `${password} `, password.toUpperCase(), ...scryptVectors.map((each) => each.password)]) {
      if (other !== password) expect(await verifyPassword(encoded, other), other).toBe(false);
    }
  }, 30_000);

  it('verifies hashes of the cost OWASP calls strongest (n 2^17, r 8, p 1)', async () => {
    const { scryptSync } = await vi.importActual<typeof import('node:crypto')>('node:crypto');
    const hash = scryptSync('open sesame', 'salt', 64, { N: 2 ** 17, r: 8, p: 1, maxmem: 2 ** 28 }).toString('base64');
    expect(await verifyPassword(`scrypt$${2 ** 17}$salt$8$1$${hash}`, 'open sesame')).toBe(true);
  }, 30_000);

  const malformed: Record<string, string | null | undefined> = {
    'no hash: null': null,
    'no hash: undefined': undefined,
    empty: '',
    'unusable, as Django writes it': '!gKPzh90GCpc3WqhHLc4knJhZsNxQ184EstskJiA2',
    'unusable in front of a good hash': `!${CURRENT_HASH}`,
    'the password itself': PASSWORD,
    'unknown format': `md5$salt$${HASH_TAIL}`,
    'prefix of an object, not of a format': '__proto__$1$2',
    'prefix with another case': CURRENT_HASH.replace('scrypt', 'SCRYPT'),
    'prefix alone': 'scrypt',
    'prefix and nothing': 'scrypt$',
    'a field missing': `scrypt$16384$salt$8$${HASH_TAIL}`,
    'a field too many': `scrypt$16384$salt$8$1$${HASH_TAIL}$`,
    'salt before n': `scrypt$salt$16384$8$1$${HASH_TAIL}`,
    'no salt': `scrypt$16384$$8$1$${HASH_TAIL}`,
    'salt of 1 MB': `scrypt$16384$${'s'.repeat(2 ** 20)}$8$1$${HASH_TAIL}`,
    'white space before': ` ${CURRENT_HASH}`,
    'newline after': `${CURRENT_HASH}\n`,
    'no hash in it': 'scrypt$16384$salt$8$1$',
    'hash of 63 bytes': `scrypt$16384$salt$8$1$${Buffer.alloc(63).toString('base64')}`,
    'hash of 1 byte': 'scrypt$16384$salt$8$1$AA==',
    'hash in base64url': `scrypt$16384$salt$8$1$${Buffer.alloc(64, 0xff).toString('base64url')}==`,
    'hash without padding': WEAK_HASH.slice(0, -2),
    'hash with a changed last bit that decodes to nothing': WEAK_HASH.replace(/.==$/, 'h=='),
    'n 0': `scrypt$0$salt$8$1$${HASH_TAIL}`,
    'n 1': `scrypt$1$salt$8$1$${HASH_TAIL}`,
    'n no power of two': `scrypt$16383$salt$8$1$${HASH_TAIL}`,
    'n negative': `scrypt$-16384$salt$8$1$${HASH_TAIL}`,
    'n fractional': `scrypt$16384.5$salt$8$1$${HASH_TAIL}`,
    'n hexadecimal': `scrypt$0x4000$salt$8$1$${HASH_TAIL}`,
    'n with a leading zero': `scrypt$016384$salt$8$1$${HASH_TAIL}`,
    'n over 2^(16 r)': `scrypt$65536$salt$1$1$${HASH_TAIL}`,
    'n that wants 256 MiB': `scrypt$${2 ** 18}$salt$8$1$${HASH_TAIL}`,
    'n that wants 1 TiB': `scrypt$${2 ** 30}$salt$8$1$${HASH_TAIL}`,
    'n over 2^53': `scrypt$${2n ** 64n}$salt$8$1$${HASH_TAIL}`,
    'n of a thousand digits': `scrypt$${'9'.repeat(1000)}$salt$8$1$${HASH_TAIL}`,
    'r 0': `scrypt$16384$salt$0$1$${HASH_TAIL}`,
    'r that wants 200 MiB': `scrypt$16384$salt$99$1$${HASH_TAIL}`,
    'r huge': `scrypt$16384$salt$1000000$1$${HASH_TAIL}`,
    'p 0': `scrypt$16384$salt$8$0$${HASH_TAIL}`,
    'p that takes seconds': `scrypt$16384$salt$8$99$${HASH_TAIL}`,
    'p huge': `scrypt$16384$salt$8$1000000000$${HASH_TAIL}`,
  };

  it.each(Object.entries(malformed))('is false, for the work of one hash, where the hash is not one: %s', async (_, encoded) => {
    expect(await verifyPassword(encoded, PASSWORD)).toBe(false);
    expect(hashing.works).toEqual([ONE_HASH]);
  });

  it('refuses a password over 4096 bytes at the same work, even where the stand-in it hashes would match', async () => {
    const ofNothing = await hashPassword('');
    hashing.works = [];
    expect(await verifyPassword(ofNothing, 'x'.repeat(4097))).toBe(false);
    expect(await verifyPassword(ofNothing, '€'.repeat(1366))).toBe(false);
    expect(await verifyPassword(null, 'x'.repeat(1_000_000))).toBe(false);
    expect(hashing.works).toEqual([ONE_HASH, ONE_HASH, ONE_HASH]);
  });

  it('makes up the work that a cheaper hash lacks', async () => {
    expect(await verifyPassword(WEAK_HASH, 'wrong')).toBe(false);
    expect(totalWork()).toBe(ONE_HASH);
  });

  it('rejects where hashing itself fails: that is no wrong password', async () => {
    hashing.failure = new Error('out of memory');
    await expect(verifyPassword(CURRENT_HASH, PASSWORD)).rejects.toThrow('out of memory');
  });
});

describe('hashPassword', () => {
  it.each([
    ['empty', ''],
    ['ASCII', 'testpass123'],
    ['Unicode', 'pässwörd ✓ 🗝'],
    ['spaces', '  spaces  '],
    ['a NUL', 'a\0b'],
    ['an unpaired surrogate', 'a\ud83d'],
    ['4096 bytes', 'x'.repeat(4096)],
    ['4096 bytes of two each', 'ä'.repeat(2048)],
  ])('round trip: %s', async (_, password) => {
    const encoded = await hashPassword(password);
    expect(encoded).toMatch(/^scrypt\$16384\$[A-Za-z0-9]{22}\$8\$5\$[A-Za-z0-9+/]{86}==$/);
    expect(await verifyPassword(encoded, password)).toBe(true);
    expect(await verifyPassword(encoded, `${password}x`.slice(-4096))).toBe(password === 'x'.repeat(4096));
    if (password.trim() !== password) expect(await verifyPassword(encoded, password.trim())).toBe(false);
  });

  it('does not normalize: Django compares code points', async () => {
    expect(await verifyPassword(await hashPassword('\u00e4'), 'a\u0308')).toBe(false);
  });

  it('salts each hash anew', async () => {
    expect(await hashPassword('same')).not.toBe(await hashPassword('same'));
  });

  it('refuses over 4096 bytes, without the password in the message', async () => {
    const refusal = hashPassword('ä'.repeat(2049));
    await expect(refusal).rejects.toThrow(RangeError);
    await expect(refusal).rejects.toThrow('hashPassword: the password has 4098 bytes of UTF-8; 4096 is the most.');
    await expect(refusal).rejects.not.toThrow('ä');
    expect(hashing.works).toEqual([]);
  });
});

describe('needsRehash', () => {
  const SALT = 's'.repeat(22);
  it.each([
    ['new hash', CURRENT_HASH, false],
    ['Django 5.0 (p 1)', WEAK_HASH, true],
    ['less memory', `scrypt$8192$${SALT}$8$10$${HASH_TAIL}`, true],
    ['more memory, as much work', `scrypt$131072$${SALT}$8$1$${HASH_TAIL}`, false],
    ['short salt', `scrypt$16384$salt$8$5$${HASH_TAIL}`, true],
    ['unknown format', 'md5$salt$hash', true],
    ['malformed', 'scrypt$', true],
    ['unusable', '!gKPzh90GCpc3WqhHLc4knJhZsNxQ184EstskJiA2', false],
  ])('%s', (_, encoded, expected) => {
    expect(needsRehash(encoded)).toBe(expected);
  });
});

describe('passwordAuthenticator', () => {
  it('gives the user for the right password, and nothing of the hash', async () => {
    const authenticate = passwordAuthenticator({ find: table() });
    expect(await authenticate({ username: 'ada', password: PASSWORD })).toEqual({ id: 7, username: 'ada', isActive: true });
    expect(await authenticate({ username: 'ada', password: `${PASSWORD} ` })).toBeNull();
  });

  it('gives a disabled user only once the password is right', async () => {
    const authenticate = passwordAuthenticator({ find: table() });
    expect(await authenticate({ username: 'bob', password: PASSWORD })).toBe(disabled);
    expect(await authenticate({ username: 'bob', password: 'wrong' })).toBeNull();
  });

  it.each([
    ['unknown user', 'nobody', CURRENT_HASH, PASSWORD],
    ['wrong password', 'ada', CURRENT_HASH, 'wrong'],
    ['wrong password, hash of Django 5.0', 'ada', WEAK_HASH, 'wrong'],
    ['disabled user, wrong password', 'bob', CURRENT_HASH, 'wrong'],
    ['unusable hash', 'ada', '!gKPzh90GCpc3WqhHLc4knJhZsNxQ184EstskJiA2', PASSWORD],
    ['malformed hash', 'ada', 'scrypt$16384$salt', PASSWORD],
    ['absurd parameters', 'ada', `scrypt$1073741824$salt$8$1$${HASH_TAIL}`, PASSWORD],
    ['no hash', 'ada', null, PASSWORD],
    ['overlong password', 'ada', CURRENT_HASH, 'x'.repeat(5000)],
    ['overlong password of an unknown user', 'nobody', CURRENT_HASH, 'x'.repeat(5000)],
  ])('looks and costs the same: %s', async (_, username, passwordHash, password) => {
    const find = vi.fn(table(passwordHash));
    expect(await passwordAuthenticator({ find })({ username, password })).toBeNull();
    expect(find).toHaveBeenCalledExactlyOnceWith(username);
    expect(totalWork()).toBe(ONE_HASH);
  });

  it.each([
    ['active', 'ada'],
    ['disabled', 'bob'],
  ])('costs the same for the right password: %s user', async (_, username) => {
    await passwordAuthenticator({ find: table() })({ username, password: PASSWORD });
    expect(hashing.works).toEqual([ONE_HASH]);
  });

  it('passes on what find throws', async () => {
    const authenticate = passwordAuthenticator({ find: () => Promise.reject(new Error('database down')), maxConcurrentHashes: 1, maxQueuedHashes: 0 });
    await expect(authenticate({ username: 'ada', password: PASSWORD })).rejects.toThrow('database down');
    // Its place in the queue is free again.
    await expect(authenticate({ username: 'ada', password: PASSWORD })).rejects.toThrow('database down');
  });

  describe('queue', () => {
    it.each([
      [undefined, availableParallelism() > 2 ? 2 : 1],
      [1, 1],
      [3, 3],
    ])('maxConcurrentHashes %s: never more than %i at once', async (maxConcurrentHashes, most) => {
      const authenticate = passwordAuthenticator({ find: table(), ...(maxConcurrentHashes === undefined ? {} : { maxConcurrentHashes }) });
      const names = ['ada', 'bob', 'nobody', 'ada', 'bob', 'nobody'];
      await Promise.all(names.map((username) => authenticate({ username, password: PASSWORD })));
      expect(hashing.mostActive).toBe(most);
      expect(hashing.works).toHaveLength(names.length);
    });

    it('refuses beyond its bound, known and unknown users alike, before any work', async () => {
      const find = vi.fn(table());
      const authenticate = passwordAuthenticator({ find, maxConcurrentHashes: 1, maxQueuedHashes: 1 });
      const outcomes = await Promise.allSettled(
        ['ada', 'nobody', 'ada', 'nobody', 'bob'].map((username) => authenticate({ username, password: PASSWORD })),
      );
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected', 'rejected']);
      for (const outcome of outcomes.slice(2)) {
        expect(outcome).toMatchObject({ reason: new AuthError('STORE_UNAVAILABLE') });
        expect(outcome).toMatchObject({ reason: { code: 'STORE_UNAVAILABLE' } });
      }
      expect(find).toHaveBeenCalledTimes(2);
      expect(hashing.works).toHaveLength(2);
      expect(await authenticate({ username: 'ada', password: PASSWORD })).toBe(user);
    });

    it('counts logins whose find has not answered', async () => {
      const answered = deferred<void>();
      const find = vi.fn(async (username: string) => {
        await answered.promise;
        return table()(username);
      });
      const authenticate = passwordAuthenticator({ find, maxConcurrentHashes: 1, maxQueuedHashes: 0 });
      const first = authenticate({ username: 'ada', password: PASSWORD });
      await expect(authenticate({ username: 'nobody', password: PASSWORD })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      answered.resolve();
      expect(await first).toBe(user);
    });
  });

  describe('save', () => {
    /** A save that tells when it was called. */
    function recorder(outcome: () => void = () => undefined) {
      const called = deferred<string>();
      const save = vi.fn((_user: AuthUser, passwordHash: string, _replacedHash: string) => {
        called.resolve(passwordHash);
        outcome();
      });
      return { save, called: called.promise };
    }

    it('stores a stronger hash once, after the login, naming the one it replaces', async () => {
      const { save, called } = recorder();
      const authenticate = passwordAuthenticator({ find: table(WEAK_HASH), save });
      expect(await authenticate({ username: 'ada', password: PASSWORD })).toBe(user);
      expect(save).not.toHaveBeenCalled();
      const passwordHash = await called;
      expect(save).toHaveBeenCalledExactlyOnceWith(user, passwordHash, WEAK_HASH);
      expect(needsRehash(passwordHash)).toBe(false);
      expect(await verifyPassword(passwordHash, PASSWORD)).toBe(true);
    });

    it('goes through the same queue', async () => {
      const { save, called } = recorder();
      const authenticate = passwordAuthenticator({ find: table(WEAK_HASH), save, maxConcurrentHashes: 1, maxQueuedHashes: 0 });
      await authenticate({ username: 'ada', password: PASSWORD });
      await expect(authenticate({ username: 'ada', password: PASSWORD })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      await called;
      expect(hashing.mostActive).toBe(1);
    });

    it.each([
      ['the hash is strong enough', CURRENT_HASH, 'ada', PASSWORD],
      ['the password is wrong', WEAK_HASH, 'ada', 'wrong'],
      ['the user is disabled', WEAK_HASH, 'bob', PASSWORD],
      ['the user is unknown', WEAK_HASH, 'nobody', PASSWORD],
    ])('does nothing where %s', async (_, passwordHash, username, password) => {
      const { save } = recorder();
      const authenticate = passwordAuthenticator({ find: table(passwordHash), save });
      await authenticate({ username, password });
      // Past every microtask: by then a second hash would have begun.
      await setImmediate();
      expect(totalWork()).toBe(ONE_HASH);
      expect(save).not.toHaveBeenCalled();
    });

    it('waits for another login where the queue is past half', async () => {
      const { save } = recorder();
      const authenticate = passwordAuthenticator({ find: table(WEAK_HASH), save, maxConcurrentHashes: 1, maxQueuedHashes: 3 });
      const others = ['nobody', 'nobody', 'nobody'];
      await Promise.all(['ada', ...others].map((username) => authenticate({ username, password: PASSWORD })));
      await setImmediate();
      expect(totalWork()).toBe(4 * ONE_HASH);
      expect(save).not.toHaveBeenCalled();
    });

    it.each([
      ['throws', () => { throw new Error('read-only database'); }],
      ['rejects', () => Promise.reject(new Error('read-only database'))],
    ])('reports a save that %s; the login stands', async (_, save) => {
      const reported = deferred<unknown>();
      const authenticate = passwordAuthenticator({ find: table(WEAK_HASH), save, reportError: reported.resolve });
      expect(await authenticate({ username: 'ada', password: PASSWORD })).toBe(user);
      expect(await reported.promise).toEqual(new Error('read-only database'));
    });

    it('reports a hash that fails', async () => {
      const reported = deferred<unknown>();
      const { save } = recorder();
      const authenticate = passwordAuthenticator({ find: table(WEAK_HASH), save, reportError: reported.resolve });
      expect(await authenticate({ username: 'ada', password: PASSWORD })).toBe(user);
      hashing.failure = new Error('out of memory');
      expect(await reported.promise).toBe(hashing.failure);
      expect(save).not.toHaveBeenCalled();
    });

    it.each<[string, Pick<PasswordAuthenticatorOptions<typeof user>, 'reportError'>, string]>([
      ['by default', {}, 'unexpected QueryError;'],
      ['where reportError throws too', { reportError: () => { throw new TypeError('no reporter'); } }, 'unexpected TypeError;'],
    ])('writes one line without hash, password or stack: %s', async (_, options, expected) => {
      const logged = deferred<unknown[]>();
      vi.spyOn(console, 'error').mockImplementation((...line: unknown[]) => logged.resolve(line));
      const save = (_user: AuthUser, passwordHash: string, replacedHash: string) => {
        const error = new Error(`update "user"\nset password=$1\n-- params: ["${passwordHash}","${replacedHash}"]`);
        error.name = 'QueryError';
        throw error;
      };
      const authenticate = passwordAuthenticator({ find: table(WEAK_HASH), save, ...options });
      expect(await authenticate({ username: 'ada', password: PASSWORD })).toBe(user);
      const line = (await logged.promise).join(' ');
      expect(line).toContain(expected);
      expect(line).not.toMatch(/scrypt\$|\n|testpass123/);
    });
  });

  it.each<[string, unknown, string]>([
    ['no argument', undefined, 'passwordAuthenticator: the argument is not an object; give { find:'],
    ['no find', {}, 'passwordAuthenticator: find is not a function; give (username) =>'],
    ['save', { find: table(), save: true }, 'passwordAuthenticator: save is not a function'],
    ['reportError', { find: table(), reportError: 'console' }, 'passwordAuthenticator: reportError is not a function'],
    ['no hashing at all', { find: table(), maxConcurrentHashes: 0 }, 'passwordAuthenticator: maxConcurrentHashes is 0; give a whole number from 1'],
    ['fractional', { find: table(), maxConcurrentHashes: 1.5 }, 'maxConcurrentHashes is 1.5'],
    ['unbounded', { find: table(), maxConcurrentHashes: Infinity }, 'maxConcurrentHashes is Infinity'],
    ['unbounded queue', { find: table(), maxQueuedHashes: Infinity }, 'passwordAuthenticator: maxQueuedHashes is Infinity; give a whole number from 0'],
    ['negative', { find: table(), maxQueuedHashes: -1 }, 'maxQueuedHashes is -1'],
    ['text', { find: table(), maxQueuedHashes: '9' }, 'maxQueuedHashes is 9'],
    ['unknown option', { find: table(), maxQueueHashes: 9 }, 'maxQueueHashes is unknown; there are find, save, storedHashes, maxConcurrentHashes, maxQueuedHashes, reportError'],
  ])('refuses at construction: %s', (_, options, message) => {
    const construct = () => passwordAuthenticator(options as PasswordAuthenticatorOptions<AuthUser>);
    expect(construct).toThrow(ConfigurationError);
    expect(construct).toThrow(message);
  });
});
