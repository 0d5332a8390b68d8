import { createJwtAuth, secretKey } from 'trpc-jwt-auth';
import type { AuthEvent, CookieSettings } from 'trpc-jwt-auth';
import { fromDjangoSettings } from 'trpc-jwt-auth/django';
import type { DjangoSettings } from 'trpc-jwt-auth/django';
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
  /** The settings of a Django project whose tokens and clients go on working. */
  django?: DjangoSettings | undefined;
}

const WEEK_SECONDS = 7 * 24 * 3600;

export function createAuth(users: UserStore, stores: AuthStores, { secret, trustedProxies, tokenSeconds, cookieMode, log, django }: AuthOptions) {
  // One type for either mode; an app that has only one writes it down below.
  const cookie: CookieSettings | undefined = cookieMode ? { name: 'jwt-token', tokenInBody: false } : undefined;
  const ownSettings = { keys: secretKey(secret), token: { expiresInSeconds: tokenSeconds }, refresh: { windowSeconds: WEEK_SECONDS } };
  const settings = django === undefined ? ownSettings : fromDjangoSettings(django);
  const checkPassword = passwordAuthenticator({ find: users.withHash, save: users.saveHash, storedHashes: users.storedHashes });
  return createJwtAuth({
    ...settings,
    users: {
      authenticate: async (credentials) => {
        const user = await checkPassword(credentials);
        if (user?.isActive) await users.recordLogin(user);
        return user;
      },
      findByUsername: users.byName,
    },
    // With sessions everything is refreshed.
    refresh: settings.refresh === false ? { windowSeconds: WEEK_SECONDS } : settings.refresh,
    sessions: {
      store: stores.sessions,
      // Nobody is logged out: a token that Django issued is good, and becomes a session when it is refreshed.
      ...(django !== undefined && { acceptSessionlessUntil: new Date(Date.now() + WEEK_SECONDS * 1000) }),
      // The scripts of the specification refresh by the access token; an app of its own clients leaves this out.
      slideByAccessToken: true,
    },
    cookie: cookie ?? ('cookie' in settings ? settings.cookie : undefined),
    throttle: { store: stores.throttle },
    tickets: { store: stores.tickets },
    trustedProxies,
    onEvent: (event) => log(eventLine(event)),
  });
}

function eventLine({ type, at, ...event }: AuthEvent): string {
  const rest = Object.entries(event).flatMap(([name, value]) => (value === undefined || name === 'userAgent' ? [] : `${name}=${value}`));
  return [new Date(at).toISOString(), type, ...rest].join(' ');
}

export type Auth = ReturnType<typeof createAuth>;
