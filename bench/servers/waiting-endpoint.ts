import type { Variants } from '../harness/server-entry.js';
import { echo, open } from './fastify-endpoint.js';

/** Does nothing for a time, and keeps the processor. */
const wait = (microseconds: number) => (): void => {
  const until = performance.now() + microseconds / 1000;
  while (performance.now() < until);
};

export const variants: Variants = {
  'endpoint, 1 µs': () => open(wait(1)),
  'endpoint, 2 µs': () => open(wait(2)),
  'echo, 4 µs': () => echo(wait(4)),
  'echo, 8 µs': () => echo(wait(8)),
};
