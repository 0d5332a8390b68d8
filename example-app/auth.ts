import { createJwtAuth, secretKey } from 'trpc-jwt-auth';
import { passwordAuthenticator } from 'trpc-jwt-auth/passwords';

import type { UserStore } from './users.js';

export function createAuth(users: UserStore, secret: string) {
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
    token: { expiresInSeconds: 300 },
    refresh: { windowSeconds: 7 * 24 * 3600 },
  });
}

export type Auth = ReturnType<typeof createAuth>;
