import { afterEach } from 'vitest';
import type { AuthEvent, JwtAuth, TicketStore } from 'trpc-jwt-auth';
import { memorySessions, memoryTickets } from 'trpc-jwt-auth/stores/memory';

import { Scene } from '../parity/scene.js';
import type { Settings, User } from '../parity/scene.js';
import { paramsQuery, rawCall, rawSocket, rawStream } from '../streams/raw-client.js';
import type { RawAnswer, RawSocket } from '../streams/raw-client.js';
import { createFeed } from '../streams/stream-app.js';
import { startStreamServer } from '../streams/stream-server.js';

type Headers = Readonly<Record<string, string>>;

const closings: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0)) await close();
});

/** An app with streams worth attacking, until the test is done; `hello` is its first event. */
export async function ticketScene(changes: Settings = {}, serve?: (auth: JwtAuth<User>, feed: ReturnType<typeof createFeed>) => Parameters<typeof startStreamServer>[2]) {
  const scene = new Scene();
  const feed = createFeed();
  feed.publish('hello');
  const events: AuthEvent[] = [];
  const auth = scene.auth({ sessions: { store: memorySessions() }, onEvent: (event) => void events.push(event), ...changes });
  const server = await startStreamServer(auth, feed, serve?.(auth, feed));
  closings.push(server.kill);
  const { url, socketUrl } = server;

  const post = (path: string, body: object = {}, headers: Headers = {}): Promise<RawAnswer> => rawCall(`${url}/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  const login = async (username = 'ada'): Promise<{ token: string; refresh_token: string }> =>
    JSON.parse((await post('auth.obtain', { json: { username, password: `${username}-pass` } })).text).result.data.json;
  const ticketOf = async (token: string): Promise<string> => JSON.parse((await post('auth.ticket', {}, bearing(token))).text).result.data.json.ticket;
  const newTicket = async (username = 'ada'): Promise<string> => ticketOf((await login(username)).token);

  const stream = (params?: object | string, headers?: Headers, procedure?: string) => {
    const opened = rawStream(url, { ...(params !== undefined && { params }), ...(headers && { headers }) }, procedure);
    closings.unshift(opened.close);
    return opened;
  };
  const socket = async (params?: object | string, headers?: Headers): Promise<RawSocket> => rawSocket(socketUrl, { ...(params !== undefined && { params }), ...(headers && { headers }) });
  /** Who a socket's calls are made as, or the code they are refused with. */
  const whoami = async (opened: RawSocket): Promise<unknown> => {
    const outcome = await opened.call('query', 'whoami');
    return 'code' in outcome ? outcome.code : outcome.data;
  };
  /** What becomes of a ticket on a stream and, where that does not take it, on a socket. */
  const onStream = (params?: object | string, headers?: Headers): Promise<string> => stream(params, headers).outcome;
  const onSocket = async (params?: object | string, headers?: Headers): Promise<unknown> => whoami(await socket(params, headers));
  return { scene, feed, events, auth, server, post, login, ticketOf, newTicket, stream, socket, whoami, onStream, onSocket, query: (path: string, params?: object | string, headers: Headers = {}) => rawCall(`${url}/${path}?${paramsQuery(params)}`, { headers }) };
}

export function bearing(token: string): Headers {
  return { Authorization: `JWT ${token}` };
}

/** A store that also keeps what was written to it. */
export function recordingTickets(): { readonly store: TicketStore; readonly statements: string[] } {
  const statements: string[] = [];
  const inner = memoryTickets();
  return { statements, store: { ...inner, create: (ticket) => (statements.push(ticket.statement), inner.create(ticket)) } };
}
