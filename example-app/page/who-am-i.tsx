import { useMutation, useQuery } from '@tanstack/react-query';
import { useAuth } from 'trpc-jwt-auth/client/react';

import type { authClient } from './auth-client.js';
import { errorToShow, explain } from './messages.js';

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

/** What the server says of the caller, and a refresh by hand: the client needs none. */
export function WhoAmI({ userId }: { userId: number }) {
  const { state, client } = useAuth<typeof authClient>();
  const me = useQuery({ queryKey: [userId, 'me'], queryFn: ({ signal }) => client.me({ signal }) });
  const refresh = useMutation({ mutationFn: () => client.refresh() });
  const failure = refresh.error ?? errorToShow(me);
  const expiresAt = state.status === 'signed-in' ? state.expiresAt : 0;
  return (
    <section aria-labelledby="me-title">
      <h2 id="me-title">Who am I</h2>
      <div className="card">
        <dl>
          <dt>User id</dt>
          <dd>{me.data?.user_id ?? '…'}</dd>
          <dt>Username</dt>
          <dd>{me.data?.username ?? '…'}</dd>
          <dt>Token expires</dt>
          <dd>{clock.format(new Date(expiresAt * 1000))}</dd>
        </dl>
        <button type="button" className="quiet" aria-disabled={refresh.isPending} onClick={() => refresh.mutate()}>
          Refresh now
        </button>
        {failure !== null && (
          <p className="message error" role="alert">
            {explain(failure)}
          </p>
        )}
      </div>
    </section>
  );
}
