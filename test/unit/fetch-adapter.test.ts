import { once } from 'node:events';
import { connect } from 'node:net';

import { initTRPC } from '@trpc/server';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { AuthError, authErrorFormatter, authResponseMeta, createAuthRouter, optionalUser, RequestAuth } from 'trpc-jwt-auth';
import type { AuthContext, AuthEvent } from 'trpc-jwt-auth';
import { fetchContext, requireUser, restBridge, views } from 'trpc-jwt-auth/fetch';
import { JSONWebTokenAPIView, RestResponse } from 'trpc-jwt-auth/rest';
import { memorySessions } from 'trpc-jwt-auth/stores/memory';

import { deferred } from '../deferred.js';
import { listenFetch } from '../parity/fetch-server.js';
import { NOW, Scene, tokenFor } from '../parity/scene.js';
import type { Settings, User } from '../parity/scene.js';
import { parseSetCookie } from '../parity/transport.js';

const ORIGIN = 'https://app.example.com';
const LOGIN = { username: 'ada', password: 'ada-pass' };
const SIGNED = { authorization: `JWT ${tokenFor()}` };
const COOKIES: Settings = { cookie: { name: 'jwt-token' } };

function post(path: string, body: BodyInit | null, headers: Record<string, string> = {}): Request {
  return new Request(`${ORIGIN}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body, ...(body instanceof ReadableStream && { duplex: 'half' }) });
}

const login = (headers: Record<string, string> = {}): Request => post('/api-token-auth/', JSON.stringify(LOGIN), headers);

/** A body in pieces, which says how many of them were asked for. */
function pieces(...texts: readonly (string | Error)[]): { readonly body: ReadableStream<Uint8Array>; readonly pulled: () => number } {
  let pulled = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        const text = texts[pulled];
        pulled += 1;
        if (text instanceof Error) controller.error(text);
        else if (text === undefined) controller.close();
        else controller.enqueue(new TextEncoder().encode(text));
      },
    },
    { highWaterMark: 0 },
  );
  return { body, pulled: () => pulled };
}

async function said(response: Response | undefined): Promise<{ status: number; body: unknown }> {
  if (response === undefined) throw new Error('not answered');
  return { status: response.status, body: await response.json() };
}

describe('restBridge', () => {
  it('leaves what is not ours to the next, body unread', async () => {
    const bridge = restBridge(new Scene().auth());
    for (const path of ['/', '/other', '/api-token-auth', '/api-token-auth/', '/api-token-auth//', '/api-token-auth/?next=/', '/x/api-token-auth/']) {
      const request = post(path, '{}');
      const isOurs = /^\/api-token-auth\/?(\?|$)/.test(path);
      expect([path, (await bridge(request))?.status, request.bodyUsed]).toEqual([path, isOurs ? 400 : undefined, isOurs]);
    }
  });

  it('answers as on every server', async () => {
    const bridge = restBridge(new Scene().auth());
    const answer = await bridge(login());
    expect(Object.fromEntries(answer?.headers ?? [])).toEqual({ 'content-type': 'application/json', 'cache-control': 'no-store' });
    expect(await said(answer)).toEqual({ status: 200, body: { token: expect.any(String) as string } });
  });

  it('takes paths, and views whose answers may be without a body', async () => {
    class Silent extends JSONWebTokenAPIView<User> {
      override post(): Promise<RestResponse> {
        return Promise.resolve(new RestResponse(undefined, { status: this.request.header('x-status') === undefined ? 200 : 204 }));
      }
    }
    const bridge = restBridge(new Scene().auth(), { paths: { obtain: '/login' }, views: { obtain: Silent } });
    expect(await bridge(login())).toBeUndefined();
    for (const [headers, status] of [[{}, 200], [{ 'x-status': '204' }, 204]] as const) {
      const answer = await bridge(post('/login', '{}', headers));
      expect([answer?.status, answer?.body, answer?.headers.get('content-type')]).toEqual([status, null, null]);
    }
  });

  it('refuses what it does not know, and what is no function', () => {
    const auth = new Scene().auth();
    expect(() => restBridge(auth, { basePath: '/x' } as object)).toThrow('restBridge: unknown option "basePath"');
    const wrong = { clientAddress: 'cf-connecting-ip' } as object;
    expect(() => restBridge(auth, wrong)).toThrow('restBridge: clientAddress is a string; give a function');
    expect(() => views(auth, wrong)).toThrow('views: clientAddress is a string');
    expect(() => fetchContext(auth, undefined, wrong)).toThrow('fetchContext: clientAddress is a string');
  });

  it('HEAD is answered without a body', async () => {
    const bridge = restBridge(new Scene().auth({ sessions: { store: memorySessions() } }));
    const { token } = (await said(await bridge(login()))).body as { token: string };
    const answers: unknown[] = [];
    for (const [path, headers] of [['/api-token-sessions/', { authorization: `JWT ${token}` }], ['/api-token-sessions/', {}], ['/api-token-auth/', {}]] as const) {
      const answer = await bridge(new Request(`${ORIGIN}${path}`, { method: 'HEAD', headers }));
      answers.push([answer?.status, answer?.body, answer?.headers.get('content-type'), answer?.headers.get('auth-error-code')]);
    }
    expect(answers).toEqual([
      [200, null, 'application/json', null],
      [401, null, 'application/json', 'NOT_AUTHENTICATED'],
      [405, null, 'application/json', 'METHOD_NOT_ALLOWED'],
    ]);
  });

  it('sets several cookies as several, secure where the URL is', async () => {
    const bridge = restBridge(new Scene().auth({ ...COOKIES, sessions: { store: memorySessions() } }));
    const secure = (await bridge(login()))?.headers.getSetCookie().map(parseSetCookie);
    expect(secure?.map(({ name, attributes }) => [name, attributes.secure])).toEqual([['jwt-token', true], ['__Host-jwt-token-refresh', true]]);
    const plain = await bridge(new Request(`http://localhost/api-token-auth/`, { method: 'POST', body: new URLSearchParams(LOGIN) }));
    expect(plain?.headers.getSetCookie().map(parseSetCookie).map(({ name, attributes }) => [name, attributes.secure])).toEqual([['jwt-token', undefined], ['jwt-token-refresh', undefined]]);
  });

  it.each([
    ['its own page, by the URL', { origin: ORIGIN }, 200],
    ['its own page, by the header Host where the URL has the name of the machine', { origin: 'https://shop.example', host: 'shop.example' }, 200],
    ['another page', { origin: 'https://evil.example' }, 403],
    ['another page, though the URL is of its host', { origin: ORIGIN, host: 'shop.example' }, 403],
  ])('a login in cookie mode from %s', async (_from, headers, status) => {
    expect((await restBridge(new Scene().auth(COOKIES))(login(headers)))?.status).toBe(status);
  });

  it('two Authorization headers are refused', async () => {
    const headers = new Headers(SIGNED);
    headers.append('authorization', SIGNED.authorization);
    const bridge = restBridge(new Scene().auth({ sessions: { store: memorySessions() } }));
    const answer = await bridge(new Request(`${ORIGIN}/api-token-sessions/`, { headers }));
    expect([answer?.status, answer?.headers.get('auth-error-code')]).toEqual([401, 'HEADER_INVALID']);
  });
});

