import { base64url } from './base64url.js';
import { nodeCrypto } from './node-crypto.js';
import type { MaybePromise } from './ports.js';

/** The SHA-256 of a text, in base64url: a key that tells nothing of what it stands for. */
export function digestOf(text: string): MaybePromise<string> {
  return nodeCrypto === undefined ? sha256(text).then(base64url) : nodeCrypto.createHash('sha256').update(text).digest('base64url');
}

/** The SHA-256 of a text. */
export async function sha256(text: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}
