// The documented ways of use, run against the installed package by packed.test.ts.
import assert from 'node:assert/strict';
import { once } from 'node:events';

import { createTRPCClient, httpBatchLink } from '@trpc/client';
import { initTRPC } from '@trpc/server';
import { createExpressMiddleware } from '@trpc/server/adapters/express';
import { fastifyTRPCPlugin } from '@trpc/server/adapters/fastify';
import express from 'express';
import fastify from 'fastify';
import superjson from 'superjson';
import { authErrorFormatter, createAuthRouter, createJwtAuth, protectedProcedure, requireAuth, secretKey } from 'trpc-jwt-auth';
import { createAuthClient, createRestAuthClient, localStorageTokens } from 'trpc-jwt-auth/client';
import { AuthProvider, useAuth } from 'trpc-jwt-auth/client/react';
import { fromDjangoSettings } from 'trpc-jwt-auth/django';
import { expressContext, requireUser, restBridge, views } from 'trpc-jwt-auth/express';
import * as onFastify from 'trpc-jwt-auth/fastify';
import { hashPassword, passwordAuthenticator } from 'trpc-jwt-auth/passwords';
import { ObtainJSONWebToken, RestResponse } from 'trpc-jwt-auth/rest';
import { memorySessions, memoryThrottle } from 'trpc-jwt-auth/stores/memory';
import { callerContext, expiredToken, foreignToken, forgedToken, mintToken, testAuth, testClock, unsignedToken } from 'trpc-jwt-auth/testing';

const user = { id: 1, username: 'testuser', isActive: true };
const passwordHash = await hashPassword('testpass123');
const db = {
  userWithHash: async (username) => (username === user.username ? { user, passwordHash } : null),
  userByName: async (username) => (username === user.username ? user : null),
};
const users = {
  authenticate: passwordAuthenticator({ find: (username) => db.userWithHash(username) }),
  findByUsername: (username) => db.userByName(username),
};

const auth = createJwtAuth({
  keys: secretKey('0123456789abcdef0123456789abcdef'),
  users,
  token: { expiresInSeconds: 300 },
  refresh: { windowSeconds: 7 * 24 * 3600 },
  cookie: { name: 'jwt-token' },
  responsePayload: ({ user: { id, username } }) => ({ user: { id, username }, expires_in: 300 }),
});

const t = initTRPC.context().create({ transformer: superjson, errorFormatter: authErrorFormatter() });
const appRouter = t.router({
  auth: createAuthRouter(auth, t),
  notes: protectedProcedure(auth, t).query(({ ctx }) => [`a note of ${ctx.user.username}`]),
  older: t.procedure.use(requireAuth(auth)).query(({ ctx }) => ctx.user.username),
});

class CustomObtainJWT extends ObtainJSONWebToken {
  async post(request) {
    const serializer = this.getSerializer({ data: request.data });
    if (!(await serializer.isValid())) return new RestResponse(serializer.errors, { status: 400 });
    const { token, user: { id, username } } = serializer.object;
    return new RestResponse({ token, user: { id, username }, expires_in: 300 });
  }
}

const django = createJwtAuth({
  ...fromDjangoSettings({ SECRET_KEY: 'a-django-secret-key-of-fifty-characters-0123456789', JWT_AUTH: { JWT_AUTH_COOKIE: 'jwt-token', JWT_EXPIRATION_DELTA: 3600 } }),
  users,
});

const withSessions = createJwtAuth({
  keys: secretKey('0123456789abcdef0123456789abcdef'),
  users,
  sessions: { store: memorySessions() },
  throttle: { store: memoryThrottle() },
});

const app = express();
app.use('/sessions', restBridge(withSessions));
app.use(restBridge(auth));
app.use('/trpc', createExpressMiddleware({ router: appRouter, createContext: expressContext(auth, ({ req }) => ({ host: req.host })) }));
app.get('/api/protected-endpoint/', requireUser(auth, (req, res) => res.json({ username: req.user.username })));
const { obtainJwtToken, refreshJwtToken, verifyJwtToken } = views(django);
app.all('/django/login', obtainJwtToken).all('/django/refresh', refreshJwtToken).all('/django/verify', verifyJwtToken);
app.use('/custom', restBridge(auth, { views: { obtain: CustomObtainJWT } }));