describe('a body', () => {
  const bridge = restBridge(new Scene().auth());
  const TOO_LARGE = { status: 413, body: { detail: 'Request body is too large.' } };
  const EMPTY = { status: 400, body: { username: ['This field is required.'], password: ['This field is required.'] } };

  it('in pieces is put together', async () => {
    const text = JSON.stringify({ ...LOGIN, comment: '€' });
    expect(await said(await bridge(post('/api-token-auth/', pieces(...text).body)))).toMatchObject({ status: 200 });
  });

  it('that says it is too large is not read', async () => {
    const { body, pulled } = pieces('{}');
    expect(await said(await bridge(post('/api-token-auth/', body, { 'content-length': String(100 * 1024 + 1) })))).toEqual(TOO_LARGE);
    expect(pulled()).toBe(0);
  });

  it('that turns out too large is read no further', async () => {
    const { body, pulled } = pieces(...Array.from({ length: 50 }, () => ' '.repeat(10 * 1024)));
    expect(await said(await bridge(post('/api-token-auth/', body)))).toEqual(TOO_LARGE);
    expect(pulled()).toBe(11);
  });

  it('as large as may be is read', async () => {
    const text = JSON.stringify(LOGIN).padEnd(100 * 1024);
    expect(await said(await bridge(post('/api-token-auth/', text)))).toMatchObject({ status: 200 });
    expect(await said(await bridge(post('/api-token-auth/', `${text} `)))).toEqual(TOO_LARGE);
  });

  it('that breaks off is malformed', async () => {
    const answer = await bridge(post('/api-token-auth/', pieces('{"user', new Error('socket hang up')).body));
    expect(await said(answer)).toEqual({ status: 400, body: { detail: 'The request ended before its body did.' } });
  });

  it('that somebody has read, or is reading, is empty', async () => {
    const used = login();
    await used.text();
    expect(await said(await bridge(used))).toEqual(EMPTY);
    const locked = login();
    locked.body?.getReader();
    expect(await said(await bridge(locked))).toEqual(EMPTY);
  });

  it('of a form, in both encodings', async () => {
    const form = new FormData();
    for (const [name, value] of Object.entries(LOGIN)) form.set(name, value);
    for (const body of [form, new URLSearchParams(LOGIN)]) {
      expect(await said(await bridge(new Request(`${ORIGIN}/api-token-auth/`, { method: 'POST', body })))).toMatchObject({ status: 200 });
    }
  });

  it('whose client goes away is malformed, and the server goes on', async () => {
    const answered = deferred<Response | undefined>();
    const { origin, port, close } = await listenFetch(async (request) => {
      const answer = await bridge(request);
      answered.resolve(answer?.clone());
      return answer ?? new Response(null, { status: 404 });
    });
    try {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write('POST /api-token-auth/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"user');
      socket.destroySoon();
      expect(await said(await answered.promise)).toEqual({ status: 400, body: { detail: 'The request ended before its body did.' } });
      expect((await fetch(`${origin}/other`)).status).toBe(404);
    } finally {
      await close();
    }
  });

  it('that is too large is answered over HTTP, and so is the next request', async () => {
    const { origin, close } = await listenFetch(async (request) => (await bridge(request)) ?? new Response(null, { status: 404 }));
    try {
      const body = new Uint8Array(100 * 1024 + 1).fill(32);
      expect(await said(await fetch(`${origin}/api-token-auth/`, { method: 'POST', body }))).toEqual(TOO_LARGE);
      expect(await said(await fetch(`${origin}/api-token-auth/`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(LOGIN) }))).toMatchObject({ status: 200 });
    } finally {
      await close();
    }
  });
});

