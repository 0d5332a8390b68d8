import { createExpressMiddleware } from '@trpc/server/adapters/express';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import express from 'express';
import * as overExpress from 'trpc-jwt-auth/express';
import * as standalone from 'trpc-jwt-auth/standalone';

import { listenFetch } from '../parity/fetch-server.js';
import { listen } from '../parity/listening.js';
import type { App } from './app.js';
import { fetchApp } from './fetch-app.js';

/** The app on each kind of server over node:http. */
export const nodeServers = {
  'node:http, fetch': async (app: App) => (await listenFetch(fetchApp(app))).origin,
  'node:http, express': async ({ auth, router }: App) => {
    const server = express();
    server.use(overExpress.restBridge(auth));
    server.use('/trpc', createExpressMiddleware({ router, createContext: overExpress.expressContext(auth) }));
    server.get('/api/protected-endpoint/', overExpress.requireUser(auth, (request, response) => response.json({ username: request.user.username })));
    return (await listen(server)).origin;
  },
  'node:http, standalone': async ({ auth, router }: App) => {
    const bridge = standalone.restBridge(auth);
    const trpc = createHTTPHandler({ router, basePath: '/trpc/', createContext: standalone.standaloneContext(auth) });
    const protectedEndpoint = standalone.requireUser(auth, (_request, response, { user }) => {
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ username: user.username }));
    });
    return (await listen((request, response) => (request.url === '/api/protected-endpoint/' ? protectedEndpoint(request, response) : bridge(request, response, () => trpc(request, response))))).origin;
  },
};
