import { useQuery } from '@tanstack/react-query';
import { useAuth } from 'trpc-jwt-auth/client/react';

import { trpc } from './auth-client.js';
import type { authClient } from './auth-client.js';
import { Devices } from './devices.js';
import { errorToShow, isUnreachable } from './messages.js';
import { Notes } from './notes.js';
import { useLiveNotes } from './live-notes.js';
import { Loading } from './loading.js';
import { OfflineBanner } from './offline-banner.js';
import { TokenLife } from './token-life.js';
import { WhoAmI } from './who-am-i.js';

const DEVICES_REFETCH_MS = 15_000;

interface AccountProps {
  user: { user_id: number; username: string };
  /** What went wrong with the whole session. */
  notice: string;
  onSignOut: () => void;
}

export function Account({ user, notice, onSignOut }: AccountProps) {
  const { client } = useAuth<typeof authClient>();
  const notes = useQuery({ queryKey: [user.user_id, 'notes'], queryFn: ({ signal }) => trpc.notes.list.query(undefined, { signal }) });
  const { isCut } = useLiveNotes(user.user_id, notes.data !== undefined);
  // Asking now and then is also how a page learns that it has been signed out from elsewhere.
  const devices = useQuery({ queryKey: [user.user_id, 'devices'], queryFn: ({ signal }) => client.sessions.list({ signal }), refetchInterval: DEVICES_REFETCH_MS });
  const isReady = !notes.isPending && !devices.isPending;
  return (
    <>
      <header>
        <div className="bar">
          <p className="brand">
            <img src="/icon.svg" alt="" width="28" height="28" />
            <span>Notes</span>
          </p>
          <TokenLife />
          <p className="who" title={user.username}>
            {user.username}
          </p>
          <button type="button" className="quiet" onClick={onSignOut}>
            Sign out
          </button>
        </div>
        <OfflineBanner isUnreachable={isCut || [notes, devices].some(({ error, failureReason }) => isUnreachable(failureReason ?? error))} />
        {notice !== '' && (
          <p className="banner" role="alert">
            {notice}
          </p>
        )}
      </header>
      {isReady || notes.isPaused ? (
        <main className="account">
          <Notes userId={user.user_id} notes={notes.data} error={errorToShow(notes)} />
          <aside>
            <Devices userId={user.user_id} devices={devices.data ?? []} error={errorToShow(devices)} />
            <WhoAmI userId={user.user_id} />
          </aside>
        </main>
      ) : (
        <Loading />
      )}
    </>
  );
}
