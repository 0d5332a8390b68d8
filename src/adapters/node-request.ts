import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';

import { AuthError } from '../core/errors.js';
import type { AnswerHeaders } from '../transports/auth-request.js';
import type { BodyRequest } from '../transports/rest/parsers.js';
import type { RenderedResponse } from '../transports/rest/response.js';

/** The headers of an answer of node:http. */
class NodeAnswerHeaders implements AnswerHeaders {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  set(name: string, value: string): void {
    this.#response.setHeader(name, value);
  }

  appendCookie(setCookie: string): void {
    this.#response.appendHeader('Set-Cookie', setCookie);
  }
}

/** A request of node:http; frameworks over it know more of its host, its connection and its body. */
export class NodeRequest<Message extends IncomingMessage = IncomingMessage> implements BodyRequest {
  protected readonly message: Message;
  readonly #response: ServerResponse | undefined;

  constructor(message: Message, response: ServerResponse | undefined) {
    this.message = message;
    this.#response = response;
  }

  get answer(): AnswerHeaders | undefined {
    return this.#response === undefined ? undefined : new NodeAnswerHeaders(this.#response);
  }

  get method(): string {
    return this.message.method ?? 'GET';
  }

  header(name: string): string | undefined {
    // Node keeps the first of a repeated Authorization header and drops the rest; whoever sent two is not to be guessed at. And for these two alone it need not make an object of all headers.
    if (name === 'authorization' || name === 'accept') return repeatedHeader(this.message.rawHeaders, name);
    const value = this.message.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  get host(): string | undefined {
    return this.message.headers.host;
  }

  get secure(): boolean {
    return 'encrypted' in this.message.socket && this.message.socket.encrypted === true;
  }

  get peerAddress(): string | undefined {
    return this.message.socket.remoteAddress;
  }

  get parsedBody(): unknown {
    return undefined;
  }

  protected get body(): Readable {
    return this.message;
  }

  readBody(mostBytes: number): Promise<Uint8Array> {
    const { body } = this;
    if (Number(this.message.headers['content-length'] ?? 0) > mostBytes) return Promise.reject(new AuthError('PAYLOAD_TOO_LARGE'));
    // Whoever read the body before us and kept it left nothing to wait for.
    if (body.readableEnded) return Promise.resolve(new Uint8Array());
    const cut = (): AuthError => new AuthError('PARSE_ERROR', { message: 'The request ended before its body did.' });
    if (body.destroyed) return Promise.reject(cut());
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      const fail = (error: AuthError): void => {
        // Not the listener for errors: one that comes later would end the process.
        body.off('data', onData).off('end', onEnd).off('close', onCut);
        reject(error);
      };
      const onData = (data: Buffer | string): void => {
        // Text, where somebody has set an encoding.
        const chunk = typeof data === 'string' ? Buffer.from(data) : data;
        bytes += chunk.length;
        chunks.push(chunk);
        if (bytes > mostBytes) fail(new AuthError('PAYLOAD_TOO_LARGE'));
      };
      const onEnd = (): void => resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
      const onCut = (): void => {
        if (!body.readableEnded) fail(cut());
      };
      body.on('data', onData).on('end', onEnd).on('error', onCut).on('close', onCut);
    });
  }
}

function repeatedHeader(rawHeaders: readonly string[], name: string): string | undefined {
  let joined: string | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [header, value = ''] = [rawHeaders[index], rawHeaders[index + 1]];
    if (header?.length !== name.length || header.toLowerCase() !== name) continue;
    joined = joined === undefined ? value : `${joined},${value}`;
  }
  return joined;
}

/** Writes an answer, unless one has begun. */
export function send(response: ServerResponse, { status, headers, body }: RenderedResponse): void {
  if (response.headersSent) return;
  // Not spread: V8 makes a hidden class for each object that is spread and then added to, and keeps it until a major collection.
  const head: Record<string, string | number> = Object.assign({}, headers, { 'Content-Length': Buffer.byteLength(body) });
  // The rest of a body nobody will read is not waited for.
  if (status === 413) head['Connection'] = 'close';
  response.writeHead(status, head);
  response.end(body);
}
