import fc from 'fast-check';
import { CompactSign } from 'jose/jws/compact/sign';
import { compactVerify } from 'jose/jws/compact/verify';
import { describe, expect, it } from 'vitest';

import { createHmacKey } from '../../src/core/hmac-key.js';

const algorithm = fc.constantFrom('HS256', 'HS384', 'HS512');
const secret = fc.uint8Array({ minLength: 64, maxLength: 200 });
const claims = fc.dictionary(fc.string({ unit: 'binary' }), fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.boolean()), { maxKeys: 6 });

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** A signature with one character put in, taken out or put in another's place; or a wholly other one. */
const tampering = fc.oneof(
  fc.record({ at: fc.nat(), with: fc.constantFrom('', ...BASE64URL), removed: fc.constantFrom(0, 1, 100) }).map(({ at, with: put, removed }) => (signature: string) => {
    const index = at % (signature.length + 1);
    return signature.slice(0, index) + put + signature.slice(index + removed);
  }),
  fc.string({ unit: fc.constantFrom(...BASE64URL), maxLength: 100 }).map((other) => () => other),
);

function keyOf(bytes: Uint8Array, name: string) {
  const key = createHmacKey(bytes, name);
  if (key === undefined) throw new Error('This runtime has no HMAC of its own.');
  return key;
}

function partsOf(token: string): { readonly input: string; readonly signature: string } {
  const end = token.lastIndexOf('.');
  return { input: token.slice(0, end), signature: token.slice(end + 1) };
}

describe('a secret that signs at once', () => {
  it('signs what jose signs, and takes it', async () => {
    await fc.assert(
      fc.asyncProperty(algorithm, secret, claims, async (name, bytes, payload) => {
        const token = await new CompactSign(new TextEncoder().encode(JSON.stringify(payload))).setProtectedHeader({ alg: name }).sign(bytes);
        const { input, signature } = partsOf(token);
        const key = keyOf(bytes, name);
        expect(key.sign(input)).toBe(signature);
        expect(key.verify(input, signature)).toBe(true);
      }),
    );
  });

  it.each(['HS256', 'HS384', 'HS512'])('takes none for what was left of the last one (%s)', (name) => {
    const key = keyOf(new Uint8Array(64).fill(7), name);
    const good = key.sign('input');
    const others = [`${good.slice(0, -1)}é`, `${good.slice(0, -2)}é`, `${good.slice(0, -2)}éé`, good.slice(0, -1), `${good}A`, ''];
    expect(others.map((other) => key.verify('input', good) && key.verify('input', other))).toEqual(others.map(() => false));
  });

  it('takes no signature that jose refuses', async () => {
    await fc.assert(
      fc.asyncProperty(algorithm, secret, claims, tampering, async (name, bytes, payload, tamper) => {
        const key = keyOf(bytes, name);
        const header = Buffer.from(JSON.stringify({ alg: name })).toString('base64url');
        const input = `${header}.${Buffer.from(JSON.stringify(payload)).toString('base64url')}`;
        const signature = tamper(key.sign(input));
        const isTaken = await compactVerify(`${input}.${signature}`, bytes).then(
          () => true,
          () => false,
        );
        // jose takes several spellings of one signature; here only one is good.
        expect(key.verify(input, signature)).toBe(isTaken && signature === key.sign(input));
      }),
    );
  });

  it('takes no signature of another secret, input or algorithm', () => {
    fc.assert(
      fc.property(algorithm, secret, fc.string(), fc.nat(), (name, bytes, input, at) => {
        const signature = keyOf(bytes, name).sign(input);
        const others = bytes.map((byte, index) => (index === at % bytes.length ? byte ^ 1 : byte));
        expect(keyOf(others, name).verify(input, signature)).toBe(false);
        expect(keyOf(bytes, name).verify(`${input}.`, signature)).toBe(false);
        const another = name === 'HS256' ? 'HS384' : 'HS256';
        expect(keyOf(bytes, another).verify(input, signature)).toBe(false);
      }),
    );
  });

  it('is a copy of the bytes, and shows them nowhere', () => {
    const bytes = new Uint8Array(32).fill(7);
    const key = keyOf(bytes, 'HS256');
    const signature = key.sign('a.b');
    bytes.fill(0);
    expect(key.verify('a.b', signature)).toBe(true);
    expect(JSON.stringify(key)).toBe('{"algorithm":"HS256"}');
  });
});
