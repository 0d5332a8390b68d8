import { requestBytes } from '../harness/load.js';
import type { LoadRequest } from '../harness/load.js';
import type { Comparison } from '../harness/comparison.js';
import { GREETING } from '../servers/account.js';
import { requestsOf } from './tokens.js';

const BATCH = 10;
const result = JSON.stringify({ result: { data: GREETING } });
const server = (variant: string) => ({ file: 'trpc-procedures', variant });

const calls = (path: string, expected: string) => (kind: 'seen' | 'new') => (): LoadRequest[] =>
  requestsOf(kind, (token) => ({ bytes: requestBytes({ path, headers: { Authorization: `Bearer ${token}` } }), isRight: (status, body) => status === 200 && body === expected }));

const queries = calls('/trpc/hello', result);
const batches = calls(`/trpc/${Array.from({ length: BATCH }, () => 'hello').join(',')}?batch=1&input=%7B%7D`, `[${Array.from({ length: BATCH }, () => result).join(',')}]`);

export const trpcQuery: Comparison = {
  name: 'trpc',
  title: 'A protected tRPC query',
  variants: [
    { name: 'without authentication, an empty middleware', server: server('open'), requests: queries('seen') },
    { name: 'trpc-jwt-auth, token seen before', server: server('ours'), requests: queries('seen') },
    { name: 'trpc-jwt-auth, each token new', server: server('ours'), requests: queries('new') },
  ],
  ratios: [
    { of: 'trpc-jwt-auth, token seen before', to: 'without authentication, an empty middleware', least: 0.95 },
    { of: 'trpc-jwt-auth, each token new', to: 'without authentication, an empty middleware', least: 0.75 },
  ],
};

export const trpcBatch: Comparison = {
  name: 'trpc-batch',
  title: 'A tRPC batch of 10 protected queries',
  variants: [
    { name: 'without authentication, an empty middleware', server: server('open'), requests: batches('seen') },
    { name: 'trpc-jwt-auth, token seen before', server: server('ours'), requests: batches('seen') },
    { name: 'trpc-jwt-auth, each token new, counted', server: server('ours, counted'), requests: batches('new') },
  ],
  ratios: [
    { of: 'trpc-jwt-auth, token seen before', to: 'without authentication, an empty middleware', least: 0.95 },
    { of: 'trpc-jwt-auth, each token new, counted', to: 'without authentication, an empty middleware' },
  ],
  checkCounts: ({ verifications, userLookUps }) => {
    if (verifications !== undefined && (verifications !== 1 || userLookUps !== 1)) {
      throw new Error(`a batch took ${verifications} verifications and ${userLookUps ?? 0} user look-ups, where each is to be one`);
    }
  },
};

const mutations = (path: string, isRight: LoadRequest['isRight']) => (): LoadRequest[] => [
  { bytes: requestBytes({ method: 'POST', path, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ username: 'ada', password: 'engine' }) }), isRight },
];

export const obtain: Comparison = {
  name: 'obtain',
  title: 'A login, the password not hashed',
  variants: [
    { name: 'an empty tRPC mutation', server: server('open'), requests: mutations('/trpc/empty', (status, body) => status === 200 && body === '{"result":{"data":{}}}') },
    { name: 'trpc-jwt-auth, obtain', server: server('ours'), requests: mutations('/trpc/auth.obtain', (status, body) => status === 200 && body.startsWith('{"result":{"data":{"token":"eyJ')) },
  ],
  ratios: [{ of: 'trpc-jwt-auth, obtain', to: 'an empty tRPC mutation', least: 0.75 }],
};
