import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { fetchContext, requireUser, restBridge } from 'trpc-jwt-auth/fetch';

import type { App } from './app.js';

/** Who is at the other end, as far as a runtime says. */
export interface Peer {
  readonly address: string | undefined;
}

const clientAddress = (_request: Request, peer: Peer): string | undefined => peer.address;

/** The app as every server of Requests takes it. */
export function fetchApp({ auth, router }: App): (request: Request, peer: Peer) => Promise<Response> {
  const bridge = restBridge(auth, { clientAddress });
  const protectedEndpoint = requireUser(auth, (_request, { user }) => Response.json({ username: user.username }));
  return async (request, peer) => {
    const { pathname } = new URL(request.url);
    if (pathname === '/api/protected-endpoint/') return protectedEndpoint(request);
    if (!pathname.startsWith('/trpc/')) return (await bridge(request, peer)) ?? new Response('Not found', { status: 404 });
    const createContext = fetchContext(auth, undefined, { clientAddress: () => peer.address });
    return fetchRequestHandler({ endpoint: '/trpc', req: request, router, createContext });
  };
}
