import { kyselySessions, kyselyThrottle } from 'trpc-jwt-auth/stores/kysely';
import { redisSessions, redisThrottle } from 'trpc-jwt-auth/stores/redis';

import { equal } from './check.js';
import type { Check } from './check.js';

/** The stores of several processes, whose servers are elsewhere. */
export const storeChecks: readonly Check[] = [
  {
    name: 'loads the stores for SQL and Redis',
    run: async () => {
      equal([kyselySessions, kyselyThrottle, redisSessions, redisThrottle].map((store) => typeof store), ['function', 'function', 'function', 'function']);
    },
  },
];
