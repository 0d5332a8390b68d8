import { createTRPCClient, createWSClient, httpBatchLink, httpSubscriptionLink, splitLink, TRPCClientError, wsLink } from '@trpc/client';
import type { TRPCLink } from '@trpc/client';
import { EventSource } from 'eventsource';
import superjson from 'superjson';
import { createAuthClient, createAuthStreams, memoryTokens } from 'trpc-jwt-auth/client';
import { WebSocket } from 'ws';

import type { StreamApp } from './stream-app.js';
import type { StreamServer } from './stream-server.js';

export type Wire = 'SSE with tickets' | 'SSE with headers' | 'WebSocket';

export const WIRES: readonly Wire[] = ['SSE with tickets', 'SSE with headers', 'WebSocket'];

/** A front end of its own: an authentication client, and a tRPC client whose streams go over one of the wires. */
export function streamClient({ url, socketUrl }: Pick<StreamServer, 'url' | 'socketUrl'>, wire: Wire) {
  const transformer = superjson;
  const authClient = createAuthClient<StreamApp>()({ url, path: 'auth', transformer, storage: memoryTokens() });
  const streams = createAuthStreams(authClient);
  const opened: WebSocket[] = [];
  class NotedSocket extends WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      opened.push(this);
    }
  }
  const socket = wire === 'WebSocket' ? createWSClient({ url: socketUrl, ...streams.webSocketOptions({ WebSocket: NotedSocket }), retryDelayMs: () => 50 }) : undefined;
  const terminating = (): TRPCLink<StreamApp> => {
    if (socket !== undefined) return wsLink<StreamApp>({ client: socket, transformer });
    if (wire === 'SSE with headers') return httpSubscriptionLink<StreamApp, typeof EventSource>({ url, transformer, EventSource, eventSourceOptions: async () => ({ fetch: (await streams.eventSourceOptions()).fetch }) });
    return httpSubscriptionLink<StreamApp, typeof EventSource>({ url, transformer, EventSource, connectionParams: streams.connectionParams });
  };
  const batch = httpBatchLink<StreamApp>({ url, transformer, headers: authClient.headers });
  const trpc = createTRPCClient<StreamApp>({
    links: [authClient.link(), splitLink({ condition: ({ type }) => socket !== undefined || type === 'subscription', true: [streams.link(), terminating()], false: batch })],
  });
  return {
    authClient,
    trpc,
    streams,
    /** Whether one of its sockets is open, as far as it knows. */
    isConnected: () => opened.some(({ readyState }) => readyState === WebSocket.OPEN),
    close: async () => {
      authClient.dispose();
      await socket?.close();
    },
  };
}

export type StreamClient = ReturnType<typeof streamClient>;

export interface Reading {
  readonly seen: string[];
  /** The authCode of the error it ended with, or the error's message. */
  readonly ended: () => string | undefined;
  readonly states: unknown[];
  readonly stop: () => void;
}

/** Reads a subscription to its end. */
export function readStream({ trpc }: StreamClient, procedure: 'events' | 'closely' | 'open' = 'events'): Reading {
  const seen: string[] = [];
  const states: unknown[] = [];
  let ended: string | undefined;
  const { unsubscribe } = trpc[procedure].subscribe(undefined, {
    onData: ({ data }) => void seen.push(data),
    onConnectionStateChange: ({ state }) => void states.push(state),
    onError: (error) => {
      ended = (error instanceof TRPCClientError && error.data?.authCode) || error.message;
    },
    onComplete: () => {
      ended = 'done';
    },
  });
  return { seen, states, ended: () => ended, stop: unsubscribe };
}
