import { createHmac, createPublicKey, verify } from 'node:crypto';
import type { JsonWebKeyInput } from 'node:crypto';

import type { Issued } from './corpus.js';

const HASHES: Record<string, string> = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' };

function segment(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Signs as PyJWT does, with nothing of the package under test. */
export function sign(header: Record<string, unknown>, claims: Record<string, unknown>, secret: string): string {
  const input = `${segment(header)}.${segment(claims)}`;
  return `${input}.${createHmac(HASHES[String(header.alg)] ?? 'sha256', secret).update(input).digest('base64url')}`;
}

/** What verifies a token, with nothing of the package under test: a secret, or a public key. */
export type VerifyingKey = string | JsonWebKeyInput['key'];

function isSigned(token: string, alg: string, key: VerifyingKey): boolean {
  const [input, signature = ''] = [token.slice(0, token.lastIndexOf('.')), token.split('.')[2]];
  if (typeof key === 'string') return alg.startsWith('HS') && createHmac(HASHES[alg] ?? '', key).update(input).digest('base64url') === signature;
  const publicKey = createPublicKey({ key, format: 'jwk' });
  return !alg.startsWith('HS') && verify('sha256', Buffer.from(input), { key: publicKey, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
}

/** Decodes one segment of a token. */
export function decodeSegment(token: string, index: 0 | 1): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString('utf8')) as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Writes a recorded time, `now`, `now+N` or absolute, as a number. */
export function timeAt(value: unknown, now: number): unknown {
  if (value === 'now') return now;
  const relative = typeof value === 'string' ? /^now([+-]\d+)$/.exec(value)?.[1] : undefined;
  return relative === undefined ? value : now + Number(relative);
}

/** How an issued token differs from the recorded one; our `iat`, `jti` and a pair's `kid` are additions by design. */
export function issuedDifference(token: string, recorded: Issued, key: VerifyingKey, now: number, origIat: unknown): string | undefined {
  const { kid, ...header } = decodeSegment(token, 0) ?? {};
  const { iat, jti, ...claims } = decodeSegment(token, 1) ?? {};
  const expected = Object.fromEntries(Object.entries(recorded.claims).map(([name, value]) => [name, value === '<carried over>' ? origIat : timeAt(value, now)]));
  if (JSON.stringify(header) !== JSON.stringify(recorded.header)) return `header ${JSON.stringify(header)}`;
  if (JSON.stringify(Object.entries(claims).sort()) !== JSON.stringify(Object.entries(expected).sort())) return `claims ${JSON.stringify(claims)}`;
  if (iat !== now || typeof jti !== 'string' || jti.length < 20) return `iat ${String(iat)}, jti ${String(jti)}`;
  if (typeof kid !== (typeof key === 'string' ? 'undefined' : 'string')) return `kid ${String(kid)}`;
  if (Buffer.from(token.split('.')[2] ?? '', 'base64url').length !== recorded.signatureBytes) return 'length of the signature';
  if (!isSigned(token, String(header.alg), key)) return 'signature';
  return undefined;
}
