import type { Comparison } from '../harness/comparison.js';
import { greetings } from './express-endpoint.js';

const server = (variant: string) => ({ file: 'hono-endpoint', variant });

export const honoEndpoint: Comparison = {
  name: 'hono',
  title: 'A protected Hono endpoint on Node',
  variants: [
    { name: 'without authentication', server: server('open'), requests: greetings('seen') },
    { name: 'trpc-jwt-auth, token seen before', server: server('ours'), requests: greetings('seen') },
    { name: 'trpc-jwt-auth, each token new', server: server('ours'), requests: greetings('new') },
    { name: 'hono/jwt, CryptoKey', server: server('hono/jwt'), requests: greetings('seen') },
  ],
  ratios: [
    { of: 'trpc-jwt-auth, token seen before', to: 'without authentication' },
    { of: 'trpc-jwt-auth, each token new', to: 'without authentication' },
    { of: 'trpc-jwt-auth, token seen before', to: 'hono/jwt, CryptoKey', least: 2.2 },
    { of: 'hono/jwt, CryptoKey', to: 'without authentication' },
  ],
};
