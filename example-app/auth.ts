import { createJwtAuth, secretKey } from 'trpc-jwt-auth';
import type { AuthEvent, CookieSettings } from 'trpc-jwt-auth';
import { passwordAuthenticator } from 'trpc-jwt-auth/passwords';

import type { AuthStores } from './auth-stores.js';
import type { UserStore } from './users.js';

export interface AuthOptions {
  secret: string;
  /** How many proxies stand in front. */
  trustedProxies: number;
  tokenSeconds: number;
  cookieMode: boolean;
  log: (line: string) => void;
}

export function createAuth(users: UserStore, stores: AuthStores, { secret, trustedProxies, tokenSeconds, cookieMode, log }: AuthOptions) {
  // One type for either mode; an app that has only one writes it down below.
  const cookie: CookieSettings | undefined = cookieMode ? { name: 'jwt-token', tokenInBody: false } : undefined;
  const checkPassword = passwordAuthenticator({ find: users.withHash, save: users.saveHash });
  return createJwtAuth({
    keys: secretKey(secret),
    users: {
      authenticate: async (credentials) => {
        const user = await checkPassword(credentials);
        if (user?.isActive) await users.recordLogin(user);
        return user;
      },
      findByUsername: users.byName,
    },
    token: { expiresInSeconds: tokenSeconds },
    refresh: { windowSeconds: 7 * 24 * 3600 },
    sessions: {
      store: stores.sessions,
      // The scripts of the specification refresh by the access token; an app of its own clients leaves this out.
      slideByAccessToken: true,
    },
    cookie,
    throttle: { store: stores.throttle },
    trustedProxies,
    onEvent: (event) => log(eventLine(event)),
  });
}

function eventLine({ type, at, ...event }: AuthEvent): string {
  const rest = Object.entries(event).flatMap(([name, value]) => (value === undefined || name === 'userAgent' ? [] : `${name}=${value}`));
  return [new Date(at).toISOString(), type, ...rest].join(' ');
}

export type Auth = ReturnType<typeof createAuth>;
