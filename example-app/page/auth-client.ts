import { QueryClient } from '@tanstack/react-query';
import { createTRPCClient, httpBatchLink, httpSubscriptionLink, splitLink } from '@trpc/client';
import superjson from 'superjson';
import { cookieTokens, createAuthClient, createAuthStreams, localStorageTokens } from 'trpc-jwt-auth/client';

import type { AppRouter } from '../router.js';
import { isUnreachable } from './messages.js';

const UNREACHABLE_REFETCH_MS = 5000;

const url = '/trpc';
const inCookies = document.querySelector('meta[name="auth-mode"]')?.getAttribute('content') === 'cookie';

export const authClient = createAuthClient<AppRouter>()({
  url,
  path: 'auth',
  transformer: superjson,
  storage: inCookies ? cookieTokens() : localStorageTokens('jwt_token'),
});

const streams = createAuthStreams(authClient);

export const trpc = createTRPCClient<AppRouter>({
  links: [
    authClient.link(),
    splitLink({
      condition: ({ type }) => type === 'subscription',
      true: [streams.link(), httpSubscriptionLink({ url, transformer: superjson, connectionParams: streams.connectionParams })],
      false: httpBatchLink({ url, transformer: superjson, headers: authClient.headers }),
    }),
  ],
});

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => failures < 2 && isUnreachable(error),
      // A server that comes back makes no browser fire `online`.
      refetchInterval: ({ state }) => isUnreachable(state.error) && UNREACHABLE_REFETCH_MS,
    },
    mutations: { retry: false },
  },
});

// What one user has loaded is not kept for the next.
const currentUser = (): number | undefined => {
  const state = authClient.getSnapshot();
  return state.status === 'signed-in' ? state.user.user_id : undefined;
};
let lastUser = currentUser();
authClient.subscribe(() => {
  const user = currentUser();
  if (user !== lastUser) queryClient.clear();
  lastUser = user;
});
