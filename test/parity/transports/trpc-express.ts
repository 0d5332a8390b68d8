import { createExpressMiddleware } from '@trpc/server/adapters/express';
import express from 'express';
import type { JwtAuth } from 'trpc-jwt-auth';
import { expressContext } from 'trpc-jwt-auth/express';

import { listen } from '../listening.js';
import type { User } from '../scene.js';
import type { OperationsWithMe, Transport } from '../transport.js';
import { authApp, trpcKindOf } from './trpc-router.js';
import { trpcOperations } from './trpc-over-http.js';

/** Procedures over HTTP on Express, called by tRPC's own client. */
export const trpcExpress: Transport<OperationsWithMe> = {
  name: 'tRPC over HTTP on Express',
  serve: async (auths) => {
    const app = express();
    const paths = auths.map((auth: JwtAuth<User>, index) => {
      app.use(`/trpc${index}`, createExpressMiddleware({ router: authApp(auth), createContext: expressContext(auth) }));
      return `/trpc${index}`;
    });
    const { origin, close } = await listen(app);
    const [first, ...others] = paths.map((path) => trpcOperations(`${origin}${path}`));
    if (first === undefined) throw new Error('no auth given');
    return { origin, apps: [first, ...others], close };
  },
  kindOf: trpcKindOf,
};
