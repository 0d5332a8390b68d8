import { AuthError } from '../../core/errors.js';
import type { MaybePromise } from '../../core/ports.js';
import type { AuthRequest } from '../auth-request.js';
import { parseJson } from './json.js';
import { parseMultipart } from './multipart.js';

/** A request whose body may be read. */
export interface BodyRequest extends AuthRequest {
  /** The body as the app's own parser left it; undefined where none ran. */
  readonly parsedBody: unknown;
  /** The body's bytes. @throws AuthError PAYLOAD_TOO_LARGE, PARSE_ERROR */
  readonly readBody: (mostBytes: number) => Promise<Uint8Array>;
}

/** What a body may weigh: that of Express's own parsers. */
export const MOST_BODY_BYTES = 100 * 1024;

/** The media types read, in the order OPTIONS names them. */
export const PARSED_TYPES = ['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data'] as const;

type ParsedType = (typeof PARSED_TYPES)[number];

/**
 * The body, as the app's own parser left it or as its bytes, as data: an object without a prototype where it is a JSON object or a form.
 *
 * @throws AuthError UNSUPPORTED_MEDIA_TYPE, PARSE_ERROR
 */
export function parseBody(body: unknown, contentType = ''): MaybePromise<unknown> {
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) {
    const type = parsedType(contentType, isEmpty(body));
    return type === 'application/json' ? body : lastValues(body);
  }
  // As the original: an empty body never gets to the choice of a parser.
  if (body.length === 0) return Object.create(null);
  switch (parsedType(contentType, false)) {
    case 'application/json':
      // Text has been decoded by whoever made it text.
      return parseJson(typeof body === 'string' ? body : decode(body, contentType));
    case 'application/x-www-form-urlencoded':
      return lastValues(Object.fromEntries(new URLSearchParams(typeof body === 'string' ? body : new TextDecoder().decode(body))));
    case 'multipart/form-data':
      return parseMultipart(typeof body === 'string' ? new TextEncoder().encode(body) : body, contentType);
  }
}

function parsedType(contentType: string, emptyBody: boolean): ParsedType {
  const mediaType = contentType.split(';', 1)[0]?.trim().toLowerCase();
  const type = PARSED_TYPES.find((each) => each === mediaType);
  if (type !== undefined) return type;
  if (emptyBody) return 'application/json';
  throw new AuthError('UNSUPPORTED_MEDIA_TYPE', { message: `Unsupported media type "${contentType}" in request.` });
}

function isEmpty(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Object.keys(body).length === 0;
}

function decode(bytes: Uint8Array, contentType: string): string {
  const charset = contentType.includes(';') ? (/;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType)?.[1] ?? 'utf-8') : 'utf-8';
  try {
    return decoderOf(charset).decode(bytes);
  } catch (error) {
    throw new AuthError('PARSE_ERROR', { message: `JSON parse error - The body is not valid ${charset.toLowerCase()} text.`, cause: error });
  }
}

const STRICT = { fatal: true, ignoreBOM: true };
// Made once: to make one takes longer than to decode a body.
const UTF_8 = new TextDecoder('utf-8', STRICT);

function decoderOf(charset: string): InstanceType<typeof TextDecoder> {
  if (/^utf-?8$/i.test(charset)) return UTF_8;
  try {
    return new TextDecoder(charset, STRICT);
  } catch (error) {
    // A charset nobody knows is passed over, as Django does.
    if (error instanceof RangeError) return UTF_8;
    throw error;
  }
}

/** Of a repeated form field the last value, as Django's QueryDict gives it. */
function lastValues(form: unknown): unknown {
  if (typeof form !== 'object' || form === null || Array.isArray(form)) return form;
  const fields = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of Object.entries(form)) fields[name] = Array.isArray(value) ? (value as unknown[]).at(-1) : value;
  return fields;
}
