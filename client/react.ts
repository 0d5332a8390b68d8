import { createContext, createElement, useContext, useSyncExternalStore } from 'react';
import type { ReactElement, ReactNode } from 'react';

import type { AuthState } from './session-state.js';

/** What AuthProvider needs of a client. */
export interface ObservableAuthClient {
  subscribe: (listener: () => void) => () => void;
  getSnapshot: () => AuthState;
}

const AuthClientContext = createContext<ObservableAuthClient | null>(null);

// Neither a server nor the page before it has come alive knows what a browser has stored.
const UNKNOWN: AuthState<never> = { status: 'loading' };

/**
 * Gives the components below it a client.
 *
 * @example
 * ```ts
 * import { createElement } from 'react';
 * import { createRestAuthClient } from 'trpc-jwt-auth/client';
 * import { AuthProvider } from 'trpc-jwt-auth/client/react';
 *
 * const client = createRestAuthClient();
 * const app = createElement(AuthProvider, { client }, 'the app');
 * ```
 */
export function AuthProvider({ client, children }: { client: ObservableAuthClient; children?: ReactNode }): ReactElement {
  return createElement(AuthClientContext.Provider, { value: client }, children);
}

/** What useAuth gives: the state, and the client for its operations. */
export interface Auth<Client extends ObservableAuthClient> {
  readonly state: ReturnType<Client['getSnapshot']>;
  readonly client: Client;
}

/**
 * The state of authentication, and the client; the component is rendered again when the state changes. On a server, and while hydrating, the state is `loading`.
 *
 * @throws Error outside of an AuthProvider
 * @example
 * ```ts
 * import { createRestAuthClient } from 'trpc-jwt-auth/client';
 * import { useAuth } from 'trpc-jwt-auth/client/react';
 *
 * const authClient = createRestAuthClient();
 * function Name(): string {
 *   const { state } = useAuth<typeof authClient>();
 *   return state.status === 'signed-in' ? (state.user.username ?? '') : 'stranger';
 * }
 * ```
 */
export function useAuth<Client extends ObservableAuthClient = ObservableAuthClient>(): Auth<Client> {
  const client = useContext(AuthClientContext) as Client | null;
  if (client === null) throw new Error('useAuth: there is no AuthProvider above this component.');
  const state = useSyncExternalStore(client.subscribe, client.getSnapshot, () => UNKNOWN);
  return { state: state as ReturnType<Client['getSnapshot']>, client };
}
