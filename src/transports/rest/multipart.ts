import { AuthError } from '../../core/errors.js';

const MOST_PARTS = 100;

/** A multipart form's fields, the last of a repeated one; a file in a field's place is an object, and so no valid string. @throws AuthError PARSE_ERROR, UNSUPPORTED_MEDIA_TYPE */
export async function parseMultipart(bytes: Uint8Array, contentType: string): Promise<unknown> {
  // Loaded on the first such body: most servers never see one, and some runtimes lack the modules of Node that it needs.
  const { default: busboy } = await import('busboy').catch((cause: unknown) => {
    throw new AuthError('UNSUPPORTED_MEDIA_TYPE', { cause });
  });
  const fields = Object.create(null) as Record<string, unknown>;
  await new Promise<void>((resolve, reject) => {
    const parser = busboy({ headers: { 'content-type': contentType }, limits: { parts: MOST_PARTS, fieldSize: bytes.length }, defParamCharset: 'utf8' });
    parser.on('field', (name, value) => {
      fields[name] = value;
    });
    parser.on('file', (name, stream) => {
      fields[name] = Object.freeze({ file: true });
      stream.resume();
    });
    parser.on('close', resolve);
    parser.on('error', reject);
    parser.end(bytes);
  }).catch((error: unknown) => {
    throw new AuthError('PARSE_ERROR', {
      message: `Multipart form parse error - ${error instanceof Error ? error.message : 'The body is not a valid form.'}`,
      cause: error,
    });
  });
  return fields;
}
