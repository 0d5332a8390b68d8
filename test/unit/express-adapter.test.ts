import { initTRPC } from '@trpc/server';
import { createExpressMiddleware } from '@trpc/server/adapters/express';
import express from 'express';
import type { ErrorRequestHandler, Express } from 'express';
import { afterEach, describe, expect, it } from 'vitest';
import { RequestAuth } from 'trpc-jwt-auth';
import type { AuthContext } from 'trpc-jwt-auth';
import { expressContext, requireUser, views } from 'trpc-jwt-auth/express';

import { listen } from '../parity/listening.js';
import type { Listening } from '../parity/listening.js';
import { NOW, Scene, tokenFor } from '../parity/scene.js';

const SIGNED = { authorization: `JWT ${tokenFor()}` };
let listening: Listening | undefined;

afterEach(async () => {
  await listening?.close();
  listening = undefined;
});

async function serve(app: Express): Promise<string> {
  listening = await listen(app);
  return listening.origin;
}

async function json(url: string, init: RequestInit = {}): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url, init);
  return { status: response.status, body: await response.json() };
}

const LOGIN: RequestInit = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ username: 'ada', password: 'ada-pass' }) };

describe('views', () => {
  async function mounted(): Promise<string> {
    const { obtainJwtToken, refreshJwtToken, verifyJwtToken, logoutJwtToken } = views(new Scene().auth({ cookie: { name: 'jwt-token' } }));
    return serve(express().all('/login', obtainJwtToken).all('/renew/:any', refreshJwtToken).all('/check', verifyJwtToken).all('/out', logoutJwtToken));
  }

  it('serve at URLs of the app’s own', async () => {
    const origin = await mounted();
    const login = await json(`${origin}/login`, LOGIN);
    expect(login).toEqual({ status: 200, body: { token: expect.any(String) as string } });
    const held = { ...LOGIN, body: JSON.stringify(login.body) };
    expect(await json(`${origin}/renew/x`, held)).toEqual({ status: 200, body: { token: expect.any(String) as string } });
    expect(await json(`${origin}/check`, held)).toEqual({ status: 200, body: login.body });
    expect(await json(`${origin}/out`, { method: 'POST' })).toEqual({ status: 200, body: {} });
  });

  it('answer OPTIONS and 405 themselves', async () => {
    const origin = await mounted();
    const options = await fetch(`${origin}/login`, { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([200, 'POST, OPTIONS']);
    expect(await options.json()).toMatchObject({ name: 'Obtain JSON Web Token', renders: ['application/json'] });
    const get = await fetch(`${origin}/login`);
    expect([get.status, get.headers.get('allow'), get.headers.get('auth-error-code')]).toEqual([405, 'POST, OPTIONS', 'METHOD_NOT_ALLOWED']);
    expect(await get.json()).toEqual({ detail: 'Method "GET" not allowed.' });
  });
});

describe('requireUser', () => {
  const auth = new Scene().auth();
  const handlers: unknown[] = [];
  const lastResort: ErrorRequestHandler = (error, _request, response, _next) => {
    handlers.push(error);
    response.status(599).json({ caught: true });
  };

  it('as an endpoint: the app’s own user and the claims', async () => {
    const origin = await serve(
      express().get('/me', requireUser(auth, (request, response) => {
        // Typed as the app's user: `email` is no field of AuthUser's that an app must have.
        const email: string | undefined = request.user.email;
        response.json({ email, exp: request.claims.exp });
      })),
    );
    expect(await json(`${origin}/me`, { headers: SIGNED })).toEqual({ status: 200, body: { email: 'ada@example.com', exp: NOW + 300 } });
    expect(await json(`${origin}/me`)).toEqual({ status: 401, body: { detail: 'Authentication credentials were not provided.' } });
    expect(await json(`${origin}/me`, { headers: { ...SIGNED, accept: 'text/html' } })).toEqual({ status: 406, body: { detail: 'Could not satisfy the request Accept header.' } });
  });

  it('as middleware: the next handler finds the user, and answers as it likes', async () => {
    const app = express().use(requireUser(auth));
    app.get('/page', (request, response) => void response.type('html').send(`<p>${(request as typeof request & { user: { username: string } }).user.username}</p>`));
    const origin = await serve(app);
    const page = await fetch(`${origin}/page`, { headers: { ...SIGNED, accept: 'text/html' } });
    expect(await page.text()).toBe('<p>ada</p>');
    expect(await json(`${origin}/page`, { headers: { accept: 'text/html' } })).toMatchObject({ status: 401 });
  });

  it('a refusal never reaches the handler, and has the documented headers', async () => {
    let reached = 0;
    const origin = await serve(express().get('/', requireUser(auth, () => (reached += 1))));
    const response = await fetch(`${origin}/`, { headers: { authorization: 'JWT no-token' } });
    expect(await response.json()).toEqual({ detail: 'Error decoding signature.' });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json',
      'www-authenticate': 'JWT realm="api"',
      'auth-error-code': 'TOKEN_UNDECODABLE',
      'cache-control': 'no-store',
    });
    expect(reached).toBe(0);
  });

  it('errors of the handler go to Express, thrown, rejected or passed on', async () => {
    handlers.length = 0;
    const app = express()
      .get('/thrown', requireUser(auth, () => { throw new Error('thrown'); }))
      .get('/rejected', requireUser(auth, () => Promise.reject(new Error('rejected'))))
      .get('/passed', requireUser(auth, (_request, _response, next) => next(new Error('passed'))))
      .use(lastResort);
    const origin = await serve(app);
    for (const path of ['thrown', 'rejected', 'passed']) expect(await json(`${origin}/${path}`, { headers: SIGNED })).toEqual({ status: 599, body: { caught: true } });
    expect(handlers).toEqual([new Error('thrown'), new Error('rejected'), new Error('passed')]);
  });

  it('errors after the middleware go to Express', async () => {
    handlers.length = 0;
    const app = express().use(requireUser(auth)).get('/', () => { throw new Error('later'); }).use(lastResort);
    expect(await json(await serve(app), { headers: SIGNED })).toEqual({ status: 599, body: { caught: true } });
    expect(handlers).toEqual([new Error('later')]);
  });

  it('a handler may pass the request on', async () => {
    const app = express().get('/', requireUser(auth, (_request, _response, next) => next())).get('/', (_request, response) => void response.json({ later: true }));
    expect(await json(await serve(app), { headers: SIGNED })).toEqual({ status: 200, body: { later: true } });
  });
});

