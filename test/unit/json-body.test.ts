import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { AuthError } from '../../src/core/errors.js';
import { pythonFloat } from '../../src/core/python-float.js';
import { parseJson } from '../../src/transports/rest/json.js';

function parsed(text: string): unknown {
  const value = parseJson(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : value;
}

describe('floats among the fields', () => {
  it.each([
    ['{"a": 12345.0}', { a: '12345.0' }],
    ['{"a": 12345}', { a: 12345 }],
    ['{"a":-0.0,"b":-0}', { a: '-0.0', b: -0 }],
    ['{"a":9007199254740991.0}', { a: '9007199254740991.0' }],
    ['{"a":1E-5}', { a: '1e-05' }],
    ['{"a":1e+2}', { a: '100.0' }],
    ['{"a":0.1e1}', { a: '1.0' }],
    ['{"a":5e-324}', { a: '5e-324' }],
    ['{"":1.0}', { '': '1.0' }],
  ])('%s', (text, fields) => {
    expect(parsed(text)).toEqual(fields);
  });

  it.each([
    ['{"a":9007199254740993}', 9007199254740992],
    ['{"a":9007199254740993.0}', 9007199254740992],
    ['{"a":1e16}', 1e16],
    ['{"a":1.7976931348623157e308}', 1.7976931348623157e308],
    ['{"a":1e999}', Infinity],
  ])('%s is too large to be exact, and stays a number for the field to refuse', (text, value) => {
    expect(parsed(text)).toEqual({ a: value });
  });

  it.each([
    ['white space between', ' \n{ "a"\t:\r\n 1.0 , "b" : 2.0 } ', { a: '1.0', b: '2.0' }],
    ['a string with a number in it', '{"a":"1.0","b":2.0}', { a: '1.0', b: '2.0' }],
    ['a string with braces and a colon', '{"a":"}{][:,1.0","b":2.0}', { a: '}{][:,1.0', b: '2.0' }],
    ['a string with a quote', String.raw`{"a":"\"b\":1.0","b":2.0}`, { a: '"b":1.0', b: '2.0' }],
    ['a string that ends in a backslash', String.raw`{"a":"\\","b":2.0}`, { a: '\\', b: '2.0' }],
    ['a string that looks like a field', String.raw`{"x":"{\"b\": 3.0}","b":2.0}`, { x: '{"b": 3.0}', b: '2.0' }],
    ['a name with an escape', String.raw`{"\u0061":1.0}`, { a: '1.0' }],
    ['a name with braces and a quote', String.raw`{"{\"}":1.0}`, { '{"}': '1.0' }],
    ['a name that is a number', '{"1.0":2.0}', { '1.0': '2.0' }],
    ['true, false and null between', '{"a":true,"b":1.0,"c":null,"d":2.0,"e":false}', { a: true, b: '1.0', c: null, d: '2.0', e: false }],
    ['nested objects stay as they are', '{"a":{"b":1.0,"a":2.0},"b":3.0}', { a: { b: 1, a: 2 }, b: '3.0' }],
    ['nested lists stay as they are', '{"a":[1.0,{"b":2.0},[3.0]],"b":4.0}', { a: [1, { b: 2 }, [3]], b: '4.0' }],
    ['a field after a nested one of its name', '{"o":{"a":1.0},"a":5}', { o: { a: 1 }, a: 5 }],
    ['a nested field after one of its name', '{"a":1.0,"o":{"a":5}}', { a: '1.0', o: { a: 5 } }],
    ['a repeated field: the last counts', '{"a":1.0,"a":2.50}', { a: '2.5' }],
    ['a float, then an integer of its name', '{"a":1.5,"a":7}', { a: 7 }],
    ['an integer, then a float of its name', '{"a":7,"a":1.0}', { a: '1.0' }],
    ['a float, then a string of its name', '{"a":1.5,"a":"x","b":1}', { a: 'x', b: 1 }],
    ['a float, then true of its name', '{"a":1.5,"a":true,"b":1}', { a: true, b: 1 }],
    ['a float, then an object of its name', '{"a":1.5,"a":{"x":2.5},"b":1}', { a: { x: 2.5 }, b: 1 }],
    ['a repeated name, once with an escape', String.raw`{"a":1.5,"\u0061":7}`, { a: 7 }],
  ])('%s', (_what, text, fields) => {
    expect(parsed(text)).toEqual(fields);
  });

  it('a field named __proto__ is a field', () => {
    const value = parseJson('{"__proto__":1.0,"a":2.0}') as object;
    expect(Object.getPrototypeOf(value)).toBeNull();
    expect(Object.entries(value)).toEqual([['__proto__', '1.0'], ['a', '2.0']]);
  });

  it('differs from JSON.parse in its floats alone', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 2 })), fc.integer({ min: 0, max: 2 }), (fields, indent) => {
        const written = Object.entries(fields).map(([name, value]) => [name, typeof value === 'number' && !Number.isInteger(value) ? pythonFloat(value) : value]);
        expect(parsed(JSON.stringify(fields, null, indent))).toEqual(JSON.parse(JSON.stringify(Object.fromEntries(written))));
      }),
    );
  });
});

describe('other bodies', () => {
  it.each([['1.0', 1], ['"1.0"', '1.0'], ['[1.0]', [1]], ['null', null], ['true', true], ['{}', {}]])('%s', (text, value) => {
    expect(parsed(text)).toEqual(value);
  });

  it.each(['', '{', '{"a":1.}', '{"a":.5}', '{"a":01}', '{"a":NaN}', "{'a':1}", '{"a":1,}', '\ufeff{"a":1.0}', '{"a":"hunter2"'])('%s is no JSON', (text) => {
    expect(() => parseJson(text)).toThrow(AuthError);
    expect(() => parseJson(text)).toThrow(expect.objectContaining({ code: 'PARSE_ERROR', message: 'JSON parse error - The body is not valid JSON.' }));
  });

  it('a long string costs no stack', () => {
    const password = '\\"'.repeat(50_000);
    expect(parsed(`{"username":1.0,"password":"${password}"}`)).toEqual({ username: '1.0', password: '"'.repeat(50_000) });
  });
});
