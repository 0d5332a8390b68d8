export { auth } from './plain-auth.js';

setImmediate(() => {
  throw new Error('the port is taken');
});
await new Promise((resolve) => setTimeout(resolve, 10_000));