describe('expressContext', () => {
  const auth = new Scene().auth();

  async function contextOf(extend?: Parameters<typeof expressContext>[1]): Promise<{ auth: unknown; requestId?: unknown }> {
    let seen: AuthContext | undefined;
    const t = initTRPC.context<AuthContext>().create();
    const router = t.router({
      look: t.procedure.query(({ ctx }) => {
        seen = ctx;
        return 'seen';
      }),
    });
    const origin = await serve(express().use('/trpc', createExpressMiddleware({ router, createContext: expressContext(auth, extend) })));
    await (await fetch(`${origin}/trpc/look`, { headers: { 'x-request-id': 'r-1' } })).arrayBuffer();
    if (seen === undefined) throw new Error('the procedure was not called');
    return seen;
  }

  it('alone', async () => {
    expect(Object.keys(await contextOf())).toEqual(['auth']);
  });

  it('with what the app adds', async () => {
    expect(await contextOf(({ req }) => ({ requestId: req.get('x-request-id') }))).toMatchObject({ requestId: 'r-1' });
  });

  it('with what the app adds in its own time', async () => {
    expect(await contextOf(async ({ req }) => ({ requestId: await Promise.resolve(req.get('x-request-id')) }))).toMatchObject({ requestId: 'r-1' });
  });

  it('no addition can replace auth', async () => {
    const context = await contextOf(() => ({ auth: { identify: () => 'everybody' }, requestId: 1 }));
    expect(context.auth).toBeInstanceOf(RequestAuth);
    expect(context.requestId).toBe(1);
  });
});
