import { useState } from 'react';
import { useAuth } from 'trpc-jwt-auth/client/react';

import { Account } from './account.js';
import type { authClient } from './auth-client.js';
import { Loading } from './loading.js';
import { FAREWELLS, NOT_TOLD, STILL_SIGNED_IN } from './messages.js';
import { SignIn } from './sign-in.js';

export function NotesApp() {
  const { state, client } = useAuth<typeof authClient>();
  const [notice, setNotice] = useState('');

  const signOut = (): void => {
    setNotice('');
    client.logout().catch(() => setNotice(client.getSnapshot().status === 'signed-in' ? STILL_SIGNED_IN : NOT_TOLD));
  };
  if (state.status === 'loading') return <Loading />;
  if (state.status === 'signed-out') return <SignIn note={notice || FAREWELLS[state.reason]} onStart={() => setNotice('')} />;
  return <Account key={state.user.user_id} user={state.user} notice={notice} onSignOut={signOut} />;
}
