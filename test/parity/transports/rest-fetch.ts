import { requireUser, restBridge } from 'trpc-jwt-auth/fetch';

import { listenFetch } from '../fetch-server.js';
import type { Peer } from '../fetch-server.js';
import type { Transport } from '../transport.js';
import { restKindOf, restOperations } from './rest-over-http.js';

/** The REST endpoints where requests and responses are those of the Fetch Standard. */
export const restFetch: Transport = {
  name: 'REST on fetch',
  serve: async (auths) => {
    const apps = auths.map((auth) => ({
      bridge: restBridge(auth, { clientAddress: (_request, peer: Peer) => peer.address }),
      guarded: requireUser(auth, (_request, { user }) => Response.json({ username: user.username })),
    }));
    const { origin, close } = await listenFetch(async (whole, peer) => {
      const url = new URL(whole.url);
      const [, index = '0', path = '/'] = /^\/app(\d+)(\/.*)$/.exec(url.pathname) ?? [];
      url.pathname = path;
      // As frameworks mount an app below a path.
      const request = new Request(url, whole);
      const app = apps[Number(index)];
      const answer = await app?.bridge(request, peer);
      if (answer !== undefined) return answer;
      return app !== undefined && path === '/api/protected-endpoint/' ? app.guarded(request) : new Response(null, { status: 404 });
    });
    const [first, ...others] = apps.map((_app, index) => restOperations(`${origin}/app${index}`));
    if (first === undefined) throw new Error('no auth given');
    return { origin, apps: [first, ...others], close };
  },
  kindOf: restKindOf,
};
