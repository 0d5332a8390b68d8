import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import type { JwtAuth } from 'trpc-jwt-auth';
import { standaloneContext } from 'trpc-jwt-auth/standalone';

import { listen } from '../listening.js';
import type { User } from '../scene.js';
import type { OperationsWithMe, Transport } from '../transport.js';
import { trpcOperations } from './trpc-over-http.js';
import { authApp, trpcKindOf } from './trpc-router.js';

/** Procedures on tRPC's standalone server. */
export const trpcStandalone: Transport<OperationsWithMe> = {
  name: "tRPC's standalone server",
  serve: async (auths) => {
    const handlers = auths.map((auth: JwtAuth<User>, index) => createHTTPHandler({ router: authApp(auth), createContext: standaloneContext(auth), basePath: `/trpc${index}/` }));
    const { origin, close } = await listen((request, response) => {
      const [, index = '0'] = /^\/trpc(\d+)\//.exec(request.url ?? '') ?? [];
      handlers[Number(index)]?.(request, response);
    });
    const [first, ...others] = handlers.map((_handler, index) => trpcOperations(`${origin}/trpc${index}`));
    if (first === undefined) throw new Error('no auth given');
    return { origin, apps: [first, ...others], close };
  },
  kindOf: trpcKindOf,
};
