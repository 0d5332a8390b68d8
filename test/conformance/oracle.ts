import express from 'express';
import fastify from 'fastify';
import { createJwtAuth } from 'trpc-jwt-auth';
import type { Claims, JwtAuth } from 'trpc-jwt-auth';
import { fromDjangoSettings } from 'trpc-jwt-auth/django';
import * as onExpress from 'trpc-jwt-auth/express';
import * as onFastify from 'trpc-jwt-auth/fastify';
import * as onFetch from 'trpc-jwt-auth/fetch';
import * as onNode from 'trpc-jwt-auth/standalone';

import { listenFetch } from '../parity/fetch-server.js';
import type { Peer } from '../parity/fetch-server.js';
import { listen } from '../parity/listening.js';
import type { Listening } from '../parity/listening.js';
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
export type ServeOracle = (auth: JwtAuth<OracleUser>) => Promise<Listening>;

const serveOnExpress: ServeOracle = (auth) => {
  const app = express();
  app.use(onExpress.restBridge(auth));
  app
    .route('/api/protected-endpoint/')
    .options(onExpress.requireUser(auth, (_request, response) => void response.setHeader('Allow', 'GET, HEAD, OPTIONS').setHeader('Content-Type', 'application/json').end('{}')))
    .get(onExpress.requireUser(auth, (request, response) => void response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ username: request.user.username }))));
  return listen(app);
};

const serveOnFastify: ServeOracle = async (auth) => {
  const app = fastify({ forceCloseConnections: true, routerOptions: { ignoreTrailingSlash: true } });
  const json = (body: (user: OracleUser) => object, headers: Record<string, string> = {}) =>
    onFastify.requireUser(auth, (_request, reply, { user }) => reply.headers({ 'Content-Type': 'application/json', ...headers }).send(Buffer.from(JSON.stringify(body(user)))));
  await app.register(onFastify.restBridge(auth));
  app.options('/api/protected-endpoint/', json(() => ({}), { Allow: 'GET, HEAD, OPTIONS' }));
  app.get('/api/protected-endpoint/', json(({ username }) => ({ username })));
  const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }));
  return { origin: `http://127.0.0.1:${port}`, port: Number(port), close: () => app.close() };
};

const serveOnFetch: ServeOracle = (auth) => {
  const bridge = onFetch.restBridge(auth, { clientAddress: (_request, peer: Peer) => peer.address });
  const read = onFetch.requireUser(auth, (_request, { user }) => Response.json({ username: user.username }));
  const endpoints = new Map([
    ['OPTIONS', onFetch.requireUser(auth, () => Response.json({}, { headers: { Allow: 'GET, HEAD, OPTIONS' } }))],
    ['GET', read],
    ['HEAD', read],
  ]);
  return listenFetch(async (request, peer) => {
    const answer = await bridge(request, peer);
    if (answer !== undefined) return answer;
    const endpoint = /^\/api\/protected-endpoint\/?$/.test(new URL(request.url).pathname) ? endpoints.get(request.method) : undefined;
    return endpoint?.(request) ?? new Response(null, { status: 404 });
  });
};

const serveOnNode: ServeOracle = (auth) => {
  const bridge = onNode.restBridge(auth);
  const json = (body: object, headers: Record<string, string> = {}) =>
    onNode.requireUser(auth, (_request, response) => response.writeHead(200, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body)));
  const read = onNode.requireUser(auth, (_request, response, { user }) => response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ username: user.username })));
  const endpoints = new Map([['OPTIONS', json({}, { Allow: 'GET, HEAD, OPTIONS' })], ['GET', read], ['HEAD', read]]);
  return listen((request, response) =>
    bridge(request, response, () => {
      const endpoint = /^\/api\/protected-endpoint\/?(\?|$)/.test(request.url ?? '') ? endpoints.get(request.method ?? '') : undefined;
      if (endpoint === undefined) response.writeHead(404).end();
      else endpoint(request, response);
    }),
  );
};

/** Every adapter the corpus is replayed against. */
export const servers: readonly (readonly [name: string, serve: ServeOracle])[] = [
  ['Express', serveOnExpress],
  ['Fastify', serveOnFastify],
  ['fetch', serveOnFetch],
  ['node:http', serveOnNode],
];
