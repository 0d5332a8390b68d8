import { describe, expect, it } from 'vitest';

import { base64url, base64urlOfText, fromBase64url, textFromBase64url } from '../../src/core/base64url.js';

describe('base64url', () => {
  it('is what Node makes of the same bytes, both ways', () => {
    for (let length = 0; length < 70; length += 1) {
      const bytes = crypto.getRandomValues(new Uint8Array(length));
      const text = Buffer.from(bytes).toString('base64url');
      expect(base64url(bytes)).toBe(text);
      expect(fromBase64url(text)).toEqual(bytes);
    }
  });

  it.each(['', 'ada', '\u007f', '\u0080', 'Zoë', '\u{1F511} key', '\uFEFF with a mark', '\0', '~~~???>>>'])('is what Node makes of a text, both ways: %j', (text) => {
    const encoded = Buffer.from(text).toString('base64url');
    expect(base64urlOfText(text)).toBe(encoded);
    expect(textFromBase64url(encoded)).toBe(text);
  });

  it.each([[0x80], [0x61, 0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0xaf]])('has no text where its bytes are no UTF-8: %j', (...bytes) => {
    expect(() => textFromBase64url(base64url(Uint8Array.from(bytes)))).toThrow(TypeError);
  });

  it.each(['a', 'a*', 'ab=c', '\u00e9'])('has no text where it is none: %j', (encoded) => {
    expect(() => textFromBase64url(encoded)).toThrow(expect.objectContaining({ name: 'InvalidCharacterError' }));
  });
});
