import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import { restBridge as fastifyBridge } from 'trpc-jwt-auth/fastify';
import { requireUser, restBridge, standaloneContext } from 'trpc-jwt-auth/standalone';
import { fastify } from 'fastify';
import { describe, expect, it } from 'vitest';

import { Scene, tokenFor } from '../parity/scene.js';
import { authApp } from '../parity/transports/trpc-router.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (options: { readonly type: 'minor' }) => void;

const REQUESTS = 20;
const MARK_BYTES = 1 << 20;

/** Minor collections, as many as make what is still in use old. */
async function collectMinor(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) {
    collect({ type: 'minor' });
    // Memory that is free is given back by a task.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** How many requests of a server outlive the minor collections after them; each is marked with memory that is counted. */
async function requestsKept(listener: RequestListener, path: string, init: RequestInit): Promise<number> {
  const server = createServer((request: IncomingMessage & { mark?: ArrayBuffer }, response) => {
    request.mark = new ArrayBuffer(MARK_BYTES);
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  const ask = async (): Promise<void> => {
    const response = await fetch(url, init);
    await response.arrayBuffer();
    expect(response.status).toBe(200);
  };
  // What the server itself keeps is old by the time that counts.
  await ask();
  await collectMinor();
  const before = process.memoryUsage().arrayBuffers;
  for (let sent = 0; sent < REQUESTS; sent += 1) await ask();
  await new Promise((resolve) => server.close(resolve).closeAllConnections());
  await collectMinor();
  return (process.memoryUsage().arrayBuffers - before) / MARK_BYTES;
}

describe('a request that has been answered', () => {
  const auth = new Scene().auth();
  const signed = { headers: { authorization: `JWT ${tokenFor()}` } };
  const posted = (body: object): RequestInit => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const bridge = restBridge(auth);
  const listeners: Record<string, readonly [RequestListener, string, RequestInit]> = {
    'REST verify': [(request, response) => bridge(request, response, () => response.writeHead(404).end()), '/api-token-verify/', posted({ token: tokenFor() })],
    'REST obtain': [(request, response) => bridge(request, response, () => response.writeHead(404).end()), '/api-token-auth/', posted({ username: 'ada', password: 'ada-pass' })],
    'a protected endpoint': [requireUser(auth, (_request, response, { user }) => response.end(user.username)), '/', signed],
    'tRPC verify': [
      createHTTPHandler({ router: authApp(auth), createContext: standaloneContext(auth) }),
      '/auth.verify',
      posted({ json: { token: tokenFor() } }),
    ],
    'a protected procedure': [createHTTPHandler({ router: authApp(auth), createContext: standaloneContext(auth) }), '/read', signed],
  };

  it('is garbage at once: REST verify on Fastify', async () => {
    const app = fastify();
    await app.register(fastifyBridge(auth));
    await app.ready();
    expect(await requestsKept(app.routing, '/api-token-verify/', posted({ token: tokenFor() }))).toBeLessThan(REQUESTS / 2);
  });

  it.each(Object.keys(listeners))('is garbage at once: %s', async (name) => {
    const [listener, path, init] = listeners[name] ?? expect.unreachable();
    // V8 may keep the first few, whose code it is still learning.
    expect(await requestsKept(listener, path, init)).toBeLessThan(REQUESTS / 2);
  });
});
