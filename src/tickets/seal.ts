import { base64url, fromBase64url } from '../core/base64url.js';
import { sha256 } from '../core/digest.js';

// A ticket seals one statement, and so its key one text: the nonce may be the same for all.
const NONCE = { name: 'AES-GCM', iv: new Uint8Array(12) };

/** Text that only the ticket opens (AES-256-GCM, NIST SP 800-38D), in base64url. The ticket's digest in the store does not tell the key. */
export async function sealedWith(ticket: string, text: string): Promise<string> {
  const key = await crypto.subtle.importKey('raw', await sha256(`seal:${ticket}`), 'AES-GCM', false, ['encrypt']);
  return base64url(new Uint8Array(await crypto.subtle.encrypt(NONCE, key, new TextEncoder().encode(text))));
}

/** The text that a ticket sealed; null for anything else, whatever the store gave. */
export async function openedWith(ticket: string, sealed: string | null): Promise<string | null> {
  if (typeof sealed !== 'string') return null;
  const key = await crypto.subtle.importKey('raw', await sha256(`seal:${ticket}`), 'AES-GCM', false, ['decrypt']);
  try {
    return new TextDecoder().decode(await crypto.subtle.decrypt(NONCE, key, fromBase64url(sealed)));
  } catch (error) {
    // Sealed otherwise, or no base64.
    if (error instanceof DOMException) return null;
    throw error;
  }
}
