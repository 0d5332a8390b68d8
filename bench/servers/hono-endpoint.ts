import { serve as serveNode } from '@hono/node-server';
import { Hono } from 'hono';
import type { Context } from 'hono';
import { jwt } from 'hono/jwt';
import { requireUser } from 'trpc-jwt-auth/fetch';

import type { Variants } from '../harness/server-entry.js';
import { createAuth, GREETING, listen, SECRET } from './account.js';

const serve = (app: Pick<Hono, 'fetch'>) => listen({ listen: (port, hostname, done) => serveNode({ fetch: app.fetch, port, hostname }, done) as ReturnType<Parameters<typeof listen>[0]['listen']> });

export const variants: Variants = {
  open: () => serve(new Hono().get('/protected', (c) => c.json(GREETING))),
  ours: () => {
    const whoami = requireUser(createAuth(), (_request, { user }, c: Context) => c.json({ username: user.username }));
    return serve(new Hono().get('/protected', (c) => whoami(c.req.raw, c)));
  },
  'hono/jwt': async () => {
    const secret = await crypto.subtle.importKey('raw', Buffer.from(SECRET), { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
    return serve(new Hono().get('/protected', jwt({ secret, alg: 'HS256' }), (c) => c.json({ username: (c.get('jwtPayload') as { username: string }).username })));
  },
};
