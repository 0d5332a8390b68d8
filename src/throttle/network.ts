import ipaddr from 'ipaddr.js';

const CUSTOMER_BITS = 64;

/**
 * The network an address counts as: an IPv4 address itself, of an IPv6 address its /64, which is the least that one customer gets
 * (RFC 6177 section 2); an IPv4-mapped address is the IPv4 address.
 *
 * Addresses that are none count as one network together: whoever hides his own shares it.
 */
export function networkOf(address: string | undefined): string {
  if (address === undefined || !ipaddr.isValid(address)) return 'unknown';
  const parsed = ipaddr.process(address);
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString();
  const prefix = new ipaddr.IPv6([...parsed.parts.slice(0, CUSTOMER_BITS / 16), 0, 0, 0, 0]);
  return `${prefix.toString()}/${CUSTOMER_BITS}`;
}
