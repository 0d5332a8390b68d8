import { createHmac } from 'node:crypto';

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

/** How an issued token differs from the recorded one; our `iat` and `jti` are additions by design. */
export function issuedDifference(token: string, recorded: Issued, secret: string, now: number, origIat: unknown): string | undefined {
  const header = decodeSegment(token, 0) ?? {};
  const { iat, jti, ...claims } = decodeSegment(token, 1) ?? {};
  const expected = Object.fromEntries(Object.entries(recorded.claims).map(([name, value]) => [name, value === '<carried over>' ? origIat : timeAt(value, now)]));
  if (JSON.stringify(header) !== JSON.stringify(recorded.header)) return `header ${JSON.stringify(header)}`;
  if (JSON.stringify(Object.entries(claims).sort()) !== JSON.stringify(Object.entries(expected).sort())) return `claims ${JSON.stringify(claims)}`;
  if (iat !== now || typeof jti !== 'string' || jti.length < 20) return `iat ${String(iat)}, jti ${String(jti)}`;
  if (sign(header, decodeSegment(token, 1) ?? {}, secret) !== token) return 'signature';
  return undefined;
}
