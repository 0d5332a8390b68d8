import { createExpressMiddleware } from '@trpc/server/adapters/express';
import express from 'express';
import type { Express } from 'express';
import { expressContext, requireUser, restBridge } from 'trpc-jwt-auth/express';

import { openAuthStores } from './auth-stores.js';
import { createAuth } from './auth.js';
import { openDatabase } from './database.js';
import type { DjangoProject } from './django-project.js';
import { openDjangoUsers } from './django-users.js';
import { noteStore } from './notes.js';
import { createRouter } from './router.js';
import { servePage } from './page-server.js';
import { seedUsers, userStore } from './users.js';

export interface App {
  app: Express;
  /** Where sessions, limits and tickets are kept, for a person to read. */
  sessionsPlace: string;
  close: () => Promise<void>;
}

export interface AppOptions {
  databaseFile: string;
  secret: string;
  /** Moves sessions, limits and tickets to Redis. */
  redisUrl?: string | undefined;
  /** Moves sessions, limits and tickets to PostgreSQL. */
  databaseUrl?: string | undefined;
  trustedProxies?: number;
  /** How long an access token is good for, in seconds. */
  tokenSeconds?: number;
  /** Keeps the tokens in cookies that no script can read. */
  cookieMode?: boolean;
  /** Takes users and settings of a Django project in place of the app's own, its secret and its token's seconds among them. */
  django?: DjangoProject | undefined;
  log?: (line: string) => void;
}

export async function createApp({ databaseFile, secret, trustedProxies = 0, tokenSeconds = 300, cookieMode = false, log = () => undefined, django, ...urls }: AppOptions): Promise<App> {
  const db = await openDatabase(databaseFile, { hasUsers: django === undefined });
  const djangoUsers = django === undefined ? undefined : await openDjangoUsers(django.databaseFile);
  if (djangoUsers === undefined) await seedUsers(db);
  const stores = await openAuthStores(db, urls);
  const auth = createAuth(djangoUsers ?? userStore(db), stores, { secret, trustedProxies, tokenSeconds, cookieMode, log, django: django?.settings });
  const router = createRouter(auth, noteStore(db));

  const app = express();
  app.disable('x-powered-by');
  app.use((_req, res, next) => {
    res.setHeader('Content-Security-Policy', "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
    res.setHeader('X-Content-Type-Options', 'nosniff');
    res.setHeader('Referrer-Policy', 'no-referrer');
    next();
  });
  app.use(restBridge(auth));
  app.use('/trpc', createExpressMiddleware({ router, createContext: expressContext(auth) }));
  app.get('/api/protected-endpoint/', requireUser(auth, (req, res) => res.json({ username: req.user.username })));
  app.use(servePage(cookieMode));
  return {
    app,
    sessionsPlace: stores.place,
    close: async () => {
      await stores.close();
      await djangoUsers?.close();
      await db.destroy();
    },
  };
}
