import { initTRPC } from '@trpc/server';
import superjson from 'superjson';
import { afterEach, describe, expect, it } from 'vitest';
import { authErrorFormatter, authResponseMeta, createAuthRouter, protectedProcedure, RequestAuth } from 'trpc-jwt-auth';
import type { AuthContext, AuthRequest } from 'trpc-jwt-auth';

import { Scene, tokenFor } from '../parity/scene.js';
import type { Settings } from '../parity/scene.js';
import { clientOf, errorOf, serveTRPC } from './trpc-client.js';
import type { TRPCServer } from './trpc-client.js';

const LOGIN = { username: 'ada', password: 'ada-pass' };
const COOKIE_MODE: Settings = { cookie: { name: 'jwt-token' } };
const t = initTRPC.context<AuthContext>().create({ transformer: superjson, errorFormatter: authErrorFormatter() });
let server: TRPCServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function serve(auth: ReturnType<Scene['auth']>, options: Parameters<typeof serveTRPC>[2] = {}): Promise<string> {
  const router = t.router({ auth: createAuthRouter(auth, t), who: protectedProcedure(auth, t).query(({ ctx }) => ctx.user.username) });
  server = await serveTRPC(router, auth, options);
  return server.url;
}

async function cookiesOf(url: string): Promise<string[]> {
  const client = clientOf(url);
  await client.mutation('auth.obtain', LOGIN);
  return client.traffic.flatMap(({ setCookies }) => setCookies.map((cookie) => cookie.split('=')[0] ?? ''));
}

describe('an app’s responseMeta that sets a cookie', () => {
  it.each<readonly [string, Headers | Record<string, string | string[]>, string[]]>([
    ['as a record', { 'set-cookie': 'theme=dark' }, ['theme']],
    ['in any case', { 'Set-Cookie': 'theme=dark' }, ['theme']],
    ['as a list', { 'set-cookie': ['theme=dark', 'lang=en'] }, ['theme', 'lang']],
    ['as Headers', new Headers([['set-cookie', 'theme=dark'], ['set-cookie', 'lang=en']]), ['theme', 'lang']],
  ])('loses ours without the helper and keeps it with it: %s', async (_as, headers, names) => {
    const auth = new Scene().auth(COOKIE_MODE);
    expect(await cookiesOf(await serve(auth, { responseMeta: () => ({ headers }) }))).toEqual(names);
    await server?.close();
    expect(await cookiesOf(await serve(auth, { responseMeta: authResponseMeta(() => ({ headers })) }))).toEqual([...names, 'jwt-token']);
  });

  it('keeps its other headers and its status', async () => {
    const auth = new Scene().auth(COOKIE_MODE);
    const meta = authResponseMeta(() => ({ status: 201, headers: { 'set-cookie': 'theme=dark', 'cache-control': 'private' } }));
    const client = clientOf(await serve(auth, { responseMeta: meta }));
    await client.mutation('auth.obtain', LOGIN);
    expect(client.traffic).toMatchObject([{ status: 201, cacheControl: 'private', setCookies: [expect.stringMatching(/^theme=/), expect.stringMatching(/^jwt-token=/)] }]);
  });

  it.each<readonly [string, object]>([['nothing', {}], ['a header', { headers: { 'x-app': '1' } }], ['Headers', { headers: new Headers({ 'x-app': '1' }) }]])(
    'that sets none, but %s, is left as it is',
    async (_what, given) => {
      const auth = new Scene().auth(COOKIE_MODE);
      const meta = authResponseMeta(() => given);
      expect(meta({})).toBe(given);
      expect(await cookiesOf(await serve(auth, { responseMeta: meta }))).toEqual(['jwt-token']);
    },
  );

  it('is left as it is where we set none', async () => {
    const given = { headers: { 'set-cookie': 'theme=dark' } };
    expect(authResponseMeta(() => given)({ ctx: undefined })).toBe(given);
    expect(await cookiesOf(await serve(new Scene().auth(), { responseMeta: authResponseMeta(() => given) }))).toEqual(['theme']);
  });
});

describe('a batch', () => {
  it('sets the cookie of each of its operations', async () => {
    const client = clientOf(await serve(new Scene().auth(COOKIE_MODE)));
    await Promise.all([client.mutation('auth.obtain', LOGIN), client.mutation('auth.logout')]);
    expect(client.traffic).toHaveLength(1);
    expect(client.traffic[0]?.setCookies).toHaveLength(2);
  });
});

