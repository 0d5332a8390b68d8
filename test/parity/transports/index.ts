import type { OperationsWithMe, Transport } from '../transport.js';
import { restExpress } from './rest-express.js';
import { trpcCaller } from './trpc-caller.js';
import { trpcExpress } from './trpc-express.js';

/** The transports that have the procedure `me`. */
export const transportsWithMe: readonly Transport<OperationsWithMe>[] = [trpcCaller, trpcExpress];

/** Every transport; a new adapter is added here. */
export const transports: readonly Transport[] = [...transportsWithMe, restExpress];
