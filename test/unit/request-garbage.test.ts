import type { IncomingMessage, RequestListener } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import { restBridge as fastifyBridge } from 'trpc-jwt-auth/fastify';
import { requireUser, restBridge, standaloneContext } from 'trpc-jwt-auth/standalone';
import { fastify } from 'fastify';
import { expect, it } from 'vitest';

import { listen } from '../parity/listening.js';
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
  const { origin, close } = await listen((request: IncomingMessage & { mark?: ArrayBuffer }, response) => {
    request.mark = new ArrayBuffer(MARK_BYTES);
    listener(request, response);
  });
  const ask = async (): Promise<void> => {
    const response = await fetch(`${origin}${path}`, init);
    await response.arrayBuffer();
    expect(response.status).toBe(200);
  };
  // What the server itself keeps is old by the time that counts, and V8 has learned the code: while it does, it keeps some.
  for (let sent = 0; sent < REQUESTS; sent += 1) await ask();
  await collectMinor();
  const before = process.memoryUsage().arrayBuffers;
  for (let sent = 0; sent < REQUESTS; sent += 1) await ask();
  await close();
  await collectMinor();
  return (process.memoryUsage().arrayBuffers - before) / MARK_BYTES;
}

const auth = new Scene().auth();
const bridge = restBridge(auth);
const overNode: RequestListener = (request, response) => bridge(request, response, () => response.writeHead(404).end());
const overTrpc = createHTTPHandler({ router: authApp(auth), createContext: standaloneContext(auth) });
const onFastify = fastify();
await onFastify.register(fastifyBridge(auth));
await onFastify.ready();

const signed = { headers: { authorization: `JWT ${tokenFor()}` } };
const posted = (body: object): RequestInit => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

it.each<[name: string, listener: RequestListener, path: string, init: RequestInit]>([
  ['REST verify', overNode, '/api-token-verify/', posted({ token: tokenFor() })],
  ['REST verify on Fastify', onFastify.routing, '/api-token-verify/', posted({ token: tokenFor() })],
  ['REST obtain', overNode, '/api-token-auth/', posted({ username: 'ada', password: 'ada-pass' })],
  ['a protected endpoint', requireUser(auth, (_request, response, { user }) => response.end(user.username)), '/', signed],
  ['tRPC verify', overTrpc, '/auth.verify', posted({ json: { token: tokenFor() } })],
  ['a protected procedure', overTrpc, '/read', signed],
])('a request that has been answered is garbage at once: %s', async (_name, listener, path, init) => {
  expect(await requestsKept(listener, path, init)).toBeLessThan(REQUESTS / 2);
});
