import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { createHistogram, performance } from 'node:perf_hooks';
import type { RecordableHistogram } from 'node:perf_hooks';

/** A request as it goes over the wire, and whether an answer to it is right. */
export interface LoadRequest {
  readonly bytes: Buffer;
  readonly isRight: (status: number, body: string) => boolean;
}

/** Requests in turn, again and again; one load goes on where the last ended, so that new tokens stay new. */
export function inTurn(requests: readonly LoadRequest[]): () => LoadRequest {
  let sent = 0;
  return () => {
    const request = requests[sent++ % requests.length];
    if (request === undefined) throw new RangeError('there are no requests');
    return request;
  };
}

/** How a server is loaded. */
export interface LoadOptions {
  /** Of several, the connections are spread over them. */
  readonly port: number | readonly number[];
  /** Gives the request to be sent next. */
  readonly next: () => LoadRequest;
  /** Each sends its next request when it has the answer to the last. */
  readonly connections: number;
}

/** What a load came to, of one time or of several. */
export class LoadTally {
  readonly latenciesMicroseconds: RecordableHistogram = createHistogram();
  requests = 0;
  elapsedMs = 0;

  get requestsPerSecond(): number {
    return (this.requests / this.elapsedMs) * 1000;
  }

  /** How long the answer took, in milliseconds, that this percentage of answers did not exceed. */
  percentileMs(percentage: number): number {
    return this.latenciesMicroseconds.percentile(percentage) / 1000;
  }
}

/** A load whose connections stay open from one time to the next. */
export interface Load {
  /** Loads the server, and adds to a tally. @throws Error at the first answer that is wrong, or missing */
  readonly run: (seconds: number, tally: LoadTally) => Promise<void>;
  readonly close: () => void;
}

/** How an HTTP request is written. */
export interface RequestLine {
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The bytes of a request, with the headers that every client sends. */
export function requestBytes({ method = 'GET', path, headers = {}, body }: RequestLine): Buffer {
  const sent = { Host: '127.0.0.1', Accept: '*/*', 'User-Agent': 'bench', ...(body !== undefined && { 'Content-Length': String(Buffer.byteLength(body)) }), ...headers };
  const lines = Object.entries(sent).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`);
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** What a header of an answer says, as servers spell its name. */
function headerOf(text: string, headEnd: number, ...spellings: readonly string[]): string | undefined {
  for (const spelling of spellings) {
    const at = text.indexOf(spelling);
    const value = at + spelling.length;
    if (at !== -1 && at < headEnd) return text.slice(value, text.indexOf('\r', value));
  }
  return undefined;
}

/** The answer that stands in a connection's text, or undefined while it is not complete. */
function readAnswer(text: string): Answer | undefined {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const start = headEnd + 4;
  const status = Number(text.slice(9, 12));
  const length = headerOf(text, headEnd, '\r\nContent-Length: ', '\r\ncontent-length: ');
  if (length !== undefined) return text.length - start >= Number(length) ? { status, body: text.slice(start) } : undefined;
  if (headerOf(text, headEnd, '\r\nTransfer-Encoding: ', '\r\ntransfer-encoding: ') !== 'chunked') return { status, body: '' };
  return text.endsWith('0\r\n\r\n') ? { status, body: unchunked(text, start) } : undefined;
}

function unchunked(text: string, start: number): string {
  let body = '';
  for (let at = start; ; ) {
    const lineEnd = text.indexOf('\r\n', at);
    const length = Number.parseInt(text.slice(at, lineEnd), 16);
    if (!(length > 0)) return body;
    body += text.slice(lineEnd + 2, lineEnd + 2 + length);
    at = lineEnd + 4 + length;
  }
}

const READ_BYTES = 64 * 1024;
const PATIENCE_MS = 20_000;

/** What a connection is driven for, until it is settled. */
interface Drive {
  readonly until: number;
  readonly tally: LoadTally;
  readonly settle: (error?: Error) => void;
}

/** One connection, which a server may close between two times, as servers do that have waited long. */
class Connection {
  readonly #port: number;
  readonly #next: () => LoadRequest;
  #socket: Socket | undefined;
  #text = '';
  #sent: LoadRequest | undefined;
  #sentAt = 0;
  #drive: Drive | undefined;

  constructor(port: number, next: () => LoadRequest) {
    this.#port = port;
    this.#next = next;
  }

  async open(): Promise<void> {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true, onread: { buffer: Buffer.allocUnsafe(READ_BYTES), callback: (bytes, buffer) => this.#read(bytes, buffer as Buffer) } });
    await once(socket, 'connect');
    this.#socket = socket;
    socket.on('error', (error) => this.#drive?.settle(error));
    socket.on('close', () => {
      this.#socket = undefined;
      this.#drive?.settle(new Error('the server closed the connection'));
    });
  }

  async drive(until: number, tally: LoadTally): Promise<void> {
    if (this.#socket === undefined) await this.open();
    const settled = new Promise<void>((resolve, reject) => {
      this.#drive = { until, tally, settle: (error) => (error === undefined ? resolve() : reject(error)) };
    });
    const patience = setInterval(() => {
      if (performance.now() - this.#sentAt > PATIENCE_MS) this.#drive?.settle(new Error(`no answer within ${PATIENCE_MS / 1000} s`));
    }, PATIENCE_MS);
    this.#send(performance.now());
    try {
      await settled;
    } finally {
      this.#drive = undefined;
      clearInterval(patience);
    }
  }

  close(): void {
    this.#socket?.destroy();
  }

  #send(now: number): void {
    this.#sent = this.#next();
    this.#sentAt = now;
    this.#socket?.write(this.#sent.bytes);
  }

  #read(bytes: number, buffer: Buffer): boolean {
    this.#text += buffer.toString('latin1', 0, bytes);
    const answer = readAnswer(this.#text);
    if (answer === undefined) return true;
    this.#text = '';
    const drive = this.#drive;
    // Nobody waits for it any more: the drive has failed.
    if (drive === undefined) return false;
    if (this.#sent?.isRight(answer.status, answer.body) !== true) {
      drive.settle(new Error(`a wrong answer, ${answer.status} ${answer.body.slice(0, 300)}`));
      return false;
    }
    const now = performance.now();
    drive.tally.latenciesMicroseconds.record(Math.max(1, Math.round((now - this.#sentAt) * 1000)));
    drive.tally.requests += 1;
    if (now < drive.until) this.#send(now);
    else drive.settle();
    return true;
  }
}

/**
 * Opens connections to load a server by; each answer is checked. The load does as little as it can beside that, and reads without the streams of sockets: one that is slower
 * than the server it shares a machine with measures itself.
 */
export async function openLoad({ port, next, connections: wanted }: LoadOptions): Promise<Load> {
  const ports = typeof port === 'number' ? [port] : port;
  const connections = Array.from({ length: wanted }, (_, index) => new Connection(ports[index % ports.length] ?? 0, next));
  await Promise.all(connections.map((connection) => connection.open()));
  return {
    run: async (seconds, tally) => {
      const answered = tally.requests;
      const started = performance.now();
      try {
        await Promise.all(connections.map((connection) => connection.drive(started + seconds * 1000, tally)));
      } catch (error) {
        throw new Error(`after ${tally.requests - answered} right answers: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
      }
      tally.elapsedMs += performance.now() - started;
    },
    close: () => {
      for (const connection of connections) connection.close();
    },
  };
}
