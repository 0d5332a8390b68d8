import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { useAuth } from 'trpc-jwt-auth/client/react';

import type { authClient } from './auth-client.js';
import { deviceName, timeAgo } from './device-names.js';
import { explain } from './messages.js';

type Device = Awaited<ReturnType<typeof authClient.sessions.list>>[number];

interface DevicesProps {
  userId: number;
  devices: Device[];
  error: Error | null;
}

const began = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

export function Devices({ userId, devices, error }: DevicesProps) {
  const { client } = useAuth<typeof authClient>();
  const queries = useQueryClient();
  const everywhere = useRef<HTMLButtonElement>(null);
  const endAll = useMutation({ mutationFn: () => client.logoutAll() });
  const end = useMutation({
    mutationFn: (id: string) => client.sessions.revoke({ id }),
    onSettled: async () => {
      await queries.invalidateQueries({ queryKey: [userId, 'devices'] });
      everywhere.current?.focus();
    },
  });
  const failure = endAll.error ?? end.error ?? error;
  return (
    <section aria-labelledby="devices-title">
      <h2 id="devices-title">Devices</h2>
      {failure !== null && (
        <p className="message error" role="alert">
          {explain(failure)}
        </p>
      )}
      <ul className="list">
        {devices.map((device) => {
          const name = deviceName(device.user_agent ?? '');
          const since = began.format(new Date(device.created_at * 1000));
          return (
            <li key={device.id} className="card">
              <p>{name}</p>
              <p className="facts">
                Active {timeAgo(device.last_used_at)}
                {device.client_address !== null && ` · ${device.client_address}`}
                <br />
                Signed in {since}
              </p>
              {device.current ? (
                <span className="badge">This device</span>
              ) : (
                <button type="button" className="quiet" aria-label={`Sign out ${name}, signed in ${since}`} aria-disabled={end.isPending} onClick={() => end.mutate(device.id)}>
                  Sign out
                </button>
              )}
            </li>
          );
        })}
      </ul>
      <button ref={everywhere} type="button" className="quiet" aria-disabled={endAll.isPending} onClick={() => endAll.mutate()}>
        Sign out everywhere
      </button>
    </section>
  );
}
