import { initTRPC, TRPCError } from '@trpc/server';
import superjson from 'superjson';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AuthError, authErrorFormatter, createAuthRouter } from 'trpc-jwt-auth';
import type { AuthContext } from 'trpc-jwt-auth';

import { Scene } from '../parity/scene.js';
import { clientOf, errorOf, serveTRPC } from './trpc-client.js';
import type { TRPCServer } from './trpc-client.js';

const LOGIN = { username: 'ada', password: 'ada-pass' };
let server: TRPCServer | undefined;
let scene = new Scene();

afterEach(async () => {
  await server?.close();
  server = undefined;
});

const t = initTRPC.context<AuthContext>().create({ transformer: superjson, isDev: true, errorFormatter: authErrorFormatter() });
const supported = initTRPC.context<AuthContext>().create({
  transformer: superjson,
  isDev: true,
  errorFormatter: authErrorFormatter(({ shape, error }) => ({ ...shape, message: `(${shape.message})`, data: { ...shape.data, supportId: `s-${error.code}` } })),
});

const note = z.object({ title: z.string().min(3), tags: z.array(z.string()) });

async function serve(): Promise<string> {
  scene = new Scene();
  const auth = scene.auth();
  const router = t.router({
    auth: createAuthRouter(auth, t),
    save: t.procedure.input(note).mutation(() => 'saved'),
    row: t.procedure.query(() => note.parse({ title: 5 })),
    missing: t.procedure.query(() => { throw new TRPCError({ code: 'NOT_FOUND', message: 'No such note.' }); }),
    ours: t.procedure.query(() => { throw new TRPCError({ code: 'FORBIDDEN', cause: new AuthError('PERMISSION_DENIED') }); }),
  });
  server = await serveTRPC(router, auth);
  return server.url;
}

describe('authErrorFormatter', () => {
  it('adds authCode and fieldErrors, and removes the stack', async () => {
    const error = await errorOf(clientOf(await serve()).mutation('auth.obtain', { ...LOGIN, password: 'wrong' }));
    expect(error).toEqual({
      message: 'Unable to log in with provided credentials.',
      data: { code: 'UNAUTHORIZED', httpStatus: 401, path: 'auth.obtain', authCode: 'INVALID_CREDENTIALS', fieldErrors: null, retryAfterSeconds: null },
    });
  });

  it('tells of each field, and of all of them in the message', async () => {
    const error = await errorOf(clientOf(await serve()).mutation('auth.obtain', { username: '' }));
    expect(error.data).toMatchObject({ authCode: 'VALIDATION_FAILED', fieldErrors: { username: ['This field may not be blank.'], password: ['This field is required.'] } });
    expect(error.message).toBe('username: This field may not be blank. password: This field is required.');
  });

  it('what has to do with no field is in the message as it is', async () => {
    const error = await errorOf(clientOf(await serve()).mutation('auth.obtain', ['ada']));
    expect(error.message).toBe('Invalid data. Expected a dictionary, but got list.');
  });

  it('no message repeats what was sent', async () => {
    const error = await errorOf(clientOf(await serve()).mutation('auth.obtain', { username: { name: 'hunter1' }, password: ['hunter2'] }));
    expect(JSON.stringify(error)).not.toContain('hunter');
  });

  it('has null for both where something else failed', async () => {
    expect(await errorOf(clientOf(await serve()).query('missing'))).toEqual({
      message: 'No such note.',
      data: { code: 'NOT_FOUND', httpStatus: 404, path: 'missing', authCode: null, fieldErrors: null, retryAfterSeconds: null },
    });
  });

  it('knows an AuthError behind an error of the app’s own', async () => {
    expect((await errorOf(clientOf(await serve()).query('ours'))).data).toMatchObject({ code: 'FORBIDDEN', authCode: 'PERMISSION_DENIED' });
  });

  it('has the fields of an app’s own zod input, but no authCode', async () => {
    const error = await errorOf(clientOf(await serve()).mutation('save', { title: 'x', tags: ['a', 5] }));
    expect(error.data).toMatchObject({ code: 'BAD_REQUEST', authCode: null, fieldErrors: { title: [expect.any(String)], tags: [expect.any(String)] } });
    expect(error.message).toMatch(/^title: .+ tags: .+/);
  });

  it('has no fields where a resolver’s own zod failed: the input was not at fault', async () => {
    const error = await errorOf(clientOf(await serve()).query('row'));
    expect(error.data).toMatchObject({ code: 'INTERNAL_SERVER_ERROR', authCode: null, fieldErrors: null });
  });
});

describe('authErrorFormatter around the app’s own', () => {
  it('keeps what that one says and adds ours', async () => {
    scene = new Scene();
    const auth = scene.auth();
    const router = supported.router({
      auth: createAuthRouter(auth, supported),
      save: supported.procedure.input(note).mutation(() => 'saved'),
      missing: supported.procedure.query(() => { throw new TRPCError({ code: 'NOT_FOUND', message: 'No such note.' }); }),
    });
    server = await serveTRPC(router, auth);
    const client = clientOf(server.url);
    expect(await errorOf(client.mutation('auth.verify', { token: 'no-token' }))).toEqual({
      message: '(Error decoding signature.)',
      data: { code: 'UNAUTHORIZED', httpStatus: 401, path: 'auth.verify', authCode: 'TOKEN_UNDECODABLE', fieldErrors: null, retryAfterSeconds: null, supportId: 's-UNAUTHORIZED' },
    });
    expect((await errorOf(client.mutation('save', { title: 'x', tags: [] }))).data).toMatchObject({ supportId: 's-BAD_REQUEST', fieldErrors: { title: [expect.any(String)] } });
    expect(await errorOf(client.query('missing'))).toEqual({
      message: '(No such note.)',
      data: { code: 'NOT_FOUND', httpStatus: 404, path: 'missing', authCode: null, fieldErrors: null, retryAfterSeconds: null, supportId: 's-NOT_FOUND' },
    });
  });
});

describe('requests that never get to a procedure', () => {
  async function post(body: string, contentType = 'application/json'): Promise<{ status: number; text: string }> {
    const response = await fetch(`${await serve()}/auth.obtain`, { method: 'POST', headers: { 'content-type': contentType }, body });
    expect(scene.reported).toEqual([]);
    return { status: response.status, text: await response.text() };
  }

  it('a body that is no JSON is not quoted', async () => {
    const { status, text } = await post('{"json":{"username":"ada","password":"hunter2');
    expect(status).toBe(400);
    expect(text).not.toContain('hunter2');
    expect(JSON.parse(text)).toMatchObject({ error: { json: { message: 'Malformed request.', data: { authCode: 'PARSE_ERROR' } } } });
  });

  it('a body superjson cannot read is not quoted', async () => {
    const { status, text } = await post('{"json":{"password":"hunter2"},"meta":{"values":{"password":["nonsense"]}}}');
    expect(status).toBeGreaterThanOrEqual(400);
    expect(text).not.toMatch(/hunter|stack/);
  });

  it('fields of a __proto__ are no fields', async () => {
    const { text } = await post('{"json":{"__proto__":{"username":"ada","password":"ada-pass"}}}');
    expect(JSON.parse(text)).toMatchObject({ error: { json: { data: { authCode: 'VALIDATION_FAILED' } } } });
  });

  it('a media type tRPC does not read', async () => {
    const { status, text } = await post('hunter2', 'text/plain');
    expect([status, text.includes('hunter2'), text.includes('stack')]).toEqual([415, false, false]);
  });
});
