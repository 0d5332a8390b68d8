import type { Comparison } from '../harness/comparison.js';
import { greetings } from './express-endpoint.js';

const server = { file: 'express-endpoint', variant: 'ours' };

export const processes: Comparison = {
  name: 'processes',
  title: 'Two processes of a protected Express endpoint, the load beside them',
  variants: [
    { name: 'trpc-jwt-auth, one process', server, requests: greetings('seen') },
    { name: 'trpc-jwt-auth, two processes', server, processes: 2, requests: greetings('seen') },
  ],
  ratios: [{ of: 'trpc-jwt-auth, two processes', to: 'trpc-jwt-auth, one process' }],
};
