import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import type { Server } from 'node:http';

import express from 'express';
import { createJwtAuth } from 'trpc-jwt-auth';
import type { Claims, JwtAuth } from 'trpc-jwt-auth';
import { fromDjangoSettings } from 'trpc-jwt-auth/django';
import { requireUser, restBridge } from 'trpc-jwt-auth/express';

import type { Scenario } from './corpus.js';

interface OracleUser {
  id: number;
  username: string;
  email: string;
  isActive: boolean;
}

/** The oracle project's Python functions, by their dotted paths. */
const handlers = {
  'oracle_project.handlers.response_payload': (token: string | undefined, user: OracleUser) => ({ token, user: { id: user.id, username: user.username }, expires_in: 300 }),
  'oracle_project.handlers.payload': (user: OracleUser) => ({ sub: `u:${user.username}`, exp: new Date(), admin: false }),
  'oracle_project.handlers.get_username': ({ sub }: Claims) => (typeof sub === 'string' && sub.startsWith('u:') ? sub.slice(2) : undefined),
  'oracle_project.handlers.user_secret': (user: OracleUser) => `secret-${user.username}`,
};

/** The scenario's Django project, as an app of ours. */
export function scenarioAuth(name: string, scenario: Scenario, clock: () => number): JwtAuth<OracleUser> {
  const users = scenario.users.map(({ id, username, email, is_active }) => ({ id, username, email, isActive: is_active }));
  const findByUsername = (username: string): OracleUser | null => users.find((user) => user.username === username) ?? null;
  const JWT_AUTH = Object.fromEntries(Object.entries(scenario.JWT_AUTH).map(([key, value]) => [key, handlers[value as keyof typeof handlers] ?? value]));
  return createJwtAuth({
    ...fromDjangoSettings({ SECRET_KEY: scenario.SECRET_KEY, JWT_AUTH }, { unsafeShortSecret: name === 'user_secret' }),
    users: {
      findByUsername,
      authenticate: ({ username, password }) => {
        const known = scenario.users.find((user) => user.username === username && user.password === password);
        if (known === undefined) return null;
        // Django's ModelBackend does not know inactive users at all.
        return known.is_active || scenario.backend.endsWith('AllowAllUsersModelBackend') ? findByUsername(username) : null;
      },
    },
    clock,
  });
}

/** Serves an auth as the oracle's project was: the bridge, and one protected endpoint. */
export async function serve(auth: JwtAuth<OracleUser>): Promise<{ port: number; server: Server }> {
  const app = express();
  app.use(restBridge(auth));
  app
    .route('/api/protected-endpoint/')
    .options(requireUser(auth, (_request, response) => void response.setHeader('Allow', 'GET, HEAD, OPTIONS').setHeader('Content-Type', 'application/json').end('{}')))
    .get(requireUser(auth, (request, response) => void response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ username: request.user.username }))));
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, server };
}
