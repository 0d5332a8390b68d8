import { ConfigurationError } from './errors.js';
import type { ReportError } from './ports.js';

/** The client's address, from that of the connection and the header X-Forwarded-For. */
export type ReadClientAddress = (peerAddress: string | undefined, forwardedFor: string | undefined) => string | undefined;

// Long enough for an IPv6 address with its zone, short enough for any column.
const LONGEST_ADDRESS = 64;

/**
 * Reads the client's address behind a number of proxies: each adds, at the right end, the address it was called from; what stands further left
 * was written by the client and may be anything.
 *
 * It reports once when the header arrives and no proxy is trusted: either somebody forges it, or every client looks like the proxy.
 */
export function clientAddressReader(trustedProxies: number, report: ReportError): ReadClientAddress {
  let isReported = false;
  return (peerAddress, forwardedFor) => {
    if (forwardedFor === undefined) return addressOf(peerAddress);
    if (trustedProxies === 0) {
      if (!isReported) {
        isReported = true;
        report(
          new ConfigurationError(
            'createJwtAuth: a request has the header X-Forwarded-For and trustedProxies is 0, so its address is that of the connection. Behind a proxy of ' +
              'your own, set trustedProxies to how many there are; else every client counts as one network. (This is said once.)',
          ),
        );
      }
      return addressOf(peerAddress);
    }
    const added = forwardedFor.split(',');
    // Fewer entries than proxies: it did not come through them, and none can be believed.
    return addressOf(added.length < trustedProxies ? peerAddress : added[added.length - trustedProxies]);
  };
}

/** An address without the port that some proxies add to it. */
function addressOf(text: string | undefined): string | undefined {
  const address = text?.trim().replace(/^\[(.*)\](?::\d+)?$/, '$1').replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1');
  return address === undefined || address === '' || address.length > LONGEST_ADDRESS ? undefined : address;
}
