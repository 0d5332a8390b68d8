import { createTRPCClient, httpBatchLink, httpBatchStreamLink } from '@trpc/client';
import type { TRPCClient } from '@trpc/client';
import superjson from 'superjson';

import { LOGIN } from './app.js';
import type { AppRouter } from './app.js';
import { equal, failure } from './check.js';
import type { Check, Target } from './check.js';

const optionsOf = ({ origin }: Target, token?: string) => ({ url: `${origin}/trpc`, transformer: superjson, headers: token === undefined ? {} : { Authorization: `JWT ${token}` } });
const connect = (target: Target, token?: string): TRPCClient<AppRouter> => createTRPCClient<AppRouter>({ links: [httpBatchLink(optionsOf(target, token))] });

/** Lets time pass for the server: an access token is good for 300 seconds, a spent refresh token for 10. */
export async function moveClock(target: Target, seconds: number): Promise<void> {
  await connect(target).moveClock.mutate(seconds);
}

const authCode = async (call: Promise<unknown>): Promise<unknown> => ((await failure(call)).data as Record<string, unknown> | undefined)?.authCode;

/** The same over tRPC. */
export const trpcChecks: readonly Check[] = [
  {
    name: 'obtains, verifies and rotates',
    run: async (target) => {
      const trpc = connect(target);
      const { token, refresh_token, user } = await trpc.auth.obtain.mutate(LOGIN);
      equal(user, { id: 1 });
      equal((await trpc.auth.verify.mutate({ token })).token, token);
      const refreshed = await trpc.auth.refresh.mutate({ refresh_token });
      equal([refreshed.token === token, refreshed.refresh_token === refresh_token], [false, false]);
    },
  },
  {
    name: 'guards a procedure, and carries a Date with superjson',
    run: async (target) => {
      equal(await authCode(connect(target).notes.query()), 'NOT_AUTHENTICATED');
      equal(await authCode(connect(target, 'not.a.token').notes.query()), 'TOKEN_UNDECODABLE');
      const { token } = await connect(target).auth.obtain.mutate(LOGIN);
      const trpc = connect(target, token);
      const [notes, me] = await Promise.all([trpc.notes.query(), trpc.auth.me.query()]);
      equal([notes.of, notes.at instanceof Date, notes.at.getTime(), me.username, me.user_id], ['ada', true, 0, 'ada', 1]);
    },
  },
  {
    name: 'streams a batch, in which no cookie can be set',
    run: async (target) => {
      const { token } = await connect(target).auth.obtain.mutate(LOGIN);
      const trpc = createTRPCClient<AppRouter>({ links: [httpBatchStreamLink(optionsOf(target, token))] });
      equal((await Promise.all([trpc.notes.query(), trpc.notes.query()])).map(({ of }) => of), ['ada', 'ada']);
      equal(await authCode(trpc.auth.obtain.mutate(LOGIN)), 'COOKIE_UNSUPPORTED');
    },
  },
  {
    name: 'says what is wrong with a login',
    run: async (target) => {
      const trpc = connect(target);
      equal(await authCode(trpc.auth.obtain.mutate({ ...LOGIN, password: 'wrong' })), 'INVALID_CREDENTIALS');
      const blank = (await failure(trpc.auth.obtain.mutate({ ...LOGIN, password: '' }))).data as Record<string, unknown>;
      equal([blank.authCode, blank.fieldErrors], ['VALIDATION_FAILED', { password: ['This field may not be blank.'] }]);
    },
  },
  {
    name: 'sets cookies, and ends a session',
    run: async (target) => {
      const body = JSON.stringify({ json: LOGIN });
      const answer = await fetch(`${target.origin}/trpc/auth.obtain`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
      equal([answer.status, answer.headers.getSetCookie().map((cookie) => cookie.split('=', 1)[0])], [200, ['jwt-token', 'jwt-token-refresh']]);
      const { result } = (await answer.json()) as { result: { data: { json: { token: string } } } };
      const trpc = connect(target, result.data.json.token);
      await trpc.auth.logout.mutate();
      equal(await authCode(trpc.notes.query()), 'TOKEN_REVOKED');
    },
  },
];
