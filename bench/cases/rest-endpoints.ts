import { requestBytes } from '../harness/load.js';
import type { LoadRequest } from '../harness/load.js';
import type { Comparison } from '../harness/comparison.js';
import { requestsOf } from './tokens.js';

const SEEN = 'REST verify, token seen before';
const NEW = 'REST verify, each token new';

const posts = (kind: 'seen' | 'new', path: string, isRight: (token: string) => LoadRequest['isRight']) => (): LoadRequest[] =>
  requestsOf(kind, (token) => ({
    bytes: requestBytes({ method: 'POST', path, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ token }) }),
    isRight: isRight(token),
  }));

/** Requests to verify a token. */
export const verifications = (kind: 'seen' | 'new') =>
  posts(kind, '/api-token-verify/', (token) => {
    const expected = JSON.stringify({ token });
    return (status, body) => status === 200 && body === expected;
  });

/** The bridge's verify beside an endpoint that parses the same body and answers it; what is wanted of a token seen before, and of new ones. */
function besideAnEcho(name: string, title: string, file: string, [echo, bridge]: readonly [string, string], [ofSeen, ofNew]: readonly [number, number?]): Comparison {
  const to = 'a bare JSON echo';
  return {
    name,
    title,
    variants: [
      { name: to, server: { file, variant: echo }, requests: verifications('seen') },
      { name: SEEN, server: { file, variant: bridge }, requests: verifications('seen') },
      { name: NEW, server: { file, variant: bridge }, requests: verifications('new') },
    ],
    ratios: [
      { of: SEEN, to, least: ofSeen },
      { of: NEW, to, ...(ofNew !== undefined && { least: ofNew }) },
    ],
  };
}

export const restOnExpress = besideAnEcho('rest-express', 'REST verify on Express, beside a bare echo with express.json()', 'rest-endpoints', ['express echo', 'express bridge'], [1.2]);
export const restOnFastify = besideAnEcho('rest-fastify', 'REST verify on Fastify', 'fastify-endpoint', ['echo', 'bridge'], [0.75, 0.35]);
export const restOnNode = besideAnEcho('rest-node', 'REST verify on node:http', 'rest-endpoints', ['node echo', 'node bridge'], [0.75, 0.35]);

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
