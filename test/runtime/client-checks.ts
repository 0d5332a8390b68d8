import { createTRPCClient, httpBatchLink } from '@trpc/client';
import superjson from 'superjson';
import { createAuthClient, createRestAuthClient } from 'trpc-jwt-auth/client';

import { LOGIN } from './app.js';
import type { AppRouter } from './app.js';
import { equal, failure } from './check.js';
import type { Check } from './check.js';
import { moveClock } from './trpc-checks.js';

/** The client for front ends, which a server may well be. */
export const clientChecks: readonly Check[] = [
  {
    name: 'keeps a session over tRPC: signs in, calls, refreshes by itself, signs out',
    run: async (target) => {
      const options = { url: `${target.origin}/trpc`, transformer: superjson };
      const authClient = createAuthClient<AppRouter>()({ ...options, path: 'auth' });
      const trpc = createTRPCClient<AppRouter>({ links: [authClient.link(), httpBatchLink({ ...options, headers: authClient.headers })] });
      equal((await authClient.obtain(LOGIN)).user, { id: 1 });
      equal(authClient.getSnapshot().status, 'signed-in');
      const before = (await authClient.headers()).Authorization;
      await moveClock(target, 301);
      equal((await Promise.all([trpc.notes.query(), trpc.notes.query()])).map(({ of }) => of), ['ada', 'ada']);
      equal((await authClient.headers()).Authorization === before, false);
      equal(await (await authClient.fetch(`${target.origin}/api/protected-endpoint/`)).json(), { username: 'ada' });
      await authClient.logout();
      equal(authClient.getSnapshot(), { status: 'signed-out', reason: 'signed-out' });
      authClient.dispose();
    },
  },
  {
    name: 'keeps a session over REST, and ends it from another device',
    run: async (target) => {
      const [device, other] = [createRestAuthClient({ baseUrl: target.origin }), createRestAuthClient({ baseUrl: target.origin })];
      await device.obtain(LOGIN);
      await other.obtain(LOGIN);
      await moveClock(target, 301);
      equal(await (await device.fetch(`${target.origin}/api/protected-endpoint/`)).json(), { username: 'ada' });
      equal((await device.me()).username, 'ada');
      await other.refresh();
      const own = (await other.sessions.list()).find(({ current }) => current);
      equal(await device.sessions.revoke({ id: own?.id ?? '' }), { revoked: 1 });
      equal((await failure(other.refresh())).code, 'TOKEN_REVOKED');
      equal(other.getSnapshot(), { status: 'signed-out', reason: 'revoked' });
      await device.logout();
      for (const client of [device, other]) client.dispose();
    },
  },
  {
    name: 'passes a refused login on',
    run: async (target) => {
      const client = createRestAuthClient({ baseUrl: target.origin });
      equal((await failure(client.obtain({ ...LOGIN, password: 'wrong' }))).code, 'INVALID_CREDENTIALS');
      client.dispose();
    },
  },
];
