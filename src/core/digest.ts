import type { MaybePromise } from './ports.js';

// WebCrypto would give these few bytes to a thread and wait for it, behind the passwords that are hashed there. A runtime without it has WebCrypto alone.
// eslint-disable-next-line no-restricted-syntax -- no setting: what the runtime has
const nodeCrypto = (globalThis.process as NodeJS.Process | undefined)?.getBuiltinModule?.('node:crypto');

/** The SHA-256 of a text, in base64url: a key that tells nothing of what it stands for. */
export function digestOf(text: string): MaybePromise<string> {
  return nodeCrypto === undefined ? sha256(text).then(base64url) : nodeCrypto.createHash('sha256').update(text).digest('base64url');
}

/** The SHA-256 of a text. */
export async function sha256(text: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}

/** Bytes in base64url, without padding (RFC 4648 section 5). */
export function base64url(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** The bytes of base64url. @throws DOMException for what is none */
export function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index);
  return bytes;
}
