import { describe, expect, it } from 'vitest';

import { parseJson } from '../../src/transports/rest/json.js';

describe('numbers of a JSON body', () => {
  it.each<[string, Record<string, unknown>]>([
    ['{"a":12345}', { a: 12345 }],
    ['{"a":12345.0}', { a: '12345.0' }],
    ['{"a":1e5}', { a: '100000.0' }],
    ['{"a":-0.0}', { a: '-0.0' }],
    ['{"a":1.5,"b":2}', { a: '1.5', b: 2 }],
    ['{"a":null,"b":1.5}', { a: null, b: '1.5' }],
    ['{"a":true,"b":false,"c":1.0}', { a: true, b: false, c: '1.0' }],
    ['{"a":"x","b":1.0}', { a: 'x', b: '1.0' }],
    ['{"a":{"b":1.0,"c":[2.0]},"b":3.0}', { a: { b: 1, c: [2] }, b: '3.0' }],
    ['{"a":[1.0,{"a":2.0}],"c":4}', { a: [1, { a: 2 }], c: 4 }],
    ['{"a":1.0,"a":"x"}', { a: 'x' }],
    ['{"a":1.0,"a":2}', { a: 2 }],
    ['{"a":"x","a":1.0}', { a: '1.0' }],
    ['{"\\u0061":1.0}', { a: '1.0' }],
    ['{"a\\"b":1.0,":":2.0,"{":3.0}', { 'a"b': '1.0', ':': '2.0', '{': '3.0' }],
    ['{"a":"1.0, \\"b\\": 2.0 }","b":5}', { a: '1.0, "b": 2.0 }', b: 5 }],
    [' { "a" : 1.0 , "b" : 2 } ', { a: '1.0', b: 2 }],
    ['{"a":1e21}', { a: 1e21 }],
    ['{"a":1e999}', { a: Infinity }],
    ['{"__proto__":1.0}', JSON.parse('{"__proto__":"1.0"}') as Record<string, unknown>],
  ])('%s', (text, expected) => {
    expect(Object.entries(parseJson(text) as object)).toEqual(Object.entries(expected));
  });
});
