import type { AddressInfo } from 'node:net';

import express from 'express';
import { createJwtAuth, secretKey } from 'trpc-jwt-auth';
import { requireUser, restBridge } from 'trpc-jwt-auth/express';

import { connectStore } from './store-connection.js';
import type { StoreAddress } from './store-connection.js';

/** What a server process is told, as JSON in CHAOS_APP. */
export interface AppOptions {
  readonly store: StoreAddress;
  /** @default 0, any */
  readonly port?: number;
  /** How far its clock is off at the start. @default 0 */
  readonly clockOffsetMs?: number;
  readonly timeoutMs?: number;
  readonly graceSeconds?: number;
  readonly idleSeconds?: number;
  readonly accessSeconds?: number;
}

const PASSWORD = 'correct horse battery staple';

const { store, port = 0, timeoutMs = 1000, graceSeconds, idleSeconds, accessSeconds, ...options } = JSON.parse(process.env.CHAOS_APP ?? '{}') as AppOptions;
let clockOffsetMs = options.clockOffsetMs ?? 0;
const events: Record<string, number> = {};

const find = (username: string): { id: number; username: string; isActive: boolean } | null => {
  const id = Number(/^user(\d+)$/.exec(username)?.[1] ?? NaN);
  return Number.isNaN(id) ? null : { id, username, isActive: true };
};
const connection = connectStore(store);
const auth = createJwtAuth({
  keys: secretKey('a-secret-of-all-chaos-servers-0123456789'),
  users: { authenticate: ({ username, password }) => (password === PASSWORD ? find(username) : null), findByUsername: find },
  token: { ...(accessSeconds === undefined ? {} : { expiresInSeconds: accessSeconds }) },
  sessions: {
    store: connection.sessions,
    timeoutMs,
    ...(graceSeconds === undefined ? {} : { graceSeconds }),
    ...(idleSeconds === undefined ? {} : { idleSeconds }),
  },
  // All users share one address here, and a killed process gives no attempt back.
  throttle: { store: connection.throttle, timeoutMs, attempts: 1000, attemptsPerAccount: 1000, attemptsPerNetwork: 1_000_000 },
  clock: () => Date.now() + clockOffsetMs,
  onEvent: (event) => {
    const name = event.type === 'reuse-detected' ? `${event.type}:${event.cause}` : event.type;
    events[name] = (events[name] ?? 0) + 1;
  },
  // A store that is away is what the suites are about; whatever else went wrong is a 500 to them.
  reportError: () => undefined,
});

const app = express();
app.use(restBridge(auth));
app.get('/protected/', requireUser(auth, (request, response) => response.json({ username: request.user.username })));
app.get('/chaos/events/', (_request, response) => response.json(events));
app.post('/chaos/clock/:offsetMs/', (request, response) => {
  clockOffsetMs = Number(request.params.offsetMs);
  response.json({});
});
await connection.ready;
const server = app.listen(port, '127.0.0.1', (error) => {
  if (error !== undefined) throw error;
  console.log(`listening ${(server.address() as AddressInfo).port}`);
});
// It ends with the suite, however that ends.
process.stdin.on('end', () => process.exit()).resume();
