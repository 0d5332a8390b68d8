import express from 'express';
import { Redis } from 'ioredis';
import { createJwtAuth, secretKey } from 'trpc-jwt-auth';
import { requireUser } from 'trpc-jwt-auth/express';
import { redisSessions } from 'trpc-jwt-auth/stores/redis';

import type { Variants } from '../harness/server-entry.js';
import { ADA, listen, port, SECRET } from './account.js';

const SESSIONS = 100;

const withSessions = (recheckSeconds: number) => async () => {
  const redis = new Redis(process.env['BENCH_REDIS_URL'] ?? '');
  const auth = createJwtAuth({ keys: secretKey(SECRET), users: port, token: { headerPrefix: 'Bearer', expiresInSeconds: 3600 }, sessions: { store: redisSessions(redis), recheckSeconds } });
  const tokens = await Promise.all(Array.from({ length: SESSIONS }, () => auth.issueToken(ADA)));
  const served = await listen(express().get('/protected', requireUser(auth, (request, response) => void response.json({ username: request.user.username }))));
  return { ...served, facts: { tokens: tokens.join(' ') } };
};

export const variants: Variants = {
  'recheckSeconds: 0': withSessions(0),
  'recheckSeconds: 5': withSessions(5),
};
