import type { JwtAuth } from 'trpc-jwt-auth';
import { requireUser, restBridge } from 'trpc-jwt-auth/standalone';

import { listen } from '../listening.js';
import type { User } from '../scene.js';
import type { Transport } from '../transport.js';
import { restKindOf, restOperations } from './rest-over-http.js';

/** The REST endpoints on node:http alone. */
export const restStandalone: Transport = {
  name: 'REST on node:http',
  serve: async (auths) => {
    const apps = auths.map((auth: JwtAuth<User>) => ({
      bridge: restBridge(auth),
      guarded: requireUser(auth, (_request, response, { user }) => response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ username: user.username }))),
    }));
    const { origin, close } = await listen((request, response) => {
      const [, index = '0', path = '/'] = /^\/app(\d+)(\/.*)$/.exec(request.url ?? '') ?? [];
      request.url = path;
      const app = apps[Number(index)];
      app?.bridge(request, response, () => (path === '/api/protected-endpoint/' ? app.guarded(request, response) : response.writeHead(404).end()));
    });
    const [first, ...others] = apps.map((_app, index) => restOperations(`${origin}/app${index}`));
    if (first === undefined) throw new Error('no auth given');
    return { origin, apps: [first, ...others], close };
  },
  kindOf: restKindOf,
};
