/**
 * Runs in a process of its own, as `node runner.js <server> <snippet> [tests]` (`-` for none): imports the document's server, then the snippet, and waits for
 * its tests where it has some.
 *
 * - A server listens on 127.0.0.1 at a free port, whatever port it names; `fetch` to the named port at localhost goes there.
 * - `declare const auth` in a docstring is the `auth` made below.
 * - With a server and no snippet the process stays, and tells its parent the port; else it ends with the snippet.
 */
import type { AddressInfo } from 'node:net';
import { Server } from 'node:net';
import { inspect } from 'node:util';

import { createJwtAuth, secretKey } from 'trpc-jwt-auth';

inspect.defaultOptions.breakLength = Number.POSITIVE_INFINITY;
inspect.defaultOptions.compact = true;

const ports = new Map<number, Promise<number>>();
const listen = Server.prototype.listen as (this: Server, port: number, host: string, onListening?: () => void) => Server;

function listenSafely(this: Server, ...args: unknown[]): Server {
  const [first] = args;
  const named = typeof first === 'object' && first !== null && 'port' in first ? first.port : first;
  const onListening = args.at(-1);
  const port = new Promise<number>((resolve, reject) => {
    this.once('listening', () => resolve((this.address() as AddressInfo).port)).once('error', reject);
  });
  if (typeof named === 'number') ports.set(named, port);
  return listen.call(this, 0, '127.0.0.1', typeof onListening === 'function' ? (onListening as () => void) : undefined);
}
Server.prototype.listen = listenSafely as typeof Server.prototype.listen;

const systemFetch = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  const port = await ports.get(Number(url.port));
  if (port === undefined || url.hostname !== 'localhost') throw new Error(`a snippet may only fetch from its own server, not ${url.href}`);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  return systemFetch(input instanceof Request ? new Request(url, input) : url, init);
};

const ada = { id: 1, username: 'ada', isActive: true };
Object.assign(globalThis, {
  auth: createJwtAuth({
    keys: secretKey('0123456789abcdef0123456789abcdef'),
    users: {
      authenticate: ({ password }) => (password === 'engine' ? ada : null),
      findByUsername: (username) => (username === 'ada' ? ada : null),
    },
  }),
});

const [, , server = '-', snippet = '-', tests] = process.argv;
if (server !== '-') await import(server);
if (snippet !== '-') {
  await import(snippet);
  // Tests are run in their order: at the end of this one the snippet's are done.
  if (tests !== undefined) await (await import('node:test')).test('the end', () => undefined);
  process.exit();
}
process.send?.(await [...ports.values()][0]);
