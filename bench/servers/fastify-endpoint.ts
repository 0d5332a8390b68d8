import type { AddressInfo } from 'node:net';

import fastifyJwt from '@fastify/jwt';
import fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { requireUser, restBridge } from 'trpc-jwt-auth/fastify';

import type { Variants } from '../harness/server-entry.js';
import { createAuth, GREETING, SECRET } from './account.js';

const serve = async (app: FastifyInstance) => {
  await app.listen({ port: 0, host: '127.0.0.1' });
  return { port: (app.server.address() as AddressInfo).port };
};

const withFastifyJwt = async (verify: { readonly cache: boolean }) => {
  const app = fastify();
  await app.register(fastifyJwt, { secret: SECRET, verify: { algorithms: ['HS256'], ...verify } });
  app.get('/protected', { onRequest: (request) => request.jwtVerify() }, async (request) => ({ username: (request.user as { username: string }).username }));
  return serve(app);
};

const nothing = (): void => undefined;

/** An endpoint without authentication, and what it does before it answers. */
export const open = (before = nothing) =>
  serve(
    fastify().get('/protected', async () => {
      before();
      return GREETING;
    }),
  );

/** A bare JSON echo, and what it does before it answers. */
export const echo = (before = nothing) =>
  serve(
    fastify().post<{ Body: { token: string } }>('/api-token-verify/', async (request) => {
      before();
      return { token: request.body.token };
    }),
  );

export const variants: Variants = {
  open: () => open(),
  ours: () => serve(fastify().get('/protected', requireUser(createAuth(), (_request, _reply, { user }) => ({ username: user.username })))),
  '@fastify/jwt with cache': () => withFastifyJwt({ cache: true }),
  '@fastify/jwt': () => withFastifyJwt({ cache: false }),
  echo: () => echo(),
  bridge: async () => {
    const app = fastify();
    await app.register(restBridge(createAuth()));
    return serve(app);
  },
};