describe('the client’s address', () => {
  async function addressOf(settings: Settings, serve: (auth: ReturnType<Scene['auth']>) => Promise<Response | undefined>): Promise<string | undefined> {
    const events: AuthEvent[] = [];
    expect((await serve(new Scene().auth({ ...settings, onEvent: (event) => void events.push(event) })))?.status).toBe(200);
    const [event] = events;
    return event !== undefined && 'clientAddress' in event ? event.clientAddress : 'no event';
  }
  const forwarded = (): Request => login({ 'x-forwarded-for': '192.0.2.1, 198.51.100.7', 'cf-connecting-ip': '203.0.113.9' });
  const clientAddress = (request: Request): string | undefined => request.headers.get('cf-connecting-ip') ?? undefined;

  it('is unknown unless something says it', async () => {
    expect(await addressOf({}, (auth) => restBridge(auth)(forwarded()))).toBeUndefined();
  });

  it('is what the option says of the request', async () => {
    expect(await addressOf({}, (auth) => restBridge(auth, { clientAddress })(forwarded()))).toBe('203.0.113.9');
    expect(await addressOf({}, (auth) => views(auth, { clientAddress }).obtainJwtToken(forwarded()))).toBe('203.0.113.9');
  });

  it('is what the option says of whatever the server hands along', async () => {
    const bunLike = { requestIP: (_request: Request) => ({ address: '203.0.113.10' }) };
    expect(await addressOf({}, (auth) => restBridge(auth, { clientAddress: (request, server: typeof bunLike) => server.requestIP(request).address })(forwarded(), bunLike))).toBe('203.0.113.10');
    const denoLike = { remoteAddr: { hostname: '203.0.113.11' } };
    expect(await addressOf({}, (auth) => views(auth, { clientAddress: (_request, info: typeof denoLike) => info.remoteAddr.hostname }).obtainJwtToken(forwarded(), denoLike))).toBe('203.0.113.11');
  });

  it('is read behind trusted proxies first', async () => {
    expect(await addressOf({ trustedProxies: 1 }, (auth) => restBridge(auth)(forwarded()))).toBe('198.51.100.7');
    expect(await addressOf({ trustedProxies: 2 }, (auth) => restBridge(auth, { clientAddress })(forwarded()))).toBe('192.0.2.1');
    expect(await addressOf({ trustedProxies: 3 }, (auth) => restBridge(auth, { clientAddress })(forwarded()))).toBe('203.0.113.9');
  });

  it('that cannot be found is a mistake of the server, and no more is said', async () => {
    const scene = new Scene();
    const lost = new Error('no address');
    const bridge = restBridge(scene.auth(), { clientAddress: () => { throw lost; } });
    expect(await said(await bridge(login()))).toEqual({ status: 500, body: { detail: 'A server error occurred.' } });
    expect(scene.reported).toEqual([lost]);
  });
});

