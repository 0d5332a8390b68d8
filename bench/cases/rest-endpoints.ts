import { requestBytes } from '../harness/load.js';
import type { LoadRequest } from '../harness/load.js';
import type { Comparison, Variant } from '../harness/comparison.js';
import { requestsOf } from './tokens.js';

const SEEN = 'REST verify, token seen before';
const NEW = 'REST verify, each token new';

const posts = (kind: 'seen' | 'new', path: string, isRight: (token: string) => LoadRequest['isRight']) => (): LoadRequest[] =>
  requestsOf(kind, (token) => ({
    bytes: requestBytes({ method: 'POST', path, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ token }) }),
    isRight: isRight(token),
  }));

const verifications = (kind: 'seen' | 'new') =>
  posts(kind, '/api-token-verify/', (token) => {
    const expected = JSON.stringify({ token });
    return (status, body) => status === 200 && body === expected;
  });

/** The bridge's verify beside an endpoint that parses the same body and answers it. */
const verifyVariants = (file: string, echo: string, bridge: string): readonly Variant[] => [
  { name: 'a bare JSON echo', server: { file, variant: echo }, requests: verifications('seen') },
  { name: SEEN, server: { file, variant: bridge }, requests: verifications('seen') },
  { name: NEW, server: { file, variant: bridge }, requests: verifications('new') },
];

export const restOnExpress: Comparison = {
  name: 'rest-express',
  title: 'REST verify on Express, beside a bare echo with express.json()',
  variants: verifyVariants('rest-endpoints', 'express echo', 'express bridge'),
  ratios: [
    { of: SEEN, to: 'a bare JSON echo', least: 1.2 },
    { of: NEW, to: 'a bare JSON echo' },
  ],
};

export const restOnFastify: Comparison = {
  name: 'rest-fastify',
  title: 'REST verify on Fastify',
  variants: verifyVariants('fastify-endpoint', 'echo', 'bridge'),
  ratios: [
    { of: SEEN, to: 'a bare JSON echo', least: 0.75 },
    { of: NEW, to: 'a bare JSON echo', least: 0.35 },
  ],
};

export const restOnNode: Comparison = {
  name: 'rest-node',
  title: 'REST verify on node:http',
  variants: verifyVariants('rest-endpoints', 'node echo', 'node bridge'),
  ratios: [
    { of: SEEN, to: 'a bare JSON echo', least: 0.75 },
    { of: NEW, to: 'a bare JSON echo', least: 0.35 },
  ],
};

export const refresh: Comparison = {
  name: 'refresh',
  title: 'REST refresh on Express, each token new',
  variants: [
    { name: NEW, server: { file: 'rest-endpoints', variant: 'express bridge' }, requests: verifications('new') },
    {
      name: 'REST refresh, each token new',
      server: { file: 'rest-endpoints', variant: 'express bridge' },
      requests: posts('new', '/api-token-refresh/', (token) => (status, body) => status === 200 && body.startsWith('{"token":"eyJ') && !body.includes(token)),
    },
  ],
  ratios: [{ of: 'REST refresh, each token new', to: NEW, least: 0.7 }],
};
