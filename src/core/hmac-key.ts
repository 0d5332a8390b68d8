import { nodeCrypto } from './node-crypto.js';

/** A secret that signs and verifies at once (RFC 7518 section 3.2); it never shows itself. */
export interface HmacKey {
  /** The one `alg` it is for. */
  readonly algorithm: string;
  /** The signature of a signing input, in base64url. */
  readonly sign: (input: string) => string;
  /** Whether a signature, in its one base64url form, is that of a signing input. */
  readonly verify: (input: string, signature: string) => boolean;
}

/** A secret's key for HS256, HS384 or HS512; undefined where the runtime has WebCrypto alone. */
export function createHmacKey(secret: Uint8Array, algorithm: string): HmacKey | undefined {
  if (nodeCrypto === undefined) return undefined;
  const { createHmac, createSecretKey, timingSafeEqual } = nodeCrypto;
  const key = createSecretKey(secret);
  const hash = algorithm.replace('HS', 'sha');
  const sign = (input: string): string => createHmac(hash, key).update(input).digest('base64url');
  const encoder = new TextEncoder();
  // Written over each time: to make bytes of both signatures anew takes as long as to make one.
  const length = Math.ceil(Number(algorithm.slice(2)) / 6);
  const [expected, given] = [new Uint8Array(length), new Uint8Array(length)];
  return {
    algorithm,
    sign,
    verify: (input, signature) => {
      // One that does not fill it would be compared with what the last one left there.
      if (signature.length !== length || encoder.encodeInto(signature, given).read !== length) return false;
      encoder.encodeInto(sign(input), expected);
      return timingSafeEqual(expected, given);
    },
  };
}