describe('views', () => {
  it('serve at URLs of the app’s own, and answer OPTIONS and 405 themselves', async () => {
    const { obtainJwtToken, refreshJwtToken, verifyJwtToken, logoutJwtToken } = views(new Scene().auth());
    const { body } = await said(await obtainJwtToken(post('/login', JSON.stringify(LOGIN))));
    expect(await said(await refreshJwtToken(post('/renew', JSON.stringify(body))))).toEqual({ status: 200, body: { token: expect.any(String) as string } });
    expect(await said(await verifyJwtToken(post('/check', JSON.stringify(body))))).toEqual({ status: 200, body });
    expect(await said(await logoutJwtToken(post('/out', null)))).toEqual({ status: 200, body: {} });
    const options = await obtainJwtToken(new Request(`${ORIGIN}/login`, { method: 'OPTIONS' }));
    expect([options.status, options.headers.get('allow')]).toEqual([200, 'POST, OPTIONS']);
    const get = await obtainJwtToken(new Request(`${ORIGIN}/login`));
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
  });
});

describe('requireUser', () => {
  const auth = new Scene().auth(COOKIES);
  const ask = (headers: Record<string, string>, method = 'GET'): Request => new Request(`${ORIGIN}/me`, { method, headers });

  it('gives the handler the app’s own user, the claims, and what the server hands along', async () => {
    const me = requireUser(auth, (request, { user, claims }, context: { id: string }) => {
      // Typed as the app's user: `email` is no field of AuthUser's that an app must have.
      const email: string | undefined = user.email;
      return Response.json({ url: request.url, email, exp: claims.exp, id: context.id });
    });
    expect(await said(await me(ask(SIGNED), { id: 'x' }))).toEqual({ status: 200, body: { url: `${ORIGIN}/me`, email: 'ada@example.com', exp: NOW + 300, id: 'x' } });
  });

  it.each<readonly [string, Request, number, Record<string, string>, string]>([
    ['nobody', ask({}), 401, { 'www-authenticate': 'JWT realm="api"', 'auth-error-code': 'NOT_AUTHENTICATED' }, 'Authentication credentials were not provided.'],
    ['no token', ask({ authorization: 'JWT no-token' }), 401, { 'www-authenticate': 'JWT realm="api"', 'auth-error-code': 'TOKEN_UNDECODABLE' }, 'Error decoding signature.'],
    ['a page of another site', ask({ cookie: `jwt-token=${tokenFor()}`, origin: 'https://evil.example' }, 'POST'), 403, { 'auth-error-code': 'CSRF_FAILED' }, 'CSRF Failed: Origin checking failed.'],
    ['who wants HTML', ask({ ...SIGNED, accept: 'text/html' }), 406, { 'auth-error-code': 'NOT_ACCEPTABLE' }, 'Could not satisfy the request Accept header.'],
  ])('refuses %s, and the handler is not called', async (_whom, request, status, headers, detail) => {
    const guarded = requireUser(auth, () => { throw new Error('called'); });
    const answer = await guarded(request);
    expect(Object.fromEntries(answer.headers)).toEqual({ 'content-type': 'application/json', 'cache-control': 'no-store', ...headers });
    expect(await said(answer)).toEqual({ status, body: { detail } });
  });

  it('refuses HEAD without a body', async () => {
    const answer = await requireUser(auth, () => Response.json({}))(ask({}, 'HEAD'));
    expect([answer.status, answer.body]).toEqual([401, null]);
  });

  it('leaves what the handler throws to the server', async () => {
    const redirect = new Error('NEXT_REDIRECT');
    await expect(requireUser(auth, () => Promise.reject(redirect))(ask(SIGNED))).rejects.toBe(redirect);
  });

  it('takes whatever verifies tokens', async () => {
    const { settings, verifyToken } = auth;
    expect((await requireUser({ settings, verifyToken }, ({ method }) => Response.json({ method }))(ask(SIGNED))).status).toBe(200);
  });

  it('asks the verifyToken it was given, and nothing that was there before it', async () => {
    const closed = { ...auth, verifyToken: () => Promise.reject(new AuthError('TOKEN_REVOKED')) };
    expect((await requireUser(closed, () => Response.json({}))(ask(SIGNED))).status).toBe(401);
  });
});

