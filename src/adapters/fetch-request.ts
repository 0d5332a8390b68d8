import { AuthError } from '../core/errors.js';
import type { AnswerHeaders } from '../transports/auth-request.js';
import type { BodyRequest } from '../transports/rest/parsers.js';
import type { RenderedResponse } from '../transports/rest/response.js';

// A Response of these may have no body, not even an empty one (Fetch Standard section 2.2.3).
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** A Request of the Fetch Standard, which says all but whose it is. */
export class FetchRequest implements BodyRequest {
  readonly #request: Request;
  #url: URL | undefined;
  readonly #clientAddress: () => string | undefined;
  readonly answer: AnswerHeaders | undefined;

  constructor(request: Request, url: URL | undefined, answer: Headers | undefined, clientAddress: () => string | undefined) {
    this.#request = request;
    this.#url = url;
    this.#clientAddress = clientAddress;
    this.answer =
      answer === undefined
        ? undefined
        : {
            set: (name, value) => answer.set(name, value),
            appendCookie: (setCookie) => answer.append('Set-Cookie', setCookie),
          };
  }

  private get url(): URL {
    return (this.#url ??= new URL(this.#request.url));
  }

  get method(): string {
    return this.#request.method;
  }

  header(name: string): string | undefined {
    return this.#request.headers.get(name) ?? undefined;
  }

  get host(): string {
    // A server may put the name it listens as into the URL: Next.js does, wherever it runs itself.
    return this.#request.headers.get('host') ?? this.url.host;
  }

  get secure(): boolean {
    return this.url.protocol === 'https:';
  }

  get peerAddress(): string | undefined {
    return this.#clientAddress();
  }

  get parsedBody(): unknown {
    return undefined;
  }

  async readBody(mostBytes: number): Promise<Uint8Array> {
    const { headers, body, bodyUsed } = this.#request;
    if (Number(headers.get('content-length') ?? 0) > mostBytes) throw new AuthError('PAYLOAD_TOO_LARGE');
    // Whoever read the body before us and kept it left nothing to read.
    if (body === null || bodyUsed || body.locked) return new Uint8Array();
    const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    try {
      for (;;) {
        const { done, value } = await reader.read().catch((error: unknown) => {
          throw new AuthError('PARSE_ERROR', { message: 'The request ended before its body did.', cause: error });
        });
        if (done) return joined(chunks, bytes);
        bytes += value.length;
        chunks.push(value);
        if (bytes > mostBytes) throw new AuthError('PAYLOAD_TOO_LARGE');
      }
    } finally {
      // Not cancelled: over node:http that would cut the connection, and the answer with it.
      reader.releaseLock();
    }
  }
}

function joined(chunks: readonly Uint8Array[], bytes: number): Uint8Array {
  const [first] = chunks;
  if (chunks.length === 1 && first !== undefined) return first;
  const whole = new Uint8Array(bytes);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}

/** An answer as a Response, with the headers given to it on the way. */
export function responseOf(method: string, { status, headers, body }: RenderedResponse, given = new Headers()): Response {
  for (const name in headers) given.set(name, headers[name] ?? '');
  // An empty text would be given a Content-Type.
  const isEmpty = method === 'HEAD' || body === '' || WITHOUT_BODY.has(status);
  return new Response(isEmpty ? null : body, { status, headers: given });
}
