import { createServer } from 'node:http';

import express from 'express';
import { restBridge as expressBridge } from 'trpc-jwt-auth/express';
import { restBridge } from 'trpc-jwt-auth/standalone';

import type { Variants } from '../harness/server-entry.js';
import { createAuth, listen } from './account.js';

export const variants: Variants = {
  'express echo': () => listen(express().post('/api-token-verify/', express.json(), (request, response) => void response.json({ token: (request.body as { token: string }).token }))),
  'express bridge': () => listen(express().use(expressBridge(createAuth()))),
  'node echo': () =>
    listen(
      createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          const { token } = JSON.parse(Buffer.concat(chunks).toString()) as { token: string };
          const body = JSON.stringify({ token });
          response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
          response.end(body);
        });
      }),
    ),
  'node bridge': () => {
    const bridge = restBridge(createAuth());
    return listen(createServer((request, response) => bridge(request, response, () => response.writeHead(404).end())));
  },
};
