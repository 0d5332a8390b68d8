import { useEffect, useState } from 'react';
import { useAuth } from 'trpc-jwt-auth/client/react';

import type { authClient } from './auth-client.js';

const RADIUS = 9;
const CIRCUMFERENCE = 2 * Math.PI * RADIUS;

/** How long the access token is good for; it jumps when the client has refreshed it. */
export function TokenLife() {
  const { state, client } = useAuth<typeof authClient>();
  const expiresAt = state.status === 'signed-in' ? state.expiresAt : 0;
  const [life, setLife] = useState(() => ({ expiresAt, total: client.remainingSeconds() }));
  const [left, setLeft] = useState(() => client.remainingSeconds());

  useEffect(() => {
    const tick = (): void => setLeft(client.remainingSeconds());
    tick();
    const timer = setInterval(tick, 1000);
    return () => clearInterval(timer);
  }, [client, expiresAt]);
  // A page that is opened later finds a token that has already lived a while.
  if (life.expiresAt !== expiresAt) setLife({ expiresAt, total: Math.max(client.remainingSeconds(), 1) });

  const seconds = Math.round(left);
  const text = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  return (
    <p className="life" title="The access token's remaining life; it is refreshed before it ends">
      <svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
        <circle cx="12" cy="12" r={RADIUS} className="track" />
        <circle cx="12" cy="12" r={RADIUS} className="rest" strokeDasharray={CIRCUMFERENCE} strokeDashoffset={CIRCUMFERENCE * (1 - Math.min(1, left / Math.max(life.total, 1)))} />
      </svg>
      <span className="words">Token good for </span>
      <time>{text}</time>
    </p>
  );
}
