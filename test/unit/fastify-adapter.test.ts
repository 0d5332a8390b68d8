import { once } from 'node:events';
import { IncomingMessage } from 'node:http';
import { connect, Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { createGunzip, gzipSync } from 'node:zlib';

import { fastifyTRPCPlugin } from '@trpc/server/adapters/fastify';
import fastify from 'fastify';
import type { FastifyInstance, FastifyServerOptions, InjectOptions, LightMyRequestResponse } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { authResponseMeta, createAuthRouter, protectedProcedure, RequestAuth } from 'trpc-jwt-auth';
import type { AuthEvent } from 'trpc-jwt-auth';
import { fastifyContext, requireUser, restBridge, views } from 'trpc-jwt-auth/fastify';
import { JSONWebTokenAPIView, RestResponse } from 'trpc-jwt-auth/rest';
import { memorySessions } from 'trpc-jwt-auth/stores/memory';

import { NOW, Scene, tokenFor } from '../parity/scene.js';
import type { Settings, User } from '../parity/scene.js';
import { parseSetCookie } from '../parity/transport.js';
import { t } from '../parity/transports/trpc-router.js';
import { clientOf, errorOf } from './trpc-client.js';

const LOGIN = { username: 'ada', password: 'ada-pass' };
const SIGNED = { authorization: `JWT ${tokenFor()}` };
const COOKIES: Settings = { cookie: { name: 'jwt-token' } };
const TOKEN = { token: expect.any(String) as string };

const apps: FastifyInstance[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});

function newApp(options: FastifyServerOptions = {}): FastifyInstance {
  const app = fastify({ forceCloseConnections: true, ...options });
  apps.push(app);
  return app;
}

async function bridged(settings: Settings = {}, options: FastifyServerOptions = {}, prepare: (app: FastifyInstance) => unknown = () => undefined): Promise<FastifyInstance> {
  const app = newApp(options);
  await prepare(app);
  await app.register(restBridge(new Scene().auth(settings)));
  return app;
}

const listen = (app: FastifyInstance): Promise<string> => app.listen({ port: 0, host: '127.0.0.1' });

function login(more: InjectOptions = {}): InjectOptions {
  return { method: 'POST', url: '/api-token-auth/', payload: LOGIN, ...more };
}

function said(response: LightMyRequestResponse): { status: number; body: unknown } {
  return { status: response.statusCode, body: response.json() };
}

const cookiesOf = (response: LightMyRequestResponse): string[] => [response.headers['set-cookie'] ?? []].flat();

/** What a server says to bytes that no client of HTTP would send. */
function raw(origin: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(origin).port), '127.0.0.1', () => socket.end(text));
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString())).on('close', () => resolve(answer)).on('error', reject);
  });
}

