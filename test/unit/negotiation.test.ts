import { describe, expect, it } from 'vitest';

import { negotiate } from '../../src/transports/rest/negotiation.js';

describe('an Accept header', () => {
  it.each([
    [undefined, 0],
    ['', 0],
    ['  ', 0],
    ['*/*', 0],
    ['application/json', 0],
    ['application/*', 0],
    ['APPLICATION/JSON', 0],
    [' application/json ', 0],
    ['text/html, application/json', 0],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 0],
    ['application/json;q=0.1', 0],
    ['application/json;q=0, */*', 0],
    ['application/json;charset=utf-8', 0],
    ['application/json; indent=4', 4],
    ['application/json;indent=0', 0],
    ['application/json; indent=8', 8],
    ['application/json; indent=9', 8],
    ['application/json; indent=100000', 8],
    ['application/json; q=0.5; indent=2', 2],
    ['text/html, application/json; indent=3', 3],
    ['application/json; INDENT=4', 4],
    ['*/*; indent=4', 0],
    ['application/*; indent=4', 0],
    ['application/json; indent=-1', 0],
    ['application/json; indent=x', 0],
    ['application/json; indent=', 0],
  ])('%s is satisfied, with an indent of %d', (accept, indent) => {
    expect(negotiate(accept)).toEqual({ indent });
  });

  it.each(['text/html', 'text/*', 'application/xml', 'json', '*', 'application/jsonl', 'application/json;q=0', 'application/json; q=0.000', '*/*;q=0', 'text/html, application/json;q=0', ',', ';', 'application/vnd.api+json'])(
    '%s is not',
    (accept) => {
      expect(() => negotiate(accept)).toThrow(expect.objectContaining({ code: 'NOT_ACCEPTABLE', message: 'Could not satisfy the request Accept header.' }));
    },
  );
});
