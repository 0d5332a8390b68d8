import { StrictMode } from 'react';
import type { AuthState } from 'trpc-jwt-auth/client';
import { AuthProvider, useAuth } from 'trpc-jwt-auth/client/react';

interface Client {
  subscribe: (listener: () => void) => () => void;
  getSnapshot: () => AuthState<{ username?: string }>;
}

function Greeting() {
  const { state } = useAuth<Client>();
  if (state.status === 'loading') return <p>Loading</p>;
  return <p>{state.status === 'signed-in' ? `Hello, ${state.user.username ?? ''}` : `Signed out: ${state.reason}`}</p>;
}

/** What a server renders, and a page brings to life. */
export function GreetingPage({ client }: { client: Client }) {
  return (
    <StrictMode>
      <AuthProvider client={client}>
        <Greeting />
        <Greeting />
      </AuthProvider>
    </StrictMode>
  );
}
