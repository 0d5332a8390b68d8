// The clock first: what is loaded after it sees no other.
import './device-clock.js';

import { createTRPCClient, httpBatchLink, httpBatchStreamLink, httpLink } from '@trpc/client';
import superjson from 'superjson';
import { AuthClientError, cookieTokens, createAuthClient, createRestAuthClient, localStorageTokens, memoryTokens, sessionStorageTokens } from 'trpc-jwt-auth/client';
import type { AuthState } from 'trpc-jwt-auth/client';

import type { AppRouter } from './sdk-server.js';

/** How a page is to use the SDK. */
export interface PageOptions {
  /** @default 'local' */
  storage?: keyof typeof STORAGES;
  /** The last link of the app's client. @default 'single': one request for each call */
  link?: keyof typeof LINKS;
  /** How long a refresh may take, and how long to wait for another tab's, in milliseconds. */
  timeoutMs?: number;
  lockTimeoutMs?: number;
}

/** A state, and when the page's listener saw it, in milliseconds by a clock that all pages share. */
export interface SeenState {
  state: AuthState;
  at: number;
}

/** What became of calls. */
export interface CallOutcome {
  succeeded: number;
  /** Codes, or messages where there was no code. */
  failed: string[];
}

const STORAGES = {
  local: () => localStorageTokens('jwt_token'),
  session: () => sessionStorageTokens('jwt_token'),
  memory: () => memoryTokens(),
  cookie: () => cookieTokens(),
};
const LINKS = { single: httpLink<AppRouter>, batch: httpBatchLink<AppRouter>, stream: httpBatchStreamLink<AppRouter> };
const url = '/trpc';

function start({ storage = 'local', link = 'single', ...settings }: PageOptions = {}) {
  const authClient = createAuthClient<AppRouter>()({
    url,
    path: 'auth',
    transformer: superjson,
    storage: STORAGES[storage](),
    ...settings,
  });
  const trpc = createTRPCClient<AppRouter>({ links: [authClient.link(), LINKS[link]({ url, transformer: superjson, headers: authClient.headers })] });
  const seen: SeenState[] = [];
  const see = (): void => void seen.push({ state: authClient.getSnapshot(), at: performance.timeOrigin + performance.now() });
  see();
  authClient.subscribe(see);
  return { authClient, trpc, seen };
}

async function settle(calls: Promise<unknown>[]): Promise<CallOutcome> {
  const results = await Promise.allSettled(calls);
  const failed = results.flatMap((result) => (result.status === 'rejected' ? [nameOf(result.reason)] : []));
  return { succeeded: results.length - failed.length, failed };
}

function nameOf(error: unknown): string {
  if (error instanceof AuthClientError) return error.code;
  const { data, message } = error as { data?: { authCode?: string | null; code?: string } | null; message: string };
  return data?.authCode ?? data?.code ?? message;
}

const sdk = {
  ...{ createAuthClient, createRestAuthClient, localStorageTokens, sessionStorageTokens, memoryTokens, cookieTokens },
  ...{ createTRPCClient, httpLink, httpBatchLink, httpBatchStreamLink, superjson },
  ...{ start, settle, nameOf },
};

declare global {
  interface Window {
    sdk: typeof sdk;
    app: ReturnType<typeof start>;
  }
}

window.sdk = sdk;
