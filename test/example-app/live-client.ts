import { createTRPCClient, httpBatchLink, httpSubscriptionLink, splitLink, TRPCClientError } from '@trpc/client';
import { EventSource } from 'eventsource';
import superjson from 'superjson';
import { createAuthClient, createAuthStreams, memoryTokens } from 'trpc-jwt-auth/client';
import { onTestFinished } from 'vitest';

import type { AppRouter } from '../../example-app/router.js';

export interface Listening {
  /** The ids of the events so far. */
  readonly ids: string[];
  /** What it ended with. */
  readonly ended: () => string | undefined;
  readonly stop: () => void;
}

/** A signed-in client of the example app with the links of its page, until the test has ended. */
export async function liveClient(serverUrl: string, credentials = { username: 'testuser', password: 'testpass123' }) {
  const common = { url: `${serverUrl}/trpc`, transformer: superjson };
  const authClient = createAuthClient<AppRouter>()({ ...common, path: 'auth', storage: memoryTokens() });
  const streams = createAuthStreams(authClient);
  const { notes } = createTRPCClient<AppRouter>({
    links: [
      authClient.link(),
      splitLink({
        condition: ({ type }) => type === 'subscription',
        true: [streams.link(), httpSubscriptionLink<AppRouter, typeof EventSource>({ ...common, EventSource, connectionParams: streams.connectionParams })],
        false: httpBatchLink({ ...common, headers: authClient.headers }),
      }),
    ],
  });
  await authClient.obtain(credentials);
  onTestFinished(() => authClient.dispose());

  const listen = (lastEventId?: string): Listening => {
    const ids: string[] = [];
    let ended: string | undefined;
    const { unsubscribe } = notes.changes.subscribe(lastEventId === undefined ? undefined : { lastEventId }, {
      onData: ({ id }) => void ids.push(id),
      onError: (error) => void (ended = (error instanceof TRPCClientError && error.data?.authCode) || error.message),
      onComplete: () => void (ended = 'done'),
    });
    onTestFinished(unsubscribe);
    return { ids, ended: () => ended, stop: unsubscribe };
  };
  return { authClient, notes, listen };
}
