import { startRedis } from '../../test/servers/redis-server.js';
import type { Comparison, Variant } from '../harness/comparison.js';
import { greeting, greetings } from './express-endpoint.js';

const withSessions = (variant: string): Variant => ({
  name: `Redis sessions, ${variant}`,
  server: { file: 'session-endpoint', variant },
  requests: ({ facts }) => (facts?.['tokens'] ?? '').split(' ').map((token) => greeting(`Bearer ${token}`)),
});

export const redisSessions: Comparison = {
  name: 'redis-sessions',
  title: 'A protected Express endpoint with sessions in Redis',
  prepare: async () => {
    const { url, stop } = await startRedis();
    return { env: { BENCH_REDIS_URL: url }, stop };
  },
  variants: [
    { name: 'stateless', server: { file: 'express-endpoint', variant: 'ours' }, requests: greetings('seen') },
    withSessions('recheckSeconds: 0'),
    withSessions('recheckSeconds: 5'),
  ],
  ratios: [
    { of: 'Redis sessions, recheckSeconds: 0', to: 'stateless', least: 0.7 },
    { of: 'Redis sessions, recheckSeconds: 5', to: 'stateless', least: 0.95 },
  ],
};
