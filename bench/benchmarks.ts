import { expressEndpoint } from './cases/express-endpoint.js';
import { fastifyEndpoint } from './cases/fastify-endpoint.js';
import { honoEndpoint } from './cases/hono-endpoint.js';
import { processes } from './cases/processes.js';
import { refresh, restOnExpress, restOnFastify, restOnNode } from './cases/rest-endpoints.js';
import { redisSessions } from './cases/session-endpoint.js';
import { obtain, trpcBatch, trpcQuery } from './cases/trpc-procedures.js';
import { microseconds } from './cases/waiting-endpoint.js';
import { connections, tokenSizes } from './curves/endpoint-load.js';
import { sessionStores } from './curves/session-stores.js';
import { tokenCache } from './curves/token-cache.js';
import type { Benchmark } from './harness/benchmark.js';
import { comparisonBenchmark } from './harness/comparison-benchmark.js';
import { loginFlood } from './login-flood.js';
import { soak } from './soak.js';
import { startUp } from './start-up.js';

const comparisons = [expressEndpoint, fastifyEndpoint, honoEndpoint, trpcQuery, trpcBatch, restOnExpress, restOnFastify, restOnNode, refresh, obtain, redisSessions, processes, microseconds];

/** All benchmarks, in the order that they are run and reported in. */
export const benchmarks: readonly Benchmark[] = [...comparisons.map(comparisonBenchmark), loginFlood, startUp, connections, tokenSizes, tokenCache, sessionStores, soak];