describe('fetchContext', () => {
  const t = initTRPC.context<AuthContext>().create({ errorFormatter: authErrorFormatter() });

  function serverOf(settings: Settings, headers: Record<string, string> = {}) {
    const auth = new Scene().auth(settings);
    const router = t.router({ auth: createAuthRouter(auth, t), who: t.procedure.use(optionalUser(auth)).query(({ ctx }) => ctx.user?.username ?? 'stranger') });
    return (req: Request): Promise<Response> => fetchRequestHandler({ endpoint: '/trpc', req, router, createContext: fetchContext(auth), responseMeta: authResponseMeta(() => ({ headers })) });
  }

  const namesOf = (response: Response): string[] => response.headers.getSetCookie().map((cookie) => parseSetCookie(cookie).name);

  it('sets several cookies as several', async () => {
    const serve = serverOf({ ...COOKIES, sessions: { store: memorySessions() } });
    const answer = await serve(post('/trpc/auth.obtain', JSON.stringify(LOGIN)));
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(namesOf(answer)).toEqual(['jwt-token', '__Host-jwt-token-refresh']);
  });

  it('an app’s responseMeta loses none of them', async () => {
    const answer = await serverOf(COOKIES, { 'set-cookie': 'theme=dark' })(post('/trpc/auth.obtain', JSON.stringify(LOGIN)));
    expect(new Set(namesOf(answer))).toEqual(new Set(['jwt-token', 'theme']));
  });

  it('a stream sets none, and refuses what would have to', async () => {
    const serve = serverOf(COOKIES);
    const answer = await serve(post('/trpc/auth.obtain?batch=1', JSON.stringify({ 0: LOGIN }), { 'trpc-accept': 'application/jsonl' }));
    expect(namesOf(answer)).toEqual([]);
    expect(await answer.text()).toContain('COOKIE_UNSUPPORTED');
    const read = await serve(new Request(`${ORIGIN}/trpc/who?batch=1`, { headers: { 'trpc-accept': 'application/jsonl', cookie: `jwt-token=${tokenFor()}` } }));
    expect(await read.text()).toContain('"ada"');
  });

  it('never throws for a bad token', async () => {
    const answer = await serverOf({})(new Request(`${ORIGIN}/trpc/who,auth.me?batch=1`, { headers: { authorization: 'JWT no-token' } }));
    expect(await answer.json()).toMatchObject([{ result: { data: 'stranger' } }, { error: { data: { authCode: 'TOKEN_UNDECODABLE' } } }]);
  });

  describe('adds what the app adds', () => {
    const auth = new Scene().auth();
    const options = (type: 'query' | 'subscription' = 'query', accept: 'application/jsonl' | null = null) =>
      ({ req: new Request(`${ORIGIN}/trpc/who`, { headers: { 'x-request-id': 'r-1' } }), resHeaders: new Headers(), info: { accept, type } }) as unknown as Parameters<ReturnType<typeof fetchContext>>[0];

    it('now and in its own time, and auth is not to be replaced', async () => {
      expect(Object.keys(await fetchContext(auth)(options()))).toEqual(['auth']);
      expect(await fetchContext(auth, ({ req }) => ({ id: req.headers.get('x-request-id') }))(options())).toMatchObject({ id: 'r-1' });
      const extension: object = { auth: 'everybody', id: 1 };
      const context = await fetchContext(auth, () => Promise.resolve(extension))(options());
      expect(context.auth).toBeInstanceOf(RequestAuth);
      expect(context).toMatchObject({ id: 1 });
    });

    it('to an answer that carries headers unless it streams', async () => {
      const carries = async (...of: Parameters<typeof options>): Promise<boolean> => (await fetchContext(auth)(options(...of))).auth.request.answer !== undefined;
      expect([await carries(), await carries('subscription'), await carries('query', 'application/jsonl')]).toEqual([true, false, false]);
    });
  });
});

describe('the sources behind the entry', () => {
  it('import nothing of Node; only the first multipart form loads its parser, which does', async () => {
    const { metafile } = await build({
      entryPoints: ['src/adapters/fetch.ts'],
      bundle: true,
      format: 'esm',
      // Knows no built-in module of any platform: importing one fails.
      platform: 'neutral',
      mainFields: ['module', 'main'],
      external: ['busboy'],
      write: false,
      metafile: true,
      logLevel: 'silent',
    });
    const external = Object.values(metafile.outputs).flatMap(({ imports }) => imports.filter((each) => each.external === true));
    expect(external.map(({ path, kind }) => [path, kind])).toEqual([['busboy', 'dynamic-import']]);
  });
});
