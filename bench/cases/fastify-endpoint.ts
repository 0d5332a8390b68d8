import type { Comparison } from '../harness/comparison.js';
import { greetings } from './express-endpoint.js';

const server = (variant: string) => ({ file: 'fastify-endpoint', variant });

export const fastifyEndpoint: Comparison = {
  name: 'fastify',
  title: 'A protected Fastify endpoint',
  variants: [
    { name: 'without authentication', server: server('open'), requests: greetings('seen') },
    { name: 'trpc-jwt-auth, token seen before', server: server('ours'), requests: greetings('seen') },
    { name: 'trpc-jwt-auth, each token new', server: server('ours'), requests: greetings('new') },
    { name: '@fastify/jwt with its cache', server: server('@fastify/jwt with cache'), requests: greetings('seen') },
    { name: '@fastify/jwt without', server: server('@fastify/jwt'), requests: greetings('seen') },
  ],
  ratios: [
    { of: 'trpc-jwt-auth, token seen before', to: 'without authentication', least: 0.8 },
    { of: 'trpc-jwt-auth, each token new', to: 'without authentication' },
    { of: 'trpc-jwt-auth, token seen before', to: '@fastify/jwt with its cache', least: 1.9 },
    { of: 'trpc-jwt-auth, token seen before', to: '@fastify/jwt without' },
    { of: '@fastify/jwt with its cache', to: 'without authentication' },
    { of: '@fastify/jwt without', to: 'without authentication' },
  ],
};
