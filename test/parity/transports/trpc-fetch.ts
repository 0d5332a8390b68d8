import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { fetchContext } from 'trpc-jwt-auth/fetch';

import { listenFetch } from '../fetch-server.js';
import type { FetchApp } from '../fetch-server.js';
import type { OperationsWithMe, Transport } from '../transport.js';
import { authApp, trpcKindOf } from './trpc-router.js';
import { trpcOperations } from './trpc-over-http.js';

/** Procedures over HTTP where requests and responses are those of the Fetch Standard, called by tRPC's own client. */
export const trpcFetch: Transport<OperationsWithMe> = {
  name: 'tRPC over HTTP on fetch',
  serve: async (auths) => {
    const apps = auths.map((auth, index) => ({ auth, router: authApp(auth), endpoint: `/trpc${index}` }));
    const app: FetchApp = (req, peer) => {
      const { pathname } = new URL(req.url);
      const found = apps.find(({ endpoint }) => pathname.startsWith(`${endpoint}/`));
      if (found === undefined) return Promise.resolve(new Response(null, { status: 404 }));
      const { auth, endpoint, router } = found;
      return fetchRequestHandler({ endpoint, req, router, createContext: fetchContext(auth, undefined, { clientAddress: () => peer.address }) });
    };
    const { origin, close } = await listenFetch(app);
    const [first, ...others] = apps.map(({ endpoint }) => trpcOperations(`${origin}${endpoint}`));
    if (first === undefined) throw new Error('no auth given');
    return { origin, apps: [first, ...others], close };
  },
  kindOf: trpcKindOf,
};