describe('a stream, whose headers are gone before its procedures run', () => {
  const countingAuth = (settings: Settings): { auth: ReturnType<Scene['auth']>; logins: () => number } => {
    let logins = 0;
    const scene = new Scene();
    const users: Settings['users'] = {
      authenticate: () => {
        logins += 1;
        return scene.find('ada');
      },
      findByUsername: (username) => scene.find(username),
    };
    return { auth: scene.auth({ ...settings, users: users }), logins: () => logins };
  };

  it('refuses what would set a cookie, before any work', async () => {
    const { auth, logins } = countingAuth(COOKIE_MODE);
    const client = clientOf(await serve(auth), {}, 'stream');
    for (const call of [client.mutation('auth.obtain', LOGIN), client.mutation('auth.refresh', { token: tokenFor() }), client.mutation('auth.logout')]) {
      expect(await errorOf(call)).toMatchObject({
        message: 'This response cannot carry a cookie; call authentication procedures over a plain HTTP request, not a stream.',
        data: { authCode: 'COOKIE_UNSUPPORTED', code: 'BAD_REQUEST' },
      });
    }
    expect(logins()).toBe(0);
    expect(client.traffic.flatMap(({ setCookies }) => setCookies)).toEqual([]);
  });

  it('serves what only reads it', async () => {
    const client = clientOf(await serve(countingAuth(COOKIE_MODE).auth), { cookie: `jwt-token=${tokenFor()}` }, 'stream');
    expect(await client.query('who')).toBe('ada');
    expect(await client.mutation('auth.verify')).toEqual({ token: tokenFor() });
    expect(await client.query('auth.me')).toMatchObject({ username: 'ada' });
  });

  it('serves everything where there are no cookies', async () => {
    const { auth, logins } = countingAuth({});
    const client = clientOf(await serve(auth), {}, 'stream');
    expect(await client.mutation('auth.obtain', LOGIN)).toEqual({ token: expect.any(String) as string });
    expect(await client.mutation('auth.logout')).toEqual({});
    expect(logins()).toBe(1);
  });
});

describe('RequestAuth', () => {
  function over(headers: Record<string, string>): AuthRequest {
    return { method: 'GET', header: (name) => headers[name], host: 'app.example.com', secure: true, peerAddress: undefined, answer: undefined };
  }

  it('remembers who a token is, but not across tokens: a socket’s request outlives them', async () => {
    const scene = new Scene();
    const auth = scene.auth();
    const headers: Record<string, string> = { authorization: `JWT ${tokenFor()}` };
    const request = new RequestAuth(over(headers));
    await Promise.all([request.identify(auth), request.identify(auth)]);
    expect((await request.identify(auth)).user.username).toBe('ada');
    headers.authorization = `JWT ${tokenFor({ user: { id: 2, username: 'bob', isActive: true } })}`;
    expect((await request.identify(auth)).user.username).toBe('bob');
    delete headers.authorization;
    await expect(request.identify(auth)).rejects.toMatchObject({ code: 'NOT_AUTHENTICATED' });
    expect(scene.lookedUp).toEqual(['ada', 'bob']);
  });

  it('remembers per auth', async () => {
    const scene = new Scene();
    const request = new RequestAuth(over({ authorization: `JWT ${tokenFor()}` }));
    await request.identify(scene.auth());
    await expect(request.identify(scene.auth({ token: { audience: 'other' } }))).rejects.toMatchObject({ code: 'TOKEN_REJECTED' });
  });

  it('reads a header by the scheme of whoever asks', async () => {
    const scene = new Scene();
    const request = new RequestAuth(over({ authorization: `JWT ${tokenFor()}` }));
    const [ours, bearers] = [scene.auth(), scene.auth({ token: { headerPrefix: 'Bearer' } })];
    for (let turn = 0; turn < 2; turn += 1) {
      expect((await request.identify(ours)).user.username).toBe('ada');
      await expect(request.identify(bearers)).rejects.toMatchObject({ code: 'NOT_AUTHENTICATED' });
    }
  });

  it('a refusal is remembered too', async () => {
    const scene = new Scene([]);
    const auth = scene.auth();
    const request = new RequestAuth(over({ authorization: `JWT ${tokenFor()}` }));
    for (let call = 0; call < 3; call += 1) await expect(request.identify(auth)).rejects.toMatchObject({ code: 'USER_NOT_FOUND', message: 'Invalid signature.' });
    expect(scene.lookedUp).toEqual(['ada']);
  });
});
