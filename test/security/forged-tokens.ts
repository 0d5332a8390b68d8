import { createHmac } from 'node:crypto';

import { NOW, SECRET } from './target.js';

const HASHES: Record<string, string> = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' };

export const goodClaims = { user_id: 1, username: 'ada', exp: NOW + 300, orig_iat: NOW, iat: NOW };

export function encode(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
}

/** A token of any header and claims, given as values or as JSON text, truly signed with HMAC; nothing of the package is used. */
export function forge(header: unknown, claims: unknown = goodClaims, { secret = SECRET, hash = 'HS256' }: { secret?: string | Buffer; hash?: string } = {}): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${createHmac(HASHES[hash] ?? 'sha256', secret).update(input).digest('base64url')}`;
}

/** A token that is good but for these claims. */
export function withClaims(changes: Record<string, unknown>): string {
  return forge({ typ: 'JWT', alg: 'HS256' }, { ...goodClaims, ...changes });
}
