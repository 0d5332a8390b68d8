import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { initTRPC } from '@trpc/server';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { applyWSSHandler } from '@trpc/server/adapters/ws';
import { authErrorFormatter, createAuthRouter, protectedProcedure } from 'trpc-jwt-auth';
import type { AuthContext } from 'trpc-jwt-auth';
import type { TokenStorage } from 'trpc-jwt-auth/client';
import { createRestAuthClient } from 'trpc-jwt-auth/client';
import { fetchContext, restBridge } from 'trpc-jwt-auth/fetch';
import { memorySessions } from 'trpc-jwt-auth/stores/memory';
import { testAuth } from 'trpc-jwt-auth/testing';
import { wsContext } from 'trpc-jwt-auth/ws';
import WebSocket, { WebSocketServer } from 'ws';

import { equal } from '../runtime/check.js';
import { recipeModule, runChecks } from './check-process.js';

interface Client {
  readonly obtain: (login: object) => Promise<object>;
  readonly logout: () => Promise<void>;
  readonly headers: () => Promise<Record<string, string>>;
  readonly getSnapshot: () => { status: string };
}
interface Recipe {
  readonly authClient: Client;
  readonly sockets: { close: () => Promise<void> };
  readonly trpc: {
    hello: { query: () => Promise<string> };
    greetings: { subscribe: (input: undefined, listener: { onData: (data: string) => void; onError: (error: unknown) => void }) => { unsubscribe: () => void } };
  };
}
type Device = typeof import('./device.js');

const LOGIN = { username: 'ada', password: 'engine' };
const auth = testAuth({ users: [{ id: 1, username: 'ada', isActive: true }], password: LOGIN.password, sessions: { store: memorySessions() }, clock: () => Date.now() });
const t = initTRPC.context<AuthContext>().create({ errorFormatter: authErrorFormatter() });
const signedIn = protectedProcedure(auth, t);
const router = t.router({
  auth: createAuthRouter(auth, t),
  hello: signedIn.query(({ ctx }) => `Hello, ${ctx.user.username}`),
  greetings: signedIn.subscription(async function* ({ ctx }) {
    yield `Good morning, ${ctx.user.username}`;
  }),
});

// The server at the name that the recipe calls, and the clock of both sides.
const server = createServer();
applyWSSHandler({ wss: new WebSocketServer({ server }), router, createContext: wsContext(auth) });
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;
const requests: string[] = [];
const opened: string[] = [];
const now = Date.now;
let aheadMs = 0;
Date.now = () => now() + aheadMs;
const bridge = restBridge(auth);
globalThis.fetch = async (input, init) => {
  const req = new Request(input, init);
  const { host, pathname } = new URL(req.url);
  if (host !== 'api.example.com') throw new Error(`nobody listens at ${req.url}`);
  requests.push(pathname);
  return (await bridge(req)) ?? fetchRequestHandler({ endpoint: '/trpc', req, router, createContext: fetchContext(auth) });
};
globalThis.WebSocket = class extends WebSocket {
  constructor(url: string, protocols?: string | string[]) {
    opened.push(url);
    super(url.replace('wss://api.example.com', `ws://127.0.0.1:${port}`), protocols);
  }
} as unknown as typeof globalThis.WebSocket;

const device = await recipeModule<Device>('./device.js');
const { authClient, trpc, sockets } = await recipeModule<Recipe>('./auth-client.js');
const { keychainTokens } = await recipeModule<{ keychainTokens: (key?: string) => TokenStorage }>('./token-storage.js');
const stored = (): Record<string, unknown> => JSON.parse(device.keychain.get('jwt_session') ?? '{}') as Record<string, unknown>;

await runChecks({
  'is signed out with an empty keychain': async () => {
    equal([await authClient.headers(), authClient.getSnapshot().status], [{}, 'signed-out']);
  },
  'keeps a session in the keychain of this device': async () => {
    await authClient.obtain(LOGIN);
    equal([authClient.getSnapshot().status, await trpc.hello.query()], ['signed-in', 'Hello, ada']);
    equal([[...device.keychain.keys()], typeof stored().token, typeof stored().refreshToken], [['jwt_session'], 'string', 'string']);
    equal(device.writes.every(({ options }) => (options as { keychainAccessible?: number }).keychainAccessible === 1), true);
    equal(JSON.stringify(stored()).length < 2048, true);
  },
  'refreshes when it comes to the front with a token that has run out, and not before': async () => {
    const { token } = stored();
    requests.length = 0;
    aheadMs += 400_000;
    device.changeAppState('background');
    equal(requests, []);
    device.changeAppState('active');
    await authClient.headers();
    equal([requests, stored().token === token, authClient.getSnapshot().status], [['/trpc/auth.refresh'], false, 'signed-in']);
    device.changeAppState('active');
    await authClient.headers();
    equal(requests.length, 1);
  },
  'subscribes over a socket whose URL holds no token': async () => {
    requests.length = 0;
    const greeting = await new Promise<string>((resolve, reject) => {
      const { unsubscribe } = trpc.greetings.subscribe(undefined, {
        onData: (data) => {
          unsubscribe();
          resolve(data);
        },
        onError: reject,
      });
    });
    equal([greeting, requests, opened], ['Good morning, ada', ['/trpc/auth.ticket'], ['wss://api.example.com/trpc?connectionParams=1']]);
  },
  'is signed in again after a start': async () => {
    const { authClient: again } = await recipeModule<Recipe>('./auth-client.js?again');
    equal([await again.headers(), again.getSnapshot().status], [{ Authorization: `JWT ${String(stored().token)}` }, 'signed-in']);
  },
  'goes on in memory where the keychain fails, with one warning': async () => {
    const warnings: string[] = [];
    const client = createRestAuthClient({ baseUrl: 'https://api.example.com', storage: keychainTokens('other'), onWarning: (message) => warnings.push(message) });
    device.breakKeychain(true);
    await client.obtain(LOGIN);
    equal([client.getSnapshot().status, warnings, device.keychain.has('other')], ['signed-in', ['The token storage failed; tokens are kept in memory.'], false]);
    await client.logout();
    device.breakKeychain(false);
  },
  'leaves nothing in the keychain when it signs out': async () => {
    await authClient.logout();
    await sockets.close();
    equal([device.keychain.size, authClient.getSnapshot().status], [0, 'signed-out']);
  },
});
