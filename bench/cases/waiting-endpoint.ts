import type { Comparison, Variant } from '../harness/comparison.js';
import { greetings } from './express-endpoint.js';
import { verifications } from './rest-endpoints.js';

const ENDPOINT: Variant = { name: 'an endpoint', server: { file: 'fastify-endpoint', variant: 'open' }, requests: greetings('seen') };
const ECHO: Variant = { name: 'a bare JSON echo', server: { file: 'fastify-endpoint', variant: 'echo' }, requests: verifications('seen') };

const waiting = ({ name, requests }: Variant, route: string, microseconds: number): Variant => ({
  name: `${name} that waits ${microseconds} µs`,
  server: { file: 'waiting-endpoint', variant: `${route}, ${microseconds} µs` },
  requests,
});
const endpoints = [1, 2].map((microseconds) => waiting(ENDPOINT, 'endpoint', microseconds));
const echoes = [4, 8].map((microseconds) => waiting(ECHO, 'echo', microseconds));
const to = (base: Variant) => (variant: Variant) => ({ of: variant.name, to: base.name });

/** What a protected endpoint and a verify would have to cost, to keep how much of the server under them. */
export const microseconds: Comparison = {
  name: 'microseconds',
  title: 'What a microsecond costs on Fastify',
  variants: [ENDPOINT, ...endpoints, ECHO, ...echoes],
  ratios: [...endpoints.map(to(ENDPOINT)), ...echoes.map(to(ECHO))],
};
