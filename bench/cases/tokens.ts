import { createHmac } from 'node:crypto';

import { ADA, SECRET } from '../servers/account.js';

/** More than a server is sent before it is started anew, so that none comes twice. */
const NEW_TOKENS = 60_000;

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token that is good for an hour, with the claims that we write; its number makes it another. */
export function token(number: number, claims: object = {}): string {
  const issuedAt = Math.floor(Date.now() / 1000);
  const payload = { user_id: ADA.id, username: ADA.username, exp: issuedAt + 3600, iat: issuedAt, orig_iat: issuedAt, jti: `token-${number}`, ...claims };
  const signed = `${encode({ typ: 'JWT', alg: 'HS256' })}.${encode(payload)}`;
  return `${signed}.${createHmac('sha256', SECRET).update(signed).digest('base64url')}`;
}

/** Requests with one token that the server comes to know, or with one that it has never seen each. */
export function requestsOf<Request>(kind: 'seen' | 'new', request: (token: string) => Request): Request[] {
  return Array.from({ length: kind === 'seen' ? 1 : NEW_TOKENS }, (_, number) => request(token(number)));
}
