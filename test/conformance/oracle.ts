import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import type { Server } from 'node:http';

import express from 'express';
import { createJwtAuth } from 'trpc-jwt-auth';
import type { JwtAuth } from 'trpc-jwt-auth';
import { fromDjangoSettings } from 'trpc-jwt-auth/django';
import { requireUser, restBridge } from 'trpc-jwt-auth/express';

import type { Scenario } from './corpus.js';

interface OracleUser {
  id: number;
  username: string;
  email: string;
  isActive: boolean;
}

/** What an oracle project's Python handlers did, as settings of ours. */
function handlers(name: string): object {
  if (name === 'custom_response') {
    return { responsePayload: ({ user }: { user: OracleUser }) => ({ user: { id: user.id, username: user.username }, expires_in: 300 }) };
  }
  if (name === 'custom_payload') {
    return {
      claims: (user: OracleUser) => ({ user_id: undefined, username: undefined, email: undefined, sub: `u:${user.username}`, admin: false }),
      usernameFromClaims: ({ sub }: { sub?: unknown }) => (typeof sub === 'string' && sub.startsWith('u:') ? sub.slice(2) : undefined),
    };
  }
  return {};
}

const HANDLER_KEYS = ['JWT_RESPONSE_PAYLOAD_HANDLER', 'JWT_PAYLOAD_HANDLER', 'JWT_PAYLOAD_GET_USERNAME_HANDLER'];

/** The scenario's Django project, as an app of ours. */
export function scenarioAuth(name: string, scenario: Scenario, clock: () => number): JwtAuth<OracleUser> {
  const users = scenario.users.map(({ id, username, email, is_active }) => ({ id, username, email, isActive: is_active }));
  const findByUsername = (username: string): OracleUser | null => users.find((user) => user.username === username) ?? null;
  const JWT_AUTH = Object.fromEntries(Object.entries(scenario.JWT_AUTH).filter(([key]) => !HANDLER_KEYS.includes(key)));
  return createJwtAuth({
    ...fromDjangoSettings({ SECRET_KEY: scenario.SECRET_KEY, JWT_AUTH }),
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
    ...handlers(name),
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
