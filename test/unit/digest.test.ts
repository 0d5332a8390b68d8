import { createHash } from 'node:crypto';

import { afterEach, describe, expect, it, vi } from 'vitest';

const TEXTS = ['', 'ada', 'Zoë', '\u{1F511} key', 'a lone \uD800 surrogate', 'x'.repeat(10_000)];

afterEach(() => {
  vi.restoreAllMocks();
  vi.resetModules();
});

describe('digestOf', () => {
  it.each(['with Node’s hash', 'with WebCrypto alone'])('is the SHA-256 in base64url: %s', async (which) => {
    const builtin = vi.spyOn(process, 'getBuiltinModule');
    if (which === 'with WebCrypto alone') builtin.mockReturnValue(undefined);
    vi.resetModules();
    const { digestOf } = await import('../../src/core/digest.js');
    expect(builtin).toHaveBeenCalledOnce();
    for (const text of TEXTS) expect(await digestOf(text)).toBe(createHash('sha256').update(text).digest('base64url'));
  });
});

describe('base64url', () => {
  it('is what Node makes of the same bytes, both ways', async () => {
    const { base64url, fromBase64url } = await import('../../src/core/digest.js');
    for (let length = 0; length < 70; length += 1) {
      const bytes = crypto.getRandomValues(new Uint8Array(length));
      const text = Buffer.from(bytes).toString('base64url');
      expect(base64url(bytes)).toBe(text);
      expect(fromBase64url(text)).toEqual(bytes);
    }
  });
});
