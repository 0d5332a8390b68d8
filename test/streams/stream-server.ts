import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { AnyTRPCRouter } from '@trpc/server';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import { applyWSSHandler } from '@trpc/server/adapters/ws';
import type { JwtAuth } from 'trpc-jwt-auth';
import { standaloneContext } from 'trpc-jwt-auth/standalone';
import { wsContext } from 'trpc-jwt-auth/ws';
import { WebSocketServer } from 'ws';

import type { User } from '../parity/scene.js';
import type { Feed } from './stream-app.js';
import { streamApp } from './stream-app.js';

/** An app's streams over HTTP and a socket, that can be killed and come back at the same port. */
export interface StreamServer {
  readonly url: string;
  readonly socketUrl: string;
  /** The URLs asked for, in their order. */
  readonly urls: string[];
  /** How many sockets are open. */
  readonly sockets: () => number;
  /** How many HTTP connections are open. */
  readonly connections: () => Promise<number>;
  /** Cuts every connection and takes no more. */
  readonly kill: () => Promise<void>;
  readonly restart: () => Promise<void>;
}

/** @param router - what is served. @default streamApp(auth, feed) */
export async function startStreamServer(auth: JwtAuth<User>, feed: Feed, router: AnyTRPCRouter = streamApp(auth, feed)): Promise<StreamServer> {
  const urls: string[] = [];
  let server: Server;
  let wss: WebSocketServer;
  let port = 0;
  const start = async (): Promise<void> => {
    const handler = createHTTPHandler({ router, createContext: standaloneContext(auth), basePath: '/trpc/' });
    server = createServer((request, response) => {
      urls.push(request.url ?? '');
      handler(request, response);
    });
    wss = new WebSocketServer({ server });
    wss.on('connection', (_socket, request) => urls.push(request.url ?? ''));
    applyWSSHandler({ wss, router, createContext: wsContext(auth) });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  };
  await start();
  return {
    url: `http://127.0.0.1:${port}/trpc`,
    socketUrl: `ws://127.0.0.1:${port}`,
    urls,
    sockets: () => wss.clients.size,
    connections: () => new Promise((resolve, reject) => server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)))),
    kill: async () => {
      const closed = once(server, 'close');
      wss.close();
      for (const socket of wss.clients) socket.terminate();
      server.close();
      server.closeAllConnections();
      await closed;
    },
    restart: start,
  };
}
