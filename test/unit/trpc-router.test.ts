import { initTRPC } from '@trpc/server';
import type { AnyTRPCRouter } from '@trpc/server';
import superjson from 'superjson';
import { afterEach, describe, expect, it } from 'vitest';
import { AuthError, authErrorFormatter, ConfigurationError, createAuthRouter, optionalUser, protectedProcedure, requireAuth } from 'trpc-jwt-auth';
import type { AuthContext } from 'trpc-jwt-auth';

import { eve, NOW, Scene, tokenFor } from '../parity/scene.js';
import type { Settings } from '../parity/scene.js';
import { clientOf, errorOf, serveTRPC } from './trpc-client.js';
import type { Client, TRPCServer } from './trpc-client.js';

const LOGIN = { username: 'ada', password: 'ada-pass' };
const SIGNED = { authorization: `JWT ${tokenFor()}` };
const anyToken = expect.any(String) as string;
const t = initTRPC.context<AuthContext>().create({ transformer: superjson, errorFormatter: authErrorFormatter() });
const plain = initTRPC.context<AuthContext>().create({ errorFormatter: authErrorFormatter() });
const servers: TRPCServer[] = [];
let scene = new Scene();

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serve(routerOf: (auth: ReturnType<Scene['auth']>) => AnyTRPCRouter, settings: Settings = {}, createContext?: () => object): Promise<string> {
  scene = new Scene();
  const auth = scene.auth(settings);
  const server = await serveTRPC(routerOf(auth), auth, createContext === undefined ? {} : { createContext });
  servers.push(server);
  return server.url;
}

