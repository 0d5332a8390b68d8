import { ConfigurationError } from 'trpc-jwt-auth';
import { describe, expect, it } from 'vitest';

import { clientAddressReader } from '../../src/core/client-address.js';

function reader(trustedProxies: number) {
  const reported: unknown[] = [];
  return { read: clientAddressReader(trustedProxies, (error) => void reported.push(error)), reported };
}

describe("the client's address", () => {
  it.each([
    [0, '192.0.2.1', undefined, '192.0.2.1'],
    [0, '192.0.2.1', '203.0.113.9', '192.0.2.1'],
    [1, '10.0.0.1', '203.0.113.9', '203.0.113.9'],
    [1, '10.0.0.1', 'forged, 198.51.100.1, 203.0.113.9', '203.0.113.9'],
    [2, '10.0.0.1', 'forged, 203.0.113.9, 10.0.0.2', '203.0.113.9'],
    [2, '10.0.0.1', 'forged', '10.0.0.1'],
    [1, '10.0.0.1', undefined, '10.0.0.1'],
    [1, '10.0.0.1', '203.0.113.9:4711', '203.0.113.9'],
    [1, '10.0.0.1', '[2001:db8::1]:443', '2001:db8::1'],
    [1, '10.0.0.1', '2001:db8::1', '2001:db8::1'],
    [1, '10.0.0.1', '', undefined],
    [1, '10.0.0.1', 'x'.repeat(65), undefined],
    [1, undefined, '203.0.113.9', '203.0.113.9'],
    [0, undefined, undefined, undefined],
  ])('behind %i proxies, called from %s with %s: %s', (proxies, peer, forwardedFor, address) => {
    expect(reader(proxies).read(peer, forwardedFor)).toBe(address);
  });

  it('says once that the header comes and nobody is trusted with it', () => {
    const { read, reported } = reader(0);
    read('192.0.2.1', undefined);
    expect(reported).toEqual([]);
    for (let each = 0; each < 3; each += 1) read('192.0.2.1', '203.0.113.9');
    expect(reported).toHaveLength(1);
    expect(reported[0]).toBeInstanceOf(ConfigurationError);
    expect(String(reported[0])).toContain('set trustedProxies to how many there are');
  });

  it('says nothing where proxies are configured', () => {
    const { read, reported } = reader(1);
    read('10.0.0.1', '203.0.113.9');
    expect(reported).toEqual([]);
  });
});
