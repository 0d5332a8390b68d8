import { describe, expect, it } from 'vitest';

import { accountKey } from '../../../src/throttle/account.js';
import { networkOf } from '../../../src/throttle/network.js';

describe('the network an address counts as', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:c000:0207', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::9', '2001:db8:1:3::/64'],
    ['2001:db8::1', '2001:db8::/64'],
    ['::1', '::/64'],
    ['fe80::1%eth0', 'fe80::/64'],
    ['', 'unknown'],
    ['nonsense', 'unknown'],
    ['192.0.2.7, 192.0.2.8', 'unknown'],
    [undefined, 'unknown'],
  ])('%s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe('the account a name counts as', () => {
  it.each([['ada', 'ADA'], ['ada', ' ada\t'], ['ada', 'ａｄａ'], ['josé', 'jose\u0301'], ['straße', 'STRASSE'], ['ὀδυσσεύς', 'ὈΔΥΣΣΕΎΣ'], ['ﬁn', 'fin'], ['ſam', 'sam']])(
    '%s and %s are one',
    async (one, other) => {
      expect(await accountKey(one)).toBe(await accountKey(other));
    },
  );

  it.each([['ada', 'adb'], ['jose', 'josé'], ['a b', 'ab'], ['', '0']])('%s and %s are two', async (one, other) => {
    expect(await accountKey(one)).not.toBe(await accountKey(other));
  });

  it('does not show the name, whatever its length', async () => {
    expect(await accountKey('hunter2')).toMatch(/^[\w-]{43}$/);
    expect(await accountKey('x'.repeat(100_000))).toMatch(/^[\w-]{43}$/);
  });
});
