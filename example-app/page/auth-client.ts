import { QueryClient } from '@tanstack/react-query';
import { createTRPCClient, httpBatchLink } from '@trpc/client';
import superjson from 'superjson';
import { cookieTokens, createAuthClient, localStorageTokens } from 'trpc-jwt-auth/client';

import type { AppRouter } from '../router.js';
import { isUnreachable } from './messages.js';

const url = '/trpc';
const inCookies = document.querySelector('meta[name="auth-mode"]')?.getAttribute('content') === 'cookie';

export const authClient = createAuthClient<AppRouter>()({
  url,
  path: 'auth',
  transformer: superjson,
  storage: inCookies ? cookieTokens() : localStorageTokens('jwt_token'),
});

export const trpc = createTRPCClient<AppRouter>({
  links: [authClient.link(), httpBatchLink({ url, transformer: superjson, headers: authClient.headers })],
});

export const queryClient = new QueryClient({
  defaultOptions: { queries: { retry: (failures, error) => failures < 2 && isUnreachable(error) }, mutations: { retry: false } },
});

// What one user has loaded is not kept for the next.
let lastUser: unknown;
authClient.subscribe(() => {
  const state = authClient.getSnapshot();
  const user = state.status === 'signed-in' ? state.user.user_id : undefined;
  if (user !== lastUser) queryClient.clear();
  lastUser = user;
});
