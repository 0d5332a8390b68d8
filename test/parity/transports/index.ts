import type { OperationsWithMe, Transport } from '../transport.js';
import { restExpress } from './rest-express.js';
import { restFastify } from './rest-fastify.js';
import { restFetch } from './rest-fetch.js';
import { restStandalone } from './rest-standalone.js';
import { trpcCaller } from './trpc-caller.js';
import { trpcExpress } from './trpc-express.js';
import { trpcFastify } from './trpc-fastify.js';
import { trpcFetch } from './trpc-fetch.js';
import { trpcStandalone } from './trpc-standalone.js';

/** The transports that have the procedure `me`. */
export const transportsWithMe: readonly Transport<OperationsWithMe>[] = [trpcCaller, trpcExpress, trpcStandalone, trpcFetch, trpcFastify];

/** Every transport; a new adapter is added here. */
export const transports: readonly Transport[] = [...transportsWithMe, restExpress, restStandalone, restFetch, restFastify];
