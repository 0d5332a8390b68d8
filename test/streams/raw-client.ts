import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { once } from 'node:events';

import superjson from 'superjson';
import { WebSocket } from 'ws';

interface Said {
  /** The connectionParams, as an object or as the text that stands for one. */
  readonly params?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer over HTTP as it came. */
export interface RawAnswer {
  readonly status: number;
  readonly text: string;
  /** The authCode, or tRPC's own code where authentication had no part in it, or 'accepted'. */
  readonly code: string;
}

/** A stream that was asked for. */
export interface RawStream {
  /** 'open' once it gives events, or the authCode of what it ended with. */
  readonly outcome: Promise<string>;
  /** The code it ended with, or 'cut'. */
  readonly ended: Promise<string>;
  readonly seen: readonly string[];
  readonly text: () => string;
  readonly close: () => void;
}

/** What a URL says of the parameters a stream is opened with. */
export function paramsQuery(params: object | string | undefined): string {
  if (params === undefined) return '';
  return `connectionParams=${encodeURIComponent(typeof params === 'string' ? params : JSON.stringify(params))}`;
}

function codeIn(text: string): string | undefined {
  return /"authCode":"(\w+)"/.exec(text)?.[1] ?? /"data":\{"code":"(\w+)"/.exec(text)?.[1];
}

function ask(url: string, method: string, headers: Readonly<Record<string, string>>, body: string | undefined, onAnswer: (answer: IncomingMessage) => void, onError: (error: Error) => void) {
  const asked = request(url, { method, headers, agent: false }, onAnswer);
  asked.on('error', onError);
  asked.end(body);
  return asked;
}

/** Makes one call over HTTP, as no client of ours would. */
export function rawCall(url: string, { method = 'GET', headers = {}, body }: { readonly method?: string; readonly headers?: Readonly<Record<string, string>>; readonly body?: string } = {}): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    ask(url, method, body === undefined ? headers : { 'Content-Type': 'application/json', ...headers }, body, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk)).on('error', reject);
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text, code: codeIn(text) ?? (answer.statusCode === 200 ? 'accepted' : `status ${answer.statusCode}`) }));
    }, reject);
  });
}

/** Opens a stream with an HTTP request of its own, from the first event on. */
export function rawStream(url: string, { params, headers = {} }: Said = {}, procedure = 'events'): RawStream {
  const seen: string[] = [];
  let text = '';
  let opened: (outcome: string) => void = () => undefined;
  let ending: (code: string) => void = () => undefined;
  const outcome = new Promise<string>((resolve) => (opened = resolve));
  const ended = new Promise<string>((resolve) => (ending = resolve));
  const finish = (): void => {
    const code = codeIn(text) ?? 'cut';
    opened(code);
    ending(code);
  };
  const asked = ask(`${url}/${procedure}?lastEventId=0&${paramsQuery(params)}`, 'GET', { Accept: 'text/event-stream', ...headers }, undefined, (answer) => {
    let unread = 0;
    answer.setEncoding('utf8');
    answer.on('data', (chunk: string) => {
      text += chunk;
      for (let end = text.indexOf('\n\n', unread); end !== -1; end = text.indexOf('\n\n', unread)) {
        const event = text.slice(unread, end);
        unread = end + 2;
        const data = /^data: (\{"json":.*\})$/m.exec(event)?.[1];
        if (event.includes('event: serialized-error')) opened(codeIn(event) ?? event);
        if (data === undefined || event.includes('event: ')) continue;
        seen.push((JSON.parse(data) as { json: string }).json);
        opened('open');
      }
    });
    answer.on('error', finish).on('close', finish);
  }, finish);
  return { outcome, ended, seen, text: () => text, close: () => asked.destroy() };
}

/** What a call on a socket came to: its data, or the authCode of its error. */
export type RawOutcome = { readonly data: unknown } | { readonly code: string; readonly message: string };

/** A socket without our client. */
export interface RawSocket {
  readonly call: (method: 'query' | 'mutation', path: string, input?: unknown) => Promise<RawOutcome>;
  /** As `rawStream`. */
  readonly subscribe: (procedure?: string) => Pick<RawStream, 'outcome' | 'ended' | 'seen'> & { readonly stop: () => void };
  readonly send: (text: string) => void;
  readonly received: readonly string[];
  readonly closed: Promise<unknown>;
  readonly close: () => Promise<void>;
}

interface Message {
  readonly id: number | null;
  readonly error?: { readonly json: { readonly message: string; readonly data: { readonly authCode: string | null; readonly code: string } } };
  readonly result?: { readonly type: string; readonly id?: string; readonly data?: { readonly json: unknown } };
}

/** Opens a socket; `params` are sent as its first message. */
export async function rawSocket(url: string, { params, headers = {} }: Said = {}): Promise<RawSocket> {
  const socket = new WebSocket(params === undefined ? url : `${url}?connectionParams=1`, { headers });
  const listeners = new Map<number, (message: Message) => void>();
  const received: string[] = [];
  let lastId = 0;
  const closed = once(socket, 'close').then(() => listeners.forEach((listener, id) => listener({ id, result: { type: 'cut' } })));
  socket.on('message', (data: Buffer) => {
    received.push(data.toString());
    const message = JSON.parse(data.toString()) as Message;
    listeners.get(Number(message.id))?.(message);
  });
  await once(socket, 'open');
  if (params !== undefined) socket.send(typeof params === 'string' ? params : JSON.stringify({ method: 'connectionParams', data: params }));

  const send = (message: object): void => socket.send(JSON.stringify(message));
  const failure = ({ json: { message, data } }: NonNullable<Message['error']>) => ({ code: data.authCode ?? data.code, message });
  return {
    received,
    closed,
    send: (text) => socket.send(text),
    call: (method, path, input) =>
      new Promise((resolve) => {
        const id = ++lastId;
        listeners.set(id, ({ error, result }) => {
          listeners.delete(id);
          resolve(error === undefined ? { data: result?.data?.json ?? result?.type } : failure(error));
        });
        send({ id, method, params: { path, input: superjson.serialize(input) } });
      }),
    subscribe: (procedure = 'events') => {
      const id = ++lastId;
      const seen: string[] = [];
      const stop = (): void => send({ id, method: 'subscription.stop' });
      let opened: (outcome: string) => void = () => undefined;
      let ending: (code: string) => void = () => undefined;
      const outcome = new Promise<string>((resolve) => (opened = resolve));
      const ended = new Promise<string>((resolve) => (ending = resolve));
      listeners.set(id, ({ error, result }) => {
        const event = result?.data?.json as { id: string; data: string } | undefined;
        if (event !== undefined) seen.push(event.data);
        const code = error === undefined ? result?.type : failure(error).code;
        if (code === 'started') return;
        if (code === 'data') return opened('open');
        opened(code ?? 'cut');
        ending(code ?? 'cut');
      });
      send({ id, method: 'subscription', params: { path: procedure, input: superjson.serialize({ lastEventId: '0' }) } });
      return { outcome, ended, seen, stop };
    },
    close: async () => {
      socket.close();
      await closed;
    },
  };
}
