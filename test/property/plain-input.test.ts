import fc from 'fast-check';
import { expect, it } from 'vitest';
import { z } from 'zod';

import { parseInput } from '../../src/serializers/serializer.js';
import { tokenInput } from '../../src/serializers/token-input.js';

const edges = ['', ' ', '\t', '\0', '\x1c', '\x85', '\xa0', '\u2003', '\ufeff', '\ud800', '\udc00', '\u{1f511}', 'a', '.', '0'];
const texts = fc.array(fc.oneof(fc.constantFrom(...edges), fc.string({ unit: 'binary', maxLength: 4 })), { maxLength: 6 }).map((parts) => parts.join(''));
const values = fc.oneof(texts, fc.string({ minLength: 1, unit: 'grapheme-ascii' }), fc.base64String({ minLength: 1 }), fc.anything(), fc.double(), fc.constantFrom(undefined, null, 7, true, [], {}));
const inputs = fc.oneof(
  fc.record({ token: values, other: values }, { requiredKeys: [] }),
  values.map((token) => Object.assign(Object.create(null) as object, { token })),
  values.map((token) => Object.assign([], { token })),
  fc.anything(),
);

it.each([false, true])('what is read without zod is what zod reads, with a cookie (%s)', (cookieMode) => {
  const { input, plainInput } = tokenInput(cookieMode);
  let read = 0;
  fc.assert(
    fc.property(inputs, (data) => {
      const plain = plainInput?.read(data);
      if (plain === undefined) return;
      read += 1;
      const result = input.safeParse(data);
      expect(result.success).toBe(true);
      expect(plain).toStrictEqual(result.data);
    }),
    { numRuns: 20_000 },
  );
  expect(read).toBeGreaterThan(1000);
});

it('a schema that an app put in its place is asked itself', () => {
  const stricter = z.strictObject({ token: z.string().startsWith('eyJ') });
  const serializer = { ...tokenInput(false), input: stricter };
  expect(() => parseInput(serializer, { token: 'abc' })).toThrow();
  expect(parseInput(serializer, { token: 'eyJ' })).toEqual({ token: 'eyJ' });
});
