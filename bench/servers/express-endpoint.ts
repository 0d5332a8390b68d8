import { createSecretKey } from 'node:crypto';

import express from 'express';
import type { RequestHandler } from 'express';
import { expressjwt } from 'express-jwt';
import type { Request } from 'express-jwt';
import { requireUser } from 'trpc-jwt-auth/express';

import type { Variants } from '../harness/server-entry.js';
import { ADA, counts, createAuth, GREETING, listen, SECRET } from './account.js';
import { betterAuth } from './better-auth.js';

const serve = (...handlers: RequestHandler[]) => listen(express().get('/protected', ...handlers));
const greet: RequestHandler = (_request, response) => void response.json(GREETING);
const greetClaims: RequestHandler = (request: Request<{ username: string }>, response) => void response.json({ username: request.auth?.username });

export const variants: Variants = {
  open: () => serve(greet),
  ours: async () => ({ ...(await serve(requireUser(createAuth(), (request, response) => void response.json({ username: request.user.username })))), counts }),
  'express-jwt string': () => serve(expressjwt({ secret: SECRET, algorithms: ['HS256'] }), greetClaims),
  'express-jwt KeyObject': () => serve(expressjwt({ secret: createSecretKey(Buffer.from(SECRET)), algorithms: ['HS256'] }), greetClaims),
  'better-auth': async () => {
    const { getSession, cookie } = await betterAuth(ADA.username);
    const served = await serve(async (request, response) => {
      const name = await getSession(request.headers.cookie);
      if (name === undefined) response.status(401).end();
      else response.json({ username: name });
    });
    return { ...served, facts: { cookie } };
  },
  'better-auth endpoint': async () => {
    const { endpoints, cookie } = await betterAuth(ADA.username);
    return { ...(await listen(express().all('/api/auth/*splat', endpoints))), facts: { cookie } };
  },
};
