/** Bytes in base64url, without padding (RFC 4648 section 5). */
export function base64url(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return encodeBinary(binary);
}

/** The bytes of base64url. @throws DOMException for what is none */
export function fromBase64url(encoded: string): Uint8Array<ArrayBuffer> {
  return bytesOf(decodeBinary(encoded));
}

/** A text, as UTF-8, in base64url. */
export function base64urlOfText(text: string): string {
  // Most of what tokens hold is ASCII, whose bytes are its characters.
  return /[\u0080-\uffff]/.test(text) ? base64url(new TextEncoder().encode(text)) : encodeBinary(text);
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of base64url. @throws DOMException for no base64url, TypeError for no UTF-8 */
export function textFromBase64url(encoded: string): string {
  const binary = decodeBinary(encoded);
  return /[\u0080-\u00ff]/.test(binary) ? strictUtf8.decode(bytesOf(binary)) : binary;
}

function encodeBinary(binary: string): string {
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function bytesOf(binary: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index);
  return bytes;
}

function decodeBinary(encoded: string): string {
  return atob(encoded.replaceAll('-', '+').replaceAll('_', '/'));
}
