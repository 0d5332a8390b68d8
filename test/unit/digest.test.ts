import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { digestOf } from '../../src/core/digest.js';

const TEXTS = ['', 'ada', 'Zoë', '\u{1F511} key', 'a lone \uD800 surrogate', 'x'.repeat(10_000)];

describe('digestOf', () => {
  it.each(TEXTS)('is the SHA-256 in base64url: %j', async (text) => {
    expect(await digestOf(text)).toBe(createHash('sha256').update(text).digest('base64url'));
  });
});