describe('restBridge', () => {
  it('answers at its paths, in either spelling, and as on every server', async () => {
    const app = await bridged();
    for (const url of ['/api-token-auth/', '/api-token-auth', '/api-token-auth/?next=/x']) expect(said(await app.inject(login({ url })))).toEqual({ status: 200, body: TOKEN });
    const { headers } = await app.inject(login());
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store' });
  });

  it('leaves all else to the app', async () => {
    const app = await bridged({}, {}, (before) => before.get('/api-token-auth/help', () => 'help').post('/pages/:page', () => 'page'));
    expect((await app.inject('/api-token-auth/help')).body).toBe('help');
    expect((await app.inject({ method: 'POST', url: '/pages/7' })).body).toBe('page');
    for (const url of ['/', '/api-token-auth//', '/x/api-token-auth/', '/API-TOKEN-AUTH/']) expect((await app.inject(login({ url }))).statusCode).toBe(404);
    expect((await app.inject(login())).statusCode).toBe(200);
  });

  it('answers every method', async () => {
    const app = await bridged();
    const options = await app.inject({ method: 'OPTIONS', url: '/api-token-auth/' });
    expect([options.statusCode, options.headers.allow, options.json()]).toEqual([200, 'POST, OPTIONS', expect.objectContaining({ name: 'Obtain JSON Web Token' })]);
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE', 'TRACE'] as const) {
      const answer = await app.inject({ method, url: '/api-token-auth/', ...(method !== 'GET' && { payload: LOGIN }) });
      expect([answer.statusCode, answer.headers.allow, answer.json()]).toEqual([405, 'POST, OPTIONS', { detail: `Method "${method}" not allowed.` }]);
    }
    expect(await app.inject({ method: 'HEAD', url: '/api-token-auth/' })).toMatchObject({ statusCode: 405, body: '' });
  });

  it('is registered under a prefix, more than once, and beside the app’s own routes there', async () => {
    const app = newApp();
    const other = new Scene().auth({ token: { headerPrefix: 'Bearer' } });
    await app.register(restBridge(new Scene().auth()), { prefix: '/v1/:tenant' });
    await app.register(restBridge(other, { paths: { obtain: '/login:now' } }), { prefix: '/v2/' });
    app.post('/v1/:tenant/notes', () => ({ notes: [] }));
    expect(said(await app.inject(login({ url: '/v1/acme/api-token-auth/' })))).toEqual({ status: 200, body: TOKEN });
    expect(said(await app.inject(login({ url: '/v1/acme/notes' })))).toEqual({ status: 200, body: { notes: [] } });
    expect((await app.inject(login({ url: '/v2/login:now' }))).statusCode).toBe(200);
    for (const url of ['/api-token-auth/', '/v2/api-token-auth/', '/v2/login', '/v2/loginx']) expect((await app.inject(login({ url }))).statusCode).toBe(404);
    expect((await app.inject({ method: 'POST', url: '/v2/login:now', payload: { ...LOGIN, password: 'x' } })).headers['www-authenticate']).toBe('Bearer realm="api"');
  });

  it.each<FastifyServerOptions>([{ routerOptions: { ignoreTrailingSlash: true } }, { routerOptions: { caseSensitive: false, ignoreDuplicateSlashes: true } }])('is registered where the router is lenient: %j', async (options) => {
    const app = await bridged({ sessions: { store: memorySessions() } }, options);
    for (const url of ['/api-token-auth/', '/api-token-auth']) expect((await app.inject(login({ url }))).statusCode).toBe(200);
    for (const url of ['/api-token-sessions/x/', '/api-token-sessions/x', '/api-token-sessions']) expect((await app.inject(url)).statusCode).toBe(401);
  });

  it('refuses a route that the app has, and options it does not know', async () => {
    const app = newApp();
    app.post('/api-token-auth/', () => 'mine');
    await expect(app.register(restBridge(new Scene().auth()))).rejects.toMatchObject({ code: 'FST_ERR_DUPLICATED_ROUTE' });
    expect(() => restBridge(new Scene().auth(), { path: {} } as object)).toThrow('restBridge: unknown option "path"');
  });

  it('finds a session by the last segment as it was sent', async () => {
    const ids: unknown[] = [];
    class Seen extends JSONWebTokenAPIView<User> {
      override readonly methods = ['GET'] as const;
      override get(): Promise<RestResponse> {
        ids.push(this.request.id);
        return Promise.resolve(new RestResponse({}));
      }
    }
    const app = newApp();
    app.setNotFoundHandler((_request, reply) => reply.code(404).send({ missing: true }));
    await app.register(restBridge(new Scene().auth({ sessions: { store: memorySessions() } }), { views: { session: Seen }, paths: { session: '/sessions/<id>/' } }), { prefix: '/v1' });
    for (const id of ['a-b', 'a%2Fb', '%61', 'x?y=/z', 'ü']) await app.inject(`/v1/sessions/${encodeURI(id).replaceAll('%25', '%')}/`.replace('?y=/z/', '/?y=/z'));
    await app.inject('/v1/sessions/short');
    expect(ids).toEqual(['a-b', 'a%2Fb', '%61', 'x', '%C3%BC', 'short']);
    for (const url of ['/v1/sessions//', '/v1/sessions/', '/v1/sessions/a/b', '/v1/sessions/a//']) expect(said(await app.inject(url))).toEqual({ status: 404, body: { missing: true } });
  });

  it('a view may answer without a body, and with headers of its own', async () => {
    class Silent extends JSONWebTokenAPIView<User> {
      override post({ data }: { data: unknown }): Promise<RestResponse> {
        return Promise.resolve(new RestResponse(undefined, data as { status: number; headers: Record<string, string> }));
      }
    }
    const app = newApp();
    await app.register(restBridge(new Scene().auth(), { views: { obtain: Silent } }));
    expect(await app.inject(login({ payload: { status: 204, headers: { 'X-Own': '1' } } }))).toMatchObject({ statusCode: 204, body: '', headers: { 'x-own': '1' } });
    // What no answer can be is the server's error, and no more.
    for (const wrong of [{ status: 999 }, { status: 200, headers: { 'X-Own': 'a\r\nSet-Cookie: b' } }]) {
      const origin = app.server.listening ? `http://127.0.0.1:${(app.server.address() as AddressInfo).port}` : await listen(app);
      const response = await fetch(`${origin}/api-token-auth/`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(wrong) });
      expect([response.status, response.headers.has('set-cookie')]).toEqual([500, false]);
    }
    expect((await app.inject(login({ payload: {} }))).statusCode).toBe(200);
  });
});

