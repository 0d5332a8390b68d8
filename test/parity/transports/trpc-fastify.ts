import { fastifyTRPCPlugin } from '@trpc/server/adapters/fastify';
import fastify from 'fastify';
import { fastifyContext } from 'trpc-jwt-auth/fastify';

import type { OperationsWithMe, Transport } from '../transport.js';
import { trpcOperations } from './trpc-over-http.js';
import { authApp, trpcKindOf } from './trpc-router.js';

/** Procedures over HTTP on Fastify, called by tRPC's own client. */
export const trpcFastify: Transport<OperationsWithMe> = {
  name: 'tRPC over HTTP on Fastify',
  serve: async (auths) => {
    const app = fastify({ forceCloseConnections: true });
    for (const [index, auth] of auths.entries()) {
      await app.register(fastifyTRPCPlugin, { prefix: `/trpc${index}`, trpcOptions: { router: authApp(auth), createContext: fastifyContext(auth) } });
    }
    const origin = await app.listen({ port: 0, host: '127.0.0.1' });
    const [first, ...others] = auths.map((_auth, index) => trpcOperations(`${origin}/trpc${index}`));
    if (first === undefined) throw new Error('no auth given');
    return { origin, apps: [first, ...others], close: () => app.close() };
  },
  kindOf: trpcKindOf,
};
