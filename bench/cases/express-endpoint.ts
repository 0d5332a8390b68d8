import { requestBytes } from '../harness/load.js';
import type { LoadRequest } from '../harness/load.js';
import type { Comparison } from '../harness/comparison.js';
import type { Listening } from '../harness/server-process.js';
import { GREETING } from '../servers/account.js';
import { requestsOf } from './tokens.js';

const expected = JSON.stringify(GREETING);

/** A request to a protected endpoint, with a token. */
export function greeting(header: string): LoadRequest {
  return { bytes: requestBytes({ path: '/protected', headers: { Authorization: header } }), isRight: (status, body) => status === 200 && body === expected };
}

/** Requests to a protected endpoint. */
export const greetings = (kind: 'seen' | 'new') => (): LoadRequest[] => requestsOf(kind, (token) => greeting(`Bearer ${token}`));

const withCookie =
  (path: string, isRight: LoadRequest['isRight']) =>
  ({ facts }: Listening): LoadRequest[] => [{ bytes: requestBytes({ path, headers: { Cookie: facts?.['cookie'] ?? '' } }), isRight }];

const server = (variant: string) => ({ file: 'express-endpoint', variant });

export const expressEndpoint: Comparison = {
  name: 'express',
  title: 'A protected Express endpoint',
  variants: [
    { name: 'without authentication', server: server('open'), requests: greetings('seen') },
    { name: 'trpc-jwt-auth, token seen before', server: server('ours'), requests: greetings('seen') },
    { name: 'trpc-jwt-auth, each token new', server: server('ours'), requests: greetings('new') },
    { name: 'express-jwt, string secret', server: server('express-jwt string'), requests: greetings('seen') },
    { name: 'express-jwt, KeyObject', server: server('express-jwt KeyObject'), requests: greetings('seen') },
    { name: 'better-auth, getSession', server: server('better-auth'), requests: withCookie('/protected', (status, body) => status === 200 && body === expected) },
    {
      name: 'better-auth, GET /get-session',
      server: server('better-auth endpoint'),
      requests: withCookie('/api/auth/get-session', (status, body) => status === 200 && body.includes('"name":"ada"')),
    },
  ],
  ratios: [
    { of: 'trpc-jwt-auth, token seen before', to: 'without authentication', least: 0.95 },
    { of: 'trpc-jwt-auth, each token new', to: 'without authentication', least: 0.65 },
    { of: 'trpc-jwt-auth, token seen before', to: 'express-jwt, string secret', least: 3.5 },
    { of: 'trpc-jwt-auth, token seen before', to: 'express-jwt, KeyObject', least: 1 },
    { of: 'trpc-jwt-auth, token seen before', to: 'better-auth, getSession' },
    { of: 'trpc-jwt-auth, token seen before', to: 'better-auth, GET /get-session', least: 6 },
    { of: 'express-jwt, string secret', to: 'without authentication' },
    { of: 'express-jwt, KeyObject', to: 'without authentication' },
    { of: 'better-auth, getSession', to: 'without authentication' },
    { of: 'better-auth, GET /get-session', to: 'without authentication' },
  ],
};
