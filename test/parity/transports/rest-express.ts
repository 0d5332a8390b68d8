import express from 'express';
import type { JwtAuth } from 'trpc-jwt-auth';
import { requireUser, restBridge } from 'trpc-jwt-auth/express';

import { listen } from '../listening.js';
import type { User } from '../scene.js';
import type { Transport } from '../transport.js';
import { restKindOf, restOperations } from './rest-over-http.js';

/** The REST endpoints on Express. */
export const restExpress: Transport = {
  name: 'REST on Express',
  serve: async (auths) => {
    const app = express();
    const paths = auths.map((auth: JwtAuth<User>, index) => {
      const router = express.Router();
      router.use(restBridge(auth));
      router.all('/api/protected-endpoint/', requireUser(auth, (request, response) => response.json({ username: request.user.username })));
      app.use(`/app${index}`, router);
      return `/app${index}`;
    });
    const { origin, close } = await listen(app);
    const [first, ...others] = paths.map((path) => restOperations(`${origin}${path}`));
    if (first === undefined) throw new Error('no auth given');
    return { origin, apps: [first, ...others], close };
  },
  kindOf: restKindOf,
};
