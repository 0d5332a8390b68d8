import type { TRPCLink } from '@trpc/client';
import type { AnyRouter } from '@trpc/server';

import { createAuthSockets } from './auth-sockets.js';
import type { WebSocketClass } from './auth-sockets.js';
import { clientError } from './auth-client-error.js';
import { userIdOf } from './session-keeper.js';
import { isSame } from './session-state.js';
import { createStreamLink } from './stream-link.js';
import { withTimeout } from './timeout.js';
import { CLIENT_PARTS } from './trpc-client.js';
import type { TrpcAuthClient } from './trpc-client.js';

/** What opens a stream; nothing where nobody is signed in. */
export type StreamParams = Record<string, string>;

/** What `eventSourceOptions` of a subscription link gives an EventSource that can send headers. */
export interface AuthEventSourceOptions {
  headers: Record<string, string>;
  fetch: typeof fetch;
  withCredentials: boolean;
}

/** What `createWSClient` is given beside its URL. */
export interface AuthWebSocketOptions {
  connectionParams: () => Promise<StreamParams>;
  WebSocket: typeof WebSocket;
}

/** What an app's links need for subscriptions and sockets. */
export interface AuthStreams<Router extends AnyRouter> {
  /** The link before `httpSubscriptionLink` or `wsLink`: it renews what has expired, and resumes behind the last event. */
  link: () => TRPCLink<Router>;
  /** A ticket, good for one stream: for `httpSubscriptionLink` with the browser's own EventSource, which can send no header. @throws AuthClientError */
  connectionParams: () => Promise<StreamParams>;
  /** For `httpSubscriptionLink` with an EventSource that can send headers. */
  eventSourceOptions: () => Promise<AuthEventSourceOptions>;
  /** For `createWSClient`: tickets, and a class of sockets that are replaced when the token is, and closed when another user signs in. @default the global WebSocket */
  webSocketOptions: (options?: { readonly WebSocket?: WebSocketClass }) => AuthWebSocketOptions;
}

const TICKET_TIMEOUT_MS = 10_000;

/**
 * What subscriptions and sockets need of an authentication client: tickets to open them with, and a link that keeps them going.
 *
 * @param client - what createAuthClient made
 * @example
 * ```ts
 * import { createTRPCClient, httpBatchLink, httpSubscriptionLink, splitLink } from '@trpc/client';
 * import { initTRPC } from '@trpc/server';
 * import { authErrorFormatter, createAuthRouter, type AuthContext, type JwtAuth } from 'trpc-jwt-auth';
 * import { createAuthClient, createAuthStreams, localStorageTokens } from 'trpc-jwt-auth/client';
 *
 * declare const auth: JwtAuth;
 * const t = initTRPC.context<AuthContext>().create({ errorFormatter: authErrorFormatter() });
 * const appRouter = t.router({ auth: createAuthRouter(auth, t) });
 *
 * const authClient = createAuthClient<typeof appRouter>()({ url: '/trpc', path: 'auth', storage: localStorageTokens() });
 * const streams = createAuthStreams(authClient);
 * const trpc = createTRPCClient<typeof appRouter>({
 *   links: [
 *     authClient.link(),
 *     splitLink({
 *       condition: ({ type }) => type === 'subscription',
 *       true: [streams.link(), httpSubscriptionLink({ url: '/trpc', connectionParams: streams.connectionParams })],
 *       false: httpBatchLink({ url: '/trpc', headers: authClient.headers }),
 *     }),
 *   ],
 * });
 * console.log(await streams.connectionParams()); // {}
 * ```
 */
export function createAuthStreams<Router extends AnyRouter, Path extends string>(client: TrpcAuthClient<Router, Path>): AuthStreams<Router> {
  const { keeper, call, fetch } = client[CLIENT_PARTS];
  const sockets = createAuthSockets();
  let known = keeper.current();
  keeper.subscribe(() => {
    const previous = known;
    known = keeper.current();
    if (userIdOf(known) !== userIdOf(previous)) sockets.close();
    else if (!isSame(known, previous)) sockets.replace();
  });

  const connectionParams = async (): Promise<StreamParams> => {
    await keeper.fresh();
    if (!keeper.current()) return {};
    const ask = (): Promise<unknown> => withTimeout(TICKET_TIMEOUT_MS, (signal) => call('ticket', undefined, { headers: keeper.headers(), signal }));
    const { ticket } = (await keeper.attempt(ask, (error) => clientError(error).code)) as { ticket: string };
    return { ticket };
  };
  return {
    link: () => createStreamLink(keeper, sockets),
    connectionParams,
    eventSourceOptions: async () => ({
      headers: await client.headers(),
      // An EventSource connects again by itself, later, and then too with a token that is good, or with none.
      fetch: (input, init) => (keeper.current() ? client.fetch : fetch)(input, init),
      withCredentials: keeper.cookies,
    }),
    webSocketOptions: ({ WebSocket: Base = globalThis.WebSocket as WebSocketClass | undefined } = {}) => {
      if (Base === undefined) throw new Error("createAuthStreams: there is no WebSocket here; give webSocketOptions one, as { WebSocket } of the package 'ws'.");
      return { connectionParams, WebSocket: sockets.classOf(Base) as unknown as typeof WebSocket };
    },
  };
}