describe('a body', () => {
  const TOO_LARGE = { detail: 'Request body is too large.' };

  it.each<readonly [string, FastifyServerOptions, (app: FastifyInstance) => unknown]>([
    ['a body limit of ten bytes', { bodyLimit: 10 }, () => undefined],
    ['a parser of its own for JSON', {}, (app) => app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, _body, done) => done(null, { username: 'eve' }))],
    ['a parser for everything', {}, (app) => app.addContentTypeParser('*', (_request, _body, done) => done(new Error('no')))],
    ['a parser by a pattern', {}, (app) => app.addContentTypeParser(/^application\//, { parseAs: 'buffer' }, (_request, body, done) => done(null, body))],
    ['no parser', {}, (app) => app.removeAllContentTypeParsers()],
  ])('is ours to read in an app with %s', async (_what, options, prepare) => {
    const app = await bridged({}, options, prepare);
    expect(said(await app.inject(login()))).toEqual({ status: 200, body: TOKEN });
    const form = new FormData();
    for (const [name, value] of Object.entries(LOGIN)) form.set(name, value);
    for (const payload of [form, new URLSearchParams(LOGIN)]) {
      const sent = new Request('http://localhost', { method: 'POST', body: payload });
      const headers = { 'content-type': sent.headers.get('content-type') ?? '' };
      expect(said(await app.inject(login({ headers, payload: Buffer.from(await sent.arrayBuffer()) })))).toEqual({ status: 200, body: TOKEN });
    }
  });

  it('is strict JSON, and no object of it reaches a prototype', async () => {
    const app = await bridged();
    const headers = { 'content-type': 'application/json' };
    expect(said(await app.inject(login({ headers, payload: '{"username":' })))).toEqual({ status: 400, body: { detail: 'JSON parse error - The body is not valid JSON.' } });
    expect((await app.inject(login({ headers, payload: '{"__proto__":{"username":"ada","password":"ada-pass"}}' }))).json()).toEqual({ username: ['This field is required.'], password: ['This field is required.'] });
  });

  it('none is as an empty one, with and without a content type', async () => {
    const app = await bridged();
    const required = { status: 400, body: { username: ['This field is required.'], password: ['This field is required.'] } };
    expect(said(await app.inject({ method: 'POST', url: '/api-token-auth/' }))).toEqual(required);
    expect(said(await app.inject({ method: 'POST', url: '/api-token-auth/', headers: { 'content-type': 'application/json' } }))).toEqual(required);
  });

  it.each(['text/plain', 'application/xml', 'json', '', 'application/json; charset', ';'])('of the content type %j is refused in our words, or read', async (type) => {
    const app = await bridged();
    const answer = await app.inject(login({ headers: { 'content-type': type }, payload: JSON.stringify(LOGIN) }));
    const isJson = type.startsWith('application/json') && answer.statusCode === 200;
    if (!isJson) expect([answer.statusCode, answer.headers['auth-error-code'], Object.keys(answer.json<object>())]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE', ['detail']]);
  });

  it('is read to its limit and no further, and the connection ends', async () => {
    const origin = await listen(await bridged());
    const endless = new ReadableStream({ start: (stream) => (stream.enqueue(new Uint8Array(200_000)), stream.close()) });
    for (const body of ['x'.repeat(100 * 1024 + 1), endless]) {
      const response = await fetch(`${origin}/api-token-auth/`, { method: 'POST', headers: { 'content-type': 'application/json' }, body, duplex: 'half' } as RequestInit);
      expect([response.status, response.headers.get('connection'), await response.json()]).toEqual([413, 'close', TOO_LARGE]);
    }
    const largest = await fetch(`${origin}/api-token-auth/`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(LOGIN).padEnd(100 * 1024) });
    expect(largest.status).toBe(200);
  });

  it('that breaks off ends no process, even where a hook of the app takes its time', async () => {
    let wait: Promise<unknown> = Promise.resolve();
    const scene = new Scene();
    const app = newApp();
    app.addHook('preHandler', async () => {
      await wait;
    });
    const answered: number[] = [];
    app.addHook('onSend', (_request, reply, _payload, done) => {
      answered.push(reply.statusCode);
      done();
    });
    await app.register(restBridge(scene.auth()));
    const origin = await listen(app);
    const broken = 'POST /api-token-auth/ HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"user';
    await raw(origin, broken);
    wait = new Promise((resolve) => app.server.once('connection', (socket: Socket) => socket.once('close', resolve)));
    const socket = connect(Number(new URL(origin).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write(broken, () => socket.destroy());
    await wait;
    expect((await fetch(`${origin}/api-token-auth/`, { method: 'POST', body: new URLSearchParams(LOGIN) })).status).toBe(200);
    expect(answered.filter((status) => status !== 200)).toEqual([400, 400]);
    expect(scene.reported).toEqual([]);
  });

  it('is what a hook of the app has made of it', async () => {
    const app = await bridged({}, {}, (before) =>
      before.addHook('preParsing', (request, _reply, payload, done) => done(null, request.headers['content-encoding'] === 'gzip' ? payload.pipe(createGunzip()) : payload)),
    );
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    expect(said(await app.inject(login({ headers, payload: gzipSync(JSON.stringify(LOGIN)) })))).toEqual({ status: 200, body: TOKEN });
    expect(said(await app.inject(login({ headers, payload: gzipSync(Buffer.alloc(5_000_000, ' ')) })))).toEqual({ status: 413, body: TOO_LARGE });
    expect(said(await app.inject(login({ headers, payload: 'no gzip' })))).toEqual({ status: 400, body: { detail: 'The request ended before its body did.' } });
    expect((await app.inject(login())).statusCode).toBe(200);
  });

  it('whose stream fails after it was found too large ends no process', async () => {
    const pieces = new PassThrough();
    const app = await bridged({}, {}, (before) => before.addHook('preParsing', (_request, _reply, _payload, done) => done(null, pieces)));
    const answer = app.inject(login());
    pieces.write(Buffer.alloc(200_000, 32));
    expect((await answer).statusCode).toBe(413);
    const closed = new Promise((resolve) => pieces.once('close', resolve));
    pieces.destroy(new Error('later'));
    await closed;
    expect((await app.inject('/')).statusCode).toBe(404);
  });

  it('may be text already, in pieces', async () => {
    const [head, tail] = [JSON.stringify({ comment: '€', ...LOGIN }).slice(0, 20), JSON.stringify({ comment: '€', ...LOGIN }).slice(20)];
    const app = await bridged({}, {}, (before) => before.addHook('preParsing', (_request, _reply, _payload, done) => done(null, Readable.from([head, tail]))));
    expect(said(await app.inject(login()))).toEqual({ status: 200, body: TOKEN });
  });
});

describe('hooks of the app', () => {
  it('run on our routes, and what they set on the reply is sent', async () => {
    const app = await bridged(COOKIES, {}, (before) =>
      before
        .addHook('onRequest', (_request, reply, done) => {
          reply.headers({ 'X-Frame-Options': 'DENY', 'Set-Cookie': 'theme=dark' });
          done();
        })
        .addHook('onSend', (_request, reply, payload, done) => {
          reply.header('X-Length', String((payload as Buffer).length));
          done(null, payload);
        }),
    );
    const answer = await app.inject(login());
    expect(answer.headers).toMatchObject({ 'x-frame-options': 'DENY', 'x-length': String(answer.body.length) });
    expect(cookiesOf(answer).map((cookie) => parseSetCookie(cookie).name)).toEqual(['theme', 'jwt-token']);
  });

  it('may refuse a request, whatever its content type', async () => {
    const refused = (app: FastifyInstance): unknown => app.addHook('preHandler', (_request, reply) => void reply.code(429).send({ slow: true }));
    const app = await bridged({}, {}, refused);
    expect(said(await app.inject(login()))).toEqual({ status: 429, body: { slow: true } });
    expect((await app.inject(login({ headers: { 'content-type': 'application/json; charset="' }, payload: JSON.stringify(LOGIN) }))).statusCode).not.toBe(200);
  });

  it('may fail, to the app’s error handler', async () => {
    const app = await bridged({}, {}, (before) =>
      before.setErrorHandler((error: Error, _request, reply) => reply.code(599).send({ caught: error.message })).addHook('preHandler', () => Promise.reject(new Error('of a hook'))),
    );
    expect(said(await app.inject(login()))).toEqual({ status: 599, body: { caught: 'of a hook' } });
  });
});

describe('who is asking', () => {
  it('two Authorization headers are refused', async () => {
    const app = await bridged({ sessions: { store: memorySessions() } });
    app.get('/me', requireUser(new Scene().auth(), () => 'in'));
    const origin = await listen(app);
    for (const path of ['/api-token-sessions/', '/me']) {
      const twice = await raw(origin, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: ${SIGNED.authorization}\r\nAuthorization: JWT other\r\n\r\n`);
      expect(twice).toMatch(/^HTTP\/1\.1 401 [^]*auth-error-code: HEADER_INVALID/i);
    }
  });

  const FORWARDED = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'shop.example', 'x-forwarded-for': '203.0.113.9' };

  it('X-Forwarded headers are believed behind trustProxy, and not without it', async () => {
    const outcomes: unknown[] = [];
    for (const trustProxy of [false, '127.0.0.1', '192.0.2.1']) {
      const events: AuthEvent[] = [];
      const app = await bridged({ ...COOKIES, onEvent: (event) => void events.push(event) }, { trustProxy });
      const set = cookiesOf(await app.inject(login({ headers: FORWARDED }))).map((cookie) => parseSetCookie(cookie).attributes.secure ?? false);
      const own = await app.inject(login({ headers: { ...FORWARDED, origin: 'https://shop.example' } }));
      outcomes.push([trustProxy, set, own.statusCode, events.map((event) => ('clientAddress' in event ? event.clientAddress : undefined))[0]]);
    }
    expect(outcomes).toEqual([
      [false, [false], 403, '127.0.0.1'],
      ['127.0.0.1', [true], 200, '127.0.0.1'],
      ['192.0.2.1', [false], 403, '127.0.0.1'],
    ]);
  });

  it('a page of another origin is refused in cookie mode', async () => {
    const app = await bridged(COOKIES);
    for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }]) {
      const answer = await app.inject(login({ headers }));
      expect([answer.statusCode, answer.headers['auth-error-code'], cookiesOf(answer)]).toEqual([403, 'CSRF_FAILED', []]);
    }
  });
});

describe('views', () => {
  function mounted(prepare: (app: FastifyInstance) => unknown = () => undefined): FastifyInstance {
    const app = newApp();
    prepare(app);
    const { obtainJwtToken, refreshJwtToken, verifyJwtToken, logoutJwtToken } = views(new Scene().auth(COOKIES));
    return app.all('/login', obtainJwtToken).all('/renew/:any', refreshJwtToken).all('/check', verifyJwtToken).all('/out', logoutJwtToken);
  }

  it('serve at URLs of the app’s own, with the body its parsers have read', async () => {
    const app = mounted();
    const { status, body } = said(await app.inject(login({ url: '/login' })));
    expect([status, body]).toEqual([200, TOKEN]);
    expect(said(await app.inject({ method: 'POST', url: '/renew/x', payload: body as object }))).toEqual({ status: 200, body: TOKEN });
    expect(said(await app.inject({ method: 'POST', url: '/check', payload: body as object }))).toEqual({ status: 200, body });
    expect(said(await app.inject({ method: 'POST', url: '/out' }))).toEqual({ status: 200, body: {} });
    expect((await app.inject({ method: 'OPTIONS', url: '/login' })).headers.allow).toBe('POST, OPTIONS');
    expect(said(await app.inject('/login'))).toEqual({ status: 405, body: { detail: 'Method "GET" not allowed.' } });
    expect(said(await app.inject(login({ url: '/login', headers: { 'content-type': 'text/plain' }, payload: 'x' })))).toMatchObject({ status: 415 });
  });

  it.each<readonly [string, (app: FastifyInstance) => unknown]>([
    ['leave the body as a stream', (app) => app.addContentTypeParser('application/x-www-form-urlencoded', (_request, body, done) => done(null, body))],
    ['leave the body unread', (app) => app.addContentTypeParser('application/x-www-form-urlencoded', (_request, _body, done) => done(null))],
    ['give bytes', (app) => app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))],
    ['give fields', (app) => app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(body as string))))],
  ])('take forms where the app’s parsers %s', async (_how, prepare) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect(said(await mounted(prepare).inject(login({ url: '/login', headers, payload: new URLSearchParams(LOGIN).toString() })))).toEqual({ status: 200, body: TOKEN });
  });
});

describe('requireUser', () => {
  const auth = new Scene().auth(COOKIES);

  it('gives the handler the app’s own user and the claims, and sends what it returns', async () => {
    const app = newApp();
    app.get<{ Params: { id: string } }>('/notes/:id', requireUser(auth, ({ params }, _reply, { user, claims }) => ({ id: params.id, email: user.email, exp: claims.exp })));
    expect(said(await app.inject({ url: '/notes/7', headers: SIGNED }))).toEqual({ status: 200, body: { id: '7', email: 'ada@example.com', exp: NOW + 300 } });
  });

  it('a handler answers as any of Fastify’s: returned, sent, awaited, in its own time, hijacked', async () => {
    const app = newApp();
    // Slow, so that whoever answers twice is found out.
    app.addHook('onSend', (_request, _reply, payload, done) => void setImmediate(done, null, payload));
    app.get('/sent', requireUser(auth, (_request, reply) => reply.send({ how: 'sent' })));
    app.get('/statement', requireUser(auth, (_request, reply) => void reply.send({ how: 'statement' })));
    app.get('/later', requireUser(auth, (_request, reply) => void setImmediate(() => void reply.send({ how: 'later' }))));
    app.get('/async', requireUser(auth, async () => Promise.resolve({ how: 'async' })));
    app.get('/hijacked', requireUser(auth, (_request, reply) => void reply.hijack().raw.end('{"how":"hijacked"}')));
    for (const how of ['sent', 'statement', 'later', 'async', 'hijacked']) expect(said(await app.inject({ url: `/${how}`, headers: SIGNED }))).toEqual({ status: 200, body: { how } });
  });

  it('refuses in the documented shape, and the handler is not called', async () => {
    const app = newApp();
    app.all('/me', requireUser(auth, () => { throw new Error('called'); }));
    const asked: readonly (readonly [InjectOptions, number, string])[] = [
      [{}, 401, 'NOT_AUTHENTICATED'],
      [{ headers: { authorization: 'JWT no-token' } }, 401, 'TOKEN_UNDECODABLE'],
      [{ method: 'POST', headers: { cookie: `jwt-token=${tokenFor()}`, origin: 'https://evil.example' } }, 403, 'CSRF_FAILED'],
      [{ headers: { ...SIGNED, accept: 'text/html' } }, 406, 'NOT_ACCEPTABLE'],
    ];
    for (const [request, status, code] of asked) {
      const answer = await app.inject({ url: '/me', ...request });
      expect([answer.statusCode, answer.headers['auth-error-code'], answer.headers['www-authenticate']]).toEqual([status, code, status === 401 ? 'JWT realm="api"' : undefined]);
      expect(answer.headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store' });
      expect(Object.keys(answer.json<object>())).toEqual(['detail']);
    }
    expect(await app.inject({ method: 'HEAD', url: '/me' })).toMatchObject({ statusCode: 401, body: '' });
  });

  it('leaves what the handler throws to Fastify’s error handler', async () => {
    const app = newApp();
    app.setErrorHandler((error: Error, _request, reply) => reply.code(599).send({ caught: error.message }));
    app.get('/thrown', requireUser(auth, () => { throw new Error('thrown'); }));
    app.get('/rejected', requireUser(auth, () => Promise.reject(new Error('rejected'))));
    for (const how of ['thrown', 'rejected']) expect(said(await app.inject({ url: `/${how}`, headers: SIGNED }))).toEqual({ status: 599, body: { caught: how } });
  });
});

describe('fastifyContext', () => {
  type TRPCOptions = Partial<Parameters<typeof fastifyTRPCPlugin>[1]['trpcOptions']>;

  async function served(settings: Settings = {}, options: TRPCOptions = {}, prepare: (app: FastifyInstance) => unknown = () => undefined): Promise<string> {
    const auth = new Scene().auth(settings);
    const router = t.router({ auth: createAuthRouter(auth, t), who: protectedProcedure(auth, t).query(({ ctx }) => ctx.user.username) });
    const app = newApp();
    prepare(app);
    await app.register(fastifyTRPCPlugin, { prefix: '/trpc', trpcOptions: { router, createContext: fastifyContext(auth), ...options } as never });
    return `${await listen(app)}/trpc`;
  }

  const namesOf = (setCookies: readonly string[] | undefined): string[] => (setCookies ?? []).map((cookie) => parseSetCookie(cookie).name);

  it('sets every cookie of a batch beside those of the app, and keeps the answer out of caches', async () => {
    const url = await served({ ...COOKIES, sessions: { store: memorySessions() } }, {}, (app) => app.addHook('onRequest', (_request, reply, done) => (reply.header('Set-Cookie', 'theme=dark'), done())));
    const client = clientOf(url);
    await Promise.all([client.mutation('auth.obtain', LOGIN), client.mutation('auth.logout')]);
    expect(client.traffic).toMatchObject([{ status: 200, cacheControl: 'no-store' }]);
    expect(namesOf(client.traffic[0]?.setCookies)).toEqual(['theme', 'jwt-token', 'jwt-token-refresh', 'jwt-token', 'jwt-token-refresh']);
  });

  it('says when to try again', async () => {
    const url = await served({ throttle: { attempts: 1 } });
    const wrong = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ json: { ...LOGIN, password: 'x' } }) };
    await fetch(`${url}/auth.obtain`, wrong);
    const throttled = await fetch(`${url}/auth.obtain`, wrong);
    expect([throttled.status, Number(throttled.headers.get('retry-after'))]).toEqual([429, 900]);
  });

  it.each([['without the helper', (meta: () => object) => meta], ['with the helper', authResponseMeta]] as const)('an app’s responseMeta loses no cookie, %s', async (_how, wrap) => {
    const url = await served(COOKIES, { responseMeta: wrap(() => ({ headers: { 'set-cookie': 'theme=dark' } })) });
    const client = clientOf(url);
    await client.mutation('auth.obtain', LOGIN);
    expect(new Set(namesOf(client.traffic[0]?.setCookies))).toEqual(new Set(['jwt-token', 'theme']));
    expect(new Set(client.traffic[0]?.setCookies).size).toBe(2);
  });

  it('a stream sets none, refuses what would have to, and serves what only reads one', async () => {
    const client = clientOf(await served(COOKIES), { cookie: `jwt-token=${tokenFor()}` }, 'stream');
    for (const call of [client.mutation('auth.obtain', LOGIN), client.mutation('auth.logout')]) expect(await errorOf(call)).toMatchObject({ data: { authCode: 'COOKIE_UNSUPPORTED' } });
    expect(await client.query('who')).toBe('ada');
    expect(client.traffic.flatMap(({ setCookies }) => setCookies)).toEqual([]);
  });

  it('takes multipart mutations of its own pages, and none of others', async () => {
    const url = await served(COOKIES);
    const form = new FormData();
    form.set('token', tokenFor());
    const evil = await fetch(`${url}/auth.logout`, { method: 'POST', body: form, headers: { origin: 'https://evil.example', cookie: `jwt-token=${tokenFor()}` } });
    expect([evil.ok, evil.headers.getSetCookie()]).toEqual([false, []]);
  });

  describe('adds what the app adds', () => {
    const auth = new Scene().auth(COOKIES);
    const extension: object = { auth: 'everybody', id: 1 };
    type Call = Parameters<ReturnType<typeof fastifyContext>>[0];

    async function contextOf(type: string, accept: string | null = null): Promise<{ auth: RequestAuth }> {
      const app = newApp();
      let context: { auth: RequestAuth } | undefined;
      app.get('/', async (req, res) => {
        const info = { accept, type, url: new URL('http://localhost/'), connectionParams: null };
        context = await fastifyContext(auth, () => Promise.resolve(extension))({ req, res, info } as unknown as Call);
        return '';
      });
      await app.inject({ url: '/', headers: SIGNED });
      if (context === undefined) throw new Error('not called');
      return context;
    }

    it('and auth is not to be replaced', async () => {
      const context = await contextOf('query');
      expect(context.auth).toBeInstanceOf(RequestAuth);
      expect(context).toMatchObject({ id: 1 });
      expect((await context.auth.identify(auth)).user.username).toBe('ada');
    });

    it('to an answer that carries headers unless it streams', async () => {
      const carries = async (...of: Parameters<typeof contextOf>): Promise<boolean> => (await contextOf(...of)).auth.request.answer !== undefined;
      expect([await carries('mutation'), await carries('subscription'), await carries('query', 'application/jsonl')]).toEqual([true, false, false]);
    });

    it('to a socket, which remembers nobody', async () => {
      const scene = new Scene();
      const req = new IncomingMessage(new Socket());
      req.rawHeaders = ['Authorization', SIGNED.authorization];
      const info = { accept: null, type: 'unknown', url: null, connectionParams: null };
      const context = await fastifyContext(scene.auth(), () => ({ id: 1 }))({ req, res: {}, info } as unknown as Call);
      expect(context).toMatchObject({ id: 1, auth: { request: { answer: undefined }, connection: { isSocket: true } } });
      const socketAuth = scene.auth();
      for (let call = 0; call < 2; call += 1) await context.auth.identify(socketAuth);
      expect(scene.lookedUp).toEqual(['ada', 'ada']);
    });
  });
});
