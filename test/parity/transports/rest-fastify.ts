import fastify from 'fastify';
import { requireUser, restBridge } from 'trpc-jwt-auth/fastify';

import type { Transport } from '../transport.js';
import { restKindOf, restOperations } from './rest-over-http.js';

/** The REST endpoints on Fastify. */
export const restFastify: Transport = {
  name: 'REST on Fastify',
  serve: async (auths) => {
    const app = fastify({ forceCloseConnections: true });
    for (const [index, auth] of auths.entries()) {
      const prefix = `/app${index}`;
      await app.register(restBridge(auth), { prefix });
      app.all(`${prefix}/api/protected-endpoint/`, requireUser(auth, (_request, _reply, { user }) => ({ username: user.username })));
    }
    const origin = await app.listen({ port: 0, host: '127.0.0.1' });
    const [first, ...others] = auths.map((_auth, index) => restOperations(`${origin}/app${index}`));
    if (first === undefined) throw new Error('no auth given');
    return { origin, apps: [first, ...others], close: () => app.close() };
  },
  kindOf: restKindOf,
};
