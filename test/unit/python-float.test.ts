import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { pythonFloat } from '../../src/core/python-float.js';

// Left as it may be written, right what Python 3 prints for str(float(left)).
const PRINTED: readonly (readonly [string, string])[] = [
  ['1.5', '1.5'],
  ['0.1', '0.1'],
  ['1.10', '1.1'],
  ['0.0', '0.0'],
  ['-0.0', '-0.0'],
  ['2e0', '2.0'],
  ['0.1e1', '1.0'],
  ['1e+2', '100.0'],
  ['1E5', '100000.0'],
  ['12345.0', '12345.0'],
  ['-12345.0', '-12345.0'],
  ['123456.789e3', '123456789.0'],
  ['1e15', '1000000000000000.0'],
  ['9999999999999998.0', '9999999999999998.0'],
  ['1e16', '1e+16'],
  ['1e17', '1e+17'],
  ['1e21', '1e+21'],
  ['1e22', '1e+22'],
  ['1e100', '1e+100'],
  ['-1.5e300', '-1.5e+300'],
  ['1.7976931348623157e308', '1.7976931348623157e+308'],
  ['123456789012345680.0', '1.2345678901234568e+17'],
  ['4503599627370497.5', '4503599627370498.0'],
  ['9007199254740993.0', '9007199254740992.0'],
  ['0.0001', '0.0001'],
  ['0.00012345', '0.00012345'],
  ['0.00009999', '9.999e-05'],
  ['1e-05', '1e-05'],
  ['2.5e-5', '2.5e-05'],
  ['1.5e-7', '1.5e-07'],
  ['1e-100', '1e-100'],
  ['5e-324', '5e-324'],
  ['3.141592653589793', '3.141592653589793'],
  ['0.30000000000000004', '0.30000000000000004'],
];

describe('a float as Python writes it', () => {
  it.each(PRINTED)('%s is %s', (written, printed) => {
    expect(pythonFloat(Number(written))).toBe(printed);
  });

  it('is always a float to read back, and the same one', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = pythonFloat(value);
        expect(Number(text)).toBe(value);
        expect(text).toMatch(/^-?(\d+\.\d+|\d(\.\d+)?e[+-]\d{2,})$/);
      }),
    );
  });
});
