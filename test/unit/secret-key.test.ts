import nodeCrypto from 'node:crypto';

import { afterEach, describe, expect, it, vi } from 'vitest';
import { ConfigurationError, secretKey } from 'trpc-jwt-auth';
import { testAuth } from 'trpc-jwt-auth/testing';

const GOOD = '0123456789abcdef0123456789abcdef';
const ada = { id: 1, username: 'ada', isActive: true };

function complaint(secret: unknown, options?: object): string {
  try {
    secretKey(secret as string, options);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as ConfigurationError).message;
  }
  return 'no complaint';
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a wrong secret', () => {
  it('31 bytes are too few, 32 are enough', () => {
    expect(complaint('x'.repeat(31))).toBe(
      'secretKey: the secret has 31 bytes; under 32 it can be guessed offline from any one token (RFC 7518 section 3.2). ' +
        'Make one with "openssl rand -base64 48", or set unsafeShortSecret: true where issued tokens must go on verifying.',
    );
    expect(complaint('x'.repeat(32))).toBe('no complaint');
  });

  it('bytes are counted, not characters', () => {
    expect(complaint('é'.repeat(16))).toBe('no complaint');
    expect(complaint(new Uint8Array(31))).toContain('has 31 bytes');
    expect(complaint(new Uint8Array(32))).toBe('no complaint');
  });

  it('a short one can be asked for, an empty one cannot', () => {
    expect(complaint('short', { unsafeShortSecret: true })).toBe('no complaint');
    expect(complaint('', { unsafeShortSecret: true })).toContain('the secret has 0 bytes');
  });

  it('an environment variable that is not set', () => {
    expect(complaint(undefined)).toBe('secretKey: the secret is undefined (is its environment variable set?); give at least 32 bytes.');
  });

  it.each([null, 5, {}, ['a']])('%j', (secret) => {
    expect(complaint(secret)).toBe('secretKey: the secret is neither a string nor a Uint8Array; give at least 32 bytes.');
  });

  it.each(['none', 'RS256', 'hs256', '', 'toString', '__proto__'])('algorithm %j', (algorithm) => {
    expect(complaint(GOOD, { algorithm })).toBe(`secretKey: unknown algorithm "${algorithm}"; use HS256, HS384 or HS512.`);
  });

  it('an unknown option', () => {
    expect(complaint(GOOD, { alg: 'HS512' })).toBe('secretKey: unknown option "alg"; there are algorithm, kid and unsafeShortSecret.');
  });

  it('no message quotes the secret', () => {
    expect(complaint('hunter2')).not.toContain('hunter2');
    expect(complaint(GOOD, { alg: 1 })).not.toContain(GOOD);
  });
});

describe('the key', () => {
  /** How often a secret was made a key, by Node's crypto or by WebCrypto. */
  const importsOf = (): (() => number) => {
    const makers = [vi.spyOn(nodeCrypto, 'createSecretKey'), vi.spyOn(crypto.subtle, 'importKey')];
    return () => makers.reduce((sum, { mock }) => sum + mock.calls.length, 0);
  };

  it('is imported once, however many tokens are made and verified', async () => {
    const imports = importsOf();
    const auth = testAuth({ keys: secretKey(GOOD) });
    expect(imports()).toBe(0);
    const tokens = await Promise.all(Array.from({ length: 20 }, () => auth.issueToken(ada)));
    await Promise.all(tokens.map((token) => auth.verifyToken(token)));
    expect(imports()).toBe(1);
  });

  it('is imported once where verifying comes first', async () => {
    const token = await testAuth({ keys: secretKey(GOOD) }).issueToken(ada);
    const imports = importsOf();
    const auth = testAuth({ keys: secretKey(GOOD) });
    await Promise.all([auth.verifyToken(token), auth.verifyToken(token), auth.issueToken(ada)]);
    expect(imports()).toBe(1);
  });

  it('is a copy: bytes changed afterwards change nothing', async () => {
    const bytes = new TextEncoder().encode(GOOD);
    const auth = testAuth({ keys: secretKey(bytes) });
    bytes.fill(0);
    const same = testAuth({ keys: secretKey(GOOD) });
    await expect(same.verifyToken(await auth.issueToken(ada))).resolves.toMatchObject({ user: ada });
  });

  it('allows its own algorithm alone', async () => {
    expect([...(await secretKey(GOOD, { algorithm: 'HS384' }).current()).algorithms]).toEqual(['HS384']);
  });
});
