import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';

import { listen } from './listening.js';
import type { Listening } from './listening.js';

/** What a server of Requests hands along with one, as Bun's and Deno's do. */
export interface Peer {
  readonly address: string | undefined;
}

/** An app of the Fetch Standard. */
export type FetchApp = (request: Request, peer: Peer) => Promise<Response>;

function requestOf(message: IncomingMessage): Request {
  const headers = new Headers();
  // The raw ones: Node has dropped repetitions from the others.
  for (let index = 0; index < message.rawHeaders.length; index += 2) headers.append(message.rawHeaders[index] ?? '', message.rawHeaders[index + 1] ?? '');
  const { method = 'GET', url = '/' } = message;
  const body = method === 'GET' || method === 'HEAD' ? null : (Readable.toWeb(message) as ReadableStream<Uint8Array>);
  return new Request(`http://${headers.get('host') ?? 'localhost'}${url}`, { method, headers, body, ...(body !== null && { duplex: 'half' }) });
}

async function write(answer: Response, response: ServerResponse, isWhole: boolean): Promise<void> {
  response.statusCode = answer.status;
  answer.headers.forEach((value, name) => {
    if (name !== 'set-cookie') response.setHeader(name, value);
  });
  const cookies = answer.headers.getSetCookie();
  if (cookies.length > 0) response.setHeader('Set-Cookie', cookies);
  // The rest of a body nobody read is in the way of the next request.
  if (!isWhole) response.setHeader('Connection', 'close');
  if (answer.body !== null) for await (const chunk of Readable.fromWeb(answer.body as NodeReadableStream)) response.write(chunk);
  response.end();
}

/** Serves an app of the Fetch Standard over node:http on a free port, as the Node servers of Hono and Next.js do. */
export function listenFetch(app: FetchApp, reportError: (error: unknown) => void = (error) => console.error(error)): Promise<Listening> {
  return listen((message, response) => {
    app(requestOf(message), { address: message.socket.remoteAddress })
      .then((answer) => write(answer, response, message.complete))
      .catch((error: unknown) => {
        reportError(error);
        response.writeHead(500).end();
      });
  });
}
