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

export const variants: Variants = {
  open: () => serve(fastify().get('/protected', async () => GREETING)),
  ours: () => serve(fastify().get('/protected', requireUser(createAuth(), (_request, _reply, { user }) => ({ username: user.username })))),
  '@fastify/jwt with cache': () => withFastifyJwt({ cache: true }),
  '@fastify/jwt': () => withFastifyJwt({ cache: false }),
  echo: () => serve(fastify().post<{ Body: { token: string } }>('/api-token-verify/', async (request) => ({ token: request.body.token }))),
  bridge: async () => {
    const app = fastify();
    await app.register(restBridge(createAuth()));
    return serve(app);
  },
};
