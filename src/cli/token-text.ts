import { LONGEST_TOKEN } from '../core/tokens.js';
import { CommandError } from './command-error.js';

/** What a token says of itself. Nothing vouches for it. */
export interface UnverifiedToken {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Decodes a JWT (RFC 7519) and verifies nothing. @throws CommandError saying what it is instead; never with a part of it */
export function decodeToken(token: string): UnverifiedToken {
  if (token.length > LONGEST_TOKEN) throw notToken(`it is longer than the ${LONGEST_TOKEN} characters that any token here may have`);
  if (/\s/.test(token)) throw notToken('it has a space in it; give the token alone, without the scheme of the Authorization header');
  const parts = token.split('.');
  if (parts.length === 5) throw notToken('it is a JWE, which is encrypted and which this package neither makes nor takes');
  const [header, claims, signature] = parts;
  if (parts.length !== 3 || header === undefined || claims === undefined || signature === undefined) {
    throw notToken(`it has ${parts.length === 1 ? 'one part' : `${parts.length} parts`}, and a JWT has three with a dot between`);
  }
  const decoded = { header: decodePart('header', header), claims: decodePart('claims', claims) };
  if (signature !== '') bytesOf('signature', signature);
  return decoded;
}

function notToken(why: string): CommandError {
  return new CommandError(`This is not a JWT: ${why}.`);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodePart(name: string, encoded: string): Record<string, unknown> {
  const bytes = bytesOf(name, encoded);
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch {
    // The parser's own message quotes what it could not read.
    throw notToken(`its ${name} is not JSON`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw notToken(`its ${name} is JSON, but no object`);
  return value as Record<string, unknown>;
}

function bytesOf(name: string, encoded: string): Uint8Array {
  if (!/^[A-Za-z0-9_-]+$/.test(encoded) || encoded.length % 4 === 1) throw notToken(`its ${name} is not base64url`);
  return Buffer.from(encoded, 'base64url');
}