const server = app.listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${server.address().port}`;
const post = async (path, fields) => {
  const response = await fetch(url + path, { method: 'POST', body: new URLSearchParams(fields) });
  return { status: response.status, body: await response.json() };
};
const login = { username: 'testuser', password: 'testpass123' };

try {
  const { status, body } = await post('/api-token-auth/', login);
  assert.deepEqual([status, Object.keys(body)], [200, ['token', 'user', 'expires_in']]);
  assert.equal((await post('/api-token-verify/', { token: body.token })).status, 200);
  assert.equal((await post('/api-token-refresh/', { token: body.token })).status, 200);
  assert.deepEqual((await post('/api-token-auth/', { username: 'testuser', password: 'wrong' })).status, 401);
  assert.deepEqual((await post('/custom/api-token-auth/', { ...login, password: 'wrong' })).status, 400);
  assert.deepEqual((await post('/django/login', { ...login, password: 'wrong' })).status, 400);
  assert.equal((await post('/django/login', login)).status, 200);
  const headers = { Authorization: `JWT ${body.token}` };
  assert.deepEqual(await (await fetch(`${url}/api/protected-endpoint/`, { headers })).json(), { username: 'testuser' });

  const first = await post('/sessions/api-token-auth/', login);
  const second = await post('/sessions/api-token-refresh/', { refresh_token: first.body.refresh_token });
  assert.deepEqual([second.status, Object.keys(second.body)], [200, ['token', 'refresh_token']]);
  const mine = await fetch(`${url}/sessions/api-token-sessions/`, { headers: { Authorization: `JWT ${second.body.token}` } });
  const [session] = await mine.json();
  assert.equal(session.current, true);
  const ended = await fetch(`${url}/sessions/api-token-sessions/${session.id}/`, { method: 'DELETE', headers: { Authorization: `JWT ${second.body.token}` } });
  assert.deepEqual(await ended.json(), { revoked: 1 });
  assert.equal((await post('/sessions/api-token-refresh/', { refresh_token: second.body.refresh_token })).status, 401);

  const open = createTRPCClient({ links: [httpBatchLink({ url: `${url}/trpc`, transformer: superjson })] });
  const obtained = await open.auth.obtain.mutate(login);
  const trpc = createTRPCClient({ links: [httpBatchLink({ url: `${url}/trpc`, transformer: superjson, headers: { Authorization: `JWT ${obtained.token}` } })] });
  assert.deepEqual(await Promise.all([trpc.notes.query(), trpc.older.query()]), [['a note of testuser'], 'testuser']);
  assert.equal((await trpc.auth.me.query()).username, 'testuser');
  await assert.rejects(open.notes.query(), (error) => error.data.authCode === 'NOT_AUTHENTICATED' && !('stack' in error.data));

  const authClient = createAuthClient()({ url: `${url}/trpc`, path: 'auth', transformer: superjson, storage: localStorageTokens('jwt_token') });
  const kept = createTRPCClient({ links: [authClient.link(), httpBatchLink({ url: `${url}/trpc`, transformer: superjson, headers: authClient.headers })] });
  assert.equal((await authClient.obtain(login)).expires_in, 300);
  assert.deepEqual(await kept.notes.query(), ['a note of testuser']);
  assert.deepEqual(await (await authClient.fetch(`${url}/api/protected-endpoint/`)).json(), { username: 'testuser' });
  assert.equal(authClient.getSnapshot().user.username, 'testuser');
  await authClient.logout();
  assert.deepEqual(authClient.getSnapshot(), { status: 'signed-out', reason: 'signed-out' });
  const rest = createRestAuthClient({ baseUrl: `${url}/sessions` });
  await rest.obtain(login);
  await rest.refresh();
  assert.deepEqual((await rest.sessions.list()).map((each) => each.current), [true]);
  assert.deepEqual([typeof AuthProvider, typeof useAuth], ['function', 'function']);

  const served = fastify();
  await served.register(onFastify.restBridge(auth));
  await served.register(fastifyTRPCPlugin, { prefix: '/trpc', trpcOptions: { router: appRouter, createContext: onFastify.fastifyContext(auth) } });
  served.get('/me', onFastify.requireUser(auth, (_request, _reply, { user: { username } }) => ({ username })));
  const headersOf = async () => ({ Authorization: `JWT ${(await served.inject({ method: 'POST', url: '/api-token-auth', payload: login })).json().token}` });
  assert.deepEqual((await served.inject({ url: '/me', headers: await headersOf() })).json(), { username: 'testuser' });
  assert.deepEqual((await served.inject({ url: '/trpc/older', headers: await headersOf() })).json().result.data.json, 'testuser');

  const notesWith = (token) => appRouter.createCaller(callerContext(auth, { token })).notes();
  assert.deepEqual(await notesWith(await mintToken(auth, 'testuser')), ['a note of testuser']);
  for (const [make, code] of [[expiredToken, 'TOKEN_EXPIRED'], [forgedToken, 'TOKEN_UNDECODABLE'], [foreignToken, 'TOKEN_UNDECODABLE'], [unsignedToken, 'TOKEN_REJECTED']]) {
    await assert.rejects(notesWith(await make(auth, 'testuser')), (error) => error.cause.code === code);
  }
  const clock = testClock();
  const tested = testAuth({ clock });
  const token = await mintToken(tested, 'ada');
  assert.equal((await tested.verifyToken(token)).user.username, 'ada');
  clock.advance({ seconds: 301 });
  await assert.rejects(tested.verifyToken(token), (error) => error.code === 'TOKEN_EXPIRED');
} finally {
  server.close();
}
console.log('every documented use works');