describe('createAuthRouter', () => {
  it('nested in an app’s router, next to its procedures', async () => {
    const url = await serve((auth) => t.router({ auth: createAuthRouter(auth, t), hello: t.procedure.query(() => 'hello') }));
    const client = clientOf(url, SIGNED);
    expect(await client.mutation('auth.obtain', LOGIN)).toEqual({ token: anyToken });
    expect(await client.query('auth.me')).toEqual({ user_id: 1, username: 'ada', expires_at: NOW + 300 });
    expect(await client.query('hello')).toBe('hello');
  });

  it('merged into an app’s router', async () => {
    const url = await serve((auth) => t.mergeRouters(createAuthRouter(auth, t), t.router({ hello: t.procedure.query(() => 'hello') })));
    const client = clientOf(url);
    expect(await client.mutation('obtain', LOGIN)).toEqual({ token: anyToken });
    expect(await client.query('hello')).toBe('hello');
  });

  it('alone, with superjson and an error formatter of its own', async () => {
    const client = clientOf(await serve((auth) => createAuthRouter(auth)));
    expect(await client.mutation('obtain', LOGIN)).toEqual({ token: anyToken });
    expect(await errorOf(client.mutation('verify', { token: 'no-token' }))).toMatchObject({ message: 'Error decoding signature.', data: { authCode: 'TOKEN_UNDECODABLE', fieldErrors: null } });
  });

  it('twice in one app', async () => {
    const url = await serve((auth) => t.router({ a: createAuthRouter(auth, t), b: createAuthRouter(new Scene().auth({ usernameField: 'login' }), t) }));
    expect(await clientOf(url).mutation('a.obtain', LOGIN)).toEqual({ token: anyToken });
    expect(await clientOf(url).mutation('b.obtain', { login: 'ada', password: 'ada-pass' })).toEqual({ token: anyToken });
  });

  it('leaves no token in a URL: all that take one are mutations', async () => {
    const client = clientOf(await serve((auth) => createAuthRouter(auth)));
    for (const path of ['obtain', 'refresh', 'verify', 'logout']) expect((await errorOf(client.query(path, LOGIN))).data).toMatchObject({ code: 'METHOD_NOT_SUPPORTED' });
  });

  it('is never cached', async () => {
    const client = clientOf(await serve((auth) => createAuthRouter(auth)), SIGNED);
    await client.mutation('obtain', LOGIN);
    await client.mutation('verify', { token: tokenFor() });
    await client.query('me');
    expect(client.traffic.map(({ cacheControl }) => cacheControl)).toEqual(['no-store', 'no-store', 'no-store']);
  });

  it.each(['', 'tokenInBody: false'])('answers are plain JSON, whatever the transformer %s', async (mode) => {
    const settings: Settings = mode === '' ? {} : { cookie: { name: 'jwt-token', tokenInBody: false } };
    const calls = async (client: Client): Promise<unknown[]> => [
      await client.mutation('obtain', LOGIN),
      await client.mutation('refresh', { token: tokenFor() }),
      await client.mutation('verify', { token: tokenFor() }),
      await client.query('me'),
      await client.mutation('logout'),
    ];
    const withSuperjson = clientOf(await serve((auth) => createAuthRouter(auth), settings), SIGNED);
    const without = clientOf(await serve((auth) => createAuthRouter(auth, plain), settings), SIGNED, 'plain');
    const answers = [await calls(withSuperjson), await calls(without)];
    for (const { text } of withSuperjson.traffic) expect(text).not.toContain('"meta"');
    const known = (answer: unknown): unknown => JSON.parse(JSON.stringify(answer).replaceAll(/"token":"[^"]+"/g, '"token":"…"'));
    expect(known(answers[1])).toEqual(known(answers[0]));
  });
});

describe('one request, one look-up', () => {
  it('however many calls its batch holds', async () => {
    const url = await serve((auth) => {
      const signedIn = protectedProcedure(auth, t);
      return t.router({ auth: createAuthRouter(auth, t), a: signedIn.query(({ ctx }) => ctx.user.username), b: signedIn.query(({ ctx }) => ctx.claims.exp), hello: t.procedure.query(() => 'hello') });
    });
    const client = clientOf(url, SIGNED);
    expect(await Promise.all([client.query('a'), client.query('b'), client.query('auth.me'), client.query('a'), client.query('hello')])).toEqual([
      'ada',
      NOW + 300,
      { user_id: 1, username: 'ada', expires_at: NOW + 300 },
      'ada',
      'hello',
    ]);
    expect(client.traffic).toHaveLength(1);
    expect(scene.lookedUp).toEqual(['ada']);
  });

  it('a bad token fails the protected calls, and the public ones go on', async () => {
    const url = await serve((auth) => t.router({ a: protectedProcedure(auth, t).query(() => 'a'), hello: t.procedure.query(() => 'hello') }));
    const client = clientOf(url, { authorization: 'JWT no-token' });
    const [error, hello] = await Promise.all([errorOf(client.query('a')), client.query('hello')]);
    expect(error.data).toMatchObject({ authCode: 'TOKEN_UNDECODABLE', httpStatus: 401 });
    expect(hello).toBe('hello');
    expect(client.traffic.map(({ status }) => status)).toEqual([207]);
  });

  it('public calls alone look nobody up', async () => {
    const url = await serve(() => t.router({ hello: t.procedure.query(() => 'hello') }));
    await clientOf(url, SIGNED).query('hello');
    expect(scene.lookedUp).toEqual([]);
  });
});

describe('requireAuth', () => {
  it('adds user and claims to a context, and keeps the rest', async () => {
    const url = await serve((auth) =>
      t.router({
        who: t.procedure
          .use(({ next }) => next({ ctx: { requestId: 'r-1' } }))
          .use(requireAuth(auth))
          .query(({ ctx }) => [ctx.user.username, ctx.claims.username, ctx.requestId]),
      }),
    );
    expect(await clientOf(url, SIGNED).query('who')).toEqual(['ada', 'ada', 'r-1']);
  });

  it('errors of the procedure behind it are the app’s', async () => {
    const url = await serve((auth) => t.router({ fail: protectedProcedure(auth, t).query(() => { throw new Error('of the app'); }) }));
    expect(await errorOf(clientOf(url, SIGNED).query('fail'))).toMatchObject({ message: 'of the app', data: { authCode: null } });
    expect(scene.reported).toEqual([]);
  });
});

describe('optionalUser', () => {
  const who = (auth: ReturnType<Scene['auth']>): AnyTRPCRouter => t.router({ who: t.procedure.use(optionalUser(auth)).query(({ ctx }) => ctx.user?.username ?? null) });

  it.each<readonly [string, Record<string, string>, string | null]>([
    ['a signed-in user', SIGNED, 'ada'],
    ['nobody', {}, null],
    ['another scheme', { authorization: 'Basic YTpi' }, null],
    ['a scheme alone', { authorization: 'JWT' }, null],
    ['a token that is none', { authorization: 'JWT no-token' }, null],
    ['an expired token', { authorization: `JWT ${tokenFor({ claims: { exp: NOW - 1 } })}` }, null],
    ['a disabled user', { authorization: `JWT ${tokenFor({ user: eve })}` }, null],
  ])('%s', async (_what, headers, username) => {
    expect(await clientOf(await serve(who), headers).query('who')).toBe(username);
  });

  it.each([
    ['SERVER_ERROR', 'A server error occurred.', new Error('down')],
    ['STORE_UNAVAILABLE', 'Authentication is temporarily unavailable.', new AuthError('STORE_UNAVAILABLE', { cause: new Error('down') })],
    ['THROTTLED', 'Request was throttled.', new AuthError('THROTTLED', { cause: new Error('down') })],
  ])('is not null where the user table is down, for nobody is signed out by that: %s', async (authCode, message, thrown) => {
    const down = (): never => {
      throw thrown;
    };
    const url = await serve(who, { users: { authenticate: () => null, findByUsername: down } });
    expect(await errorOf(clientOf(url, SIGNED).query('who'))).toMatchObject({ message, data: { authCode } });
    expect(scene.reported).toEqual(authCode === 'THROTTLED' ? [] : [new Error('down')]);
  });
});

describe('a context without our part', () => {
  it.each(['none', 'an imitation'])('%s: an error that names the mend, for the log alone', async (kind) => {
    const context = (): object => (kind === 'none' ? {} : { auth: { identify: () => 'everybody' } });
    const url = await serve((auth) => t.router({ auth: createAuthRouter(auth, t), who: protectedProcedure(auth, t).query(() => 'x'), maybe: t.procedure.use(optionalUser(auth)).query(() => 'x') }), {}, context);
    const client = clientOf(url);
    for (const call of [client.mutation('auth.obtain', LOGIN), client.query('who'), client.query('maybe')]) {
      expect(await errorOf(call)).toMatchObject({ message: 'A server error occurred.', data: { authCode: 'SERVER_ERROR' } });
    }
    expect(scene.reported).toEqual(Array(3).fill(new ConfigurationError('ctx.auth is missing; make the context with expressContext(auth) or the adapter of your server.')));
  });
});
