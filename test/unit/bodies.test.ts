import { request as httpRequest } from 'node:http';

import express from 'express';
import type { RequestHandler } from 'express';
import { afterEach, describe, expect, it } from 'vitest';
import { restBridge } from 'trpc-jwt-auth/express';

import { listen } from '../parity/listening.js';
import type { Listening } from '../parity/listening.js';
import { Scene } from '../parity/scene.js';

const JSON_TYPE = 'application/json';
const FORM = 'application/x-www-form-urlencoded';
let listening: Listening | undefined;

afterEach(async () => {
  await listening?.close();
  listening = undefined;
});

/** An obtain endpoint that lets everybody in and tells what arrived, behind an app's own parsers. */
async function serve(...parsers: RequestHandler[]): Promise<string> {
  const auth = new Scene().auth({
    users: {
      authenticate: ({ username, password }) => ({ id: 1, username: JSON.stringify([username, password]), isActive: true }),
      findByUsername: () => null,
    },
    responsePayload: ({ user }) => ({ arrived: JSON.parse(user.username) as unknown }),
  });
  const app = express();
  for (const parser of parsers) app.use(parser);
  app.use(restBridge(auth));
  await listening?.close();
  listening = await listen(app);
  return `${listening.origin}/api-token-auth/`;
}

type Body = string | Uint8Array<ArrayBuffer> | FormData | URLSearchParams | undefined;

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

async function post(url: string, contentType: string | undefined, body: Body): Promise<Answer> {
  // A string would be given a content type of its own.
  const sent = typeof body === 'string' ? new TextEncoder().encode(body) : (body ?? null);
  const headers: Record<string, string> = contentType === undefined ? {} : { 'content-type': contentType };
  const response = await fetch(url, { method: 'POST', headers, body: sent });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function arrived(url: string, contentType: string | undefined, body: Body): Promise<unknown> {
  const answer = await post(url, contentType, body);
  return answer.body.arrived ?? answer.body;
}

const fields = (username: unknown, password: unknown): string => JSON.stringify({ username, password });
const REQUIRED = { username: ['This field is required.'], password: ['This field is required.'] };
const utf16 = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, 'utf16le'));
const latin1 = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, 'latin1'));
const notValid = (charset: string): object => ({ detail: `JSON parse error - The body is not valid ${charset} text.` });
const NOT_JSON = { detail: 'JSON parse error - The body is not valid JSON.' };

describe('a body the bridge reads itself', () => {
  it.each<readonly [string, string | undefined, Body, unknown]>([
    ['JSON', JSON_TYPE, fields('ada', 'p'), ['ada', 'p']],
    ['JSON, its type in capitals and spaces', ' Application/JSON ; charset=UTF-8', fields('ada', 'p'), ['ada', 'p']],
    ['JSON in UTF-8', JSON_TYPE, fields('ädä', '😀'), ['ädä', '😀']],
    ['JSON whose floats stay floats', JSON_TYPE, '{"username":12345.0,"password":1e-5}', ['12345.0', '1e-05']],
    ['JSON with a number too large to be exact', JSON_TYPE, '{"username":1e16,"password":"p"}', { username: ['Not a valid string.'] }],
    ['JSON with a flag before a float', JSON_TYPE, '{"remember":true,"username":12345.0,"password":"p"}', ['12345.0', 'p']],
    ['JSON in a charset named in quotes', `${JSON_TYPE}; charset="utf-8"`, fields('ä', 'p'), ['ä', 'p']],
    ['JSON in Latin-1', `${JSON_TYPE}; charset=iso-8859-1`, latin1(fields('ä', 'p')), ['ä', 'p']],
    ['JSON in UTF-16', `${JSON_TYPE}; charset=utf-16le`, utf16(fields('ä', 'p')), ['ä', 'p']],
    ['JSON in a charset nobody knows, passed over', `${JSON_TYPE}; charset=klingon`, fields('ä', 'p'), ['ä', 'p']],
    ['Latin-1 called UTF-8', JSON_TYPE, latin1(fields('ä', 'p')), notValid('utf-8')],
    ['half a character of UTF-16', `${JSON_TYPE}; charset=UTF-16LE`, utf16(fields('ä', 'p')).slice(0, -1), notValid('utf-16le')],
    ['a byte order mark', JSON_TYPE, `\ufeff${fields('ada', 'p')}`, NOT_JSON],
    ['no JSON', JSON_TYPE, '{"username":"hunter2', NOT_JSON],
    ['a form', FORM, 'username=ada&password=p+q%26r', ['ada', 'p q&r']],
    ['a form of URLSearchParams', undefined, new URLSearchParams({ username: 'ä', password: 'p' }), ['ä', 'p']],
    ['a form with a repeated field: the last counts', FORM, 'username=a&password=p&username=b', ['b', 'p']],
    ['a form with a blank field', FORM, 'username=&password=p', { username: ['This field may not be blank.'] }],
    ['a form field named __proto__', FORM, '__proto__=x&username=ada&password=p', ['ada', 'p']],
    ['no body', undefined, undefined, REQUIRED],
    ['an empty body of any type', 'text/plain', '', REQUIRED],
    ['an empty JSON body', JSON_TYPE, '', REQUIRED],
    ['text', 'text/plain', fields('ada', 'p'), { detail: 'Unsupported media type "text/plain" in request.' }],
    ['text with a charset', 'text/plain; charset=utf-8', 'x', { detail: 'Unsupported media type "text/plain; charset=utf-8" in request.' }],
    ['no type', undefined, new TextEncoder().encode('x'), { detail: 'Unsupported media type "" in request.' }],
    ['a type that only begins alike', 'application/jsonl', fields('ada', 'p'), { detail: 'Unsupported media type "application/jsonl" in request.' }],
  ])('%s', async (_what, contentType, body, expected) => {
    expect(await arrived(await serve(), contentType, body)).toEqual(expected);
  });

  it('a multipart form', async () => {
    const form = new FormData();
    form.append('username', 'first');
    form.append('username', 'ädä');
    form.append('password', ' p ');
    expect(await arrived(await serve(), undefined, form)).toEqual(['ädä', ' p ']);
  });

  it('a file in place of a field', async () => {
    const form = new FormData();
    form.append('username', new Blob(['ada']), 'username.txt');
    form.append('password', 'p');
    expect(await arrived(await serve(), undefined, form)).toEqual({ username: ['Not a valid string.'] });
  });

  it.each([
    ['no boundary', 'multipart/form-data', 'x'],
    ['a boundary that never comes', 'multipart/form-data; boundary=b', '--b\r\nContent-Disposition: form-data; name="username"\r\n\r\nada'],
  ])('multipart with %s', async (_what, contentType, body) => {
    const answer = await post(await serve(), contentType, body);
    expect(answer).toEqual({ status: 400, body: { detail: expect.stringMatching(/^Multipart form parse error - ./) as string } });
  });

  it('100 KiB are read, one byte more is not', async () => {
    const url = await serve();
    const filled = (bytes: number): string => fields('ada', 'p').replace('}', `,"filler":"${'x'.repeat(bytes - fields('ada', 'p').length - 12)}"}`);
    expect(filled(102_400)).toHaveLength(102_400);
    expect(await arrived(url, JSON_TYPE, filled(102_400))).toEqual(['ada', 'p']);
    expect(await post(url, JSON_TYPE, filled(102_401))).toEqual({ status: 413, body: { detail: 'Request body is too large.' } });
  });

  it('a body of no stated length is counted as it comes', async () => {
    const url = new URL(await serve());
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = httpRequest(url, { method: 'POST', headers: { 'content-type': JSON_TYPE, 'transfer-encoding': 'chunked' } }, (response) => {
        resolve(response.statusCode);
        request.destroy();
      });
      request.on('error', reject);
      for (let chunk = 0; chunk < 5; chunk += 1) request.write('x'.repeat(25_000));
    });
    expect(status).toBe(413);
  });
});

describe('a body the app has parsed', () => {
  it.each<readonly [string, RequestHandler, string, Body, unknown]>([
    ['express.json()', express.json(), JSON_TYPE, fields('ada', ' p'), ['ada', ' p']],
    ['express.json(), a form left to us', express.json(), FORM, 'username=ada&password=p', ['ada', 'p']],
    ['express.json(), nothing in the body', express.json(), JSON_TYPE, '', REQUIRED],
    ['express.json(), a list', express.json(), JSON_TYPE, '["ada"]', { non_field_errors: ['Invalid data. Expected a dictionary, but got list.'] }],
    ['express.json() that takes anything, null', express.json({ strict: false }), JSON_TYPE, 'null', { non_field_errors: ['No data provided'] }],
    ['express.json() that takes anything, a number', express.json({ strict: false }), JSON_TYPE, '5', { non_field_errors: ['Invalid data. Expected a dictionary, but got int.'] }],
    ['express.json() that takes any type', express.json({ type: '*/*' }), 'text/plain', fields('ada', 'p'), { detail: 'Unsupported media type "text/plain" in request.' }],
    ['express.json(), a list in a field', express.json(), JSON_TYPE, fields(['a', 'b'], 'p'), { username: ['Not a valid string.'] }],
    ['express.json(), a field named __proto__', express.json(), JSON_TYPE, '{"__proto__":{"username":"eve","password":"e"}}', REQUIRED],
    ['express.urlencoded()', express.urlencoded(), FORM, 'username=ada&password=p+q', ['ada', 'p q']],
    ['express.urlencoded(), a repeated field', express.urlencoded(), FORM, 'username=a&username=b&password=p', ['b', 'p']],
    ['express.urlencoded(), extended, a repeated field', express.urlencoded({ extended: true }), FORM, 'username=a&username=b&password=p', ['b', 'p']],
    ['express.urlencoded(), extended, a nested field', express.urlencoded({ extended: true }), FORM, 'username[x]=a&password=p', { username: ['Not a valid string.'] }],
    ['express.urlencoded(), nothing in the body', express.urlencoded(), FORM, '', REQUIRED],
    ['express.text()', express.text({ type: '*/*' }), JSON_TYPE, '{"username":12345.0,"password":"ä"}', ['12345.0', 'ä']],
    ['express.text(), a form', express.text({ type: '*/*' }), FORM, 'username=ada&password=p', ['ada', 'p']],
    ['express.text(), nothing in the body', express.text({ type: '*/*' }), 'text/plain', '', REQUIRED],
    ['express.text(), text', express.text({ type: '*/*' }), 'text/plain', 'x', { detail: 'Unsupported media type "text/plain" in request.' }],
    ['express.raw()', express.raw({ type: '*/*' }), JSON_TYPE, '{"username":12345.0,"password":"ä"}', ['12345.0', 'ä']],
    ['express.raw(), Latin-1', express.raw({ type: '*/*' }), `${JSON_TYPE}; charset=latin1`, latin1(fields('ä', 'p')), ['ä', 'p']],
    ['express.raw(), nothing in the body', express.raw({ type: '*/*' }), JSON_TYPE, '', REQUIRED],
  ])('%s', async (_what, parser, contentType, body, expected) => {
    expect(await arrived(await serve(parser), contentType, body)).toEqual(expected);
  });

  it('express.text() of a body in another charset has decoded it already', async () => {
    const url = await serve(express.text({ type: '*/*' }));
    expect(await arrived(url, `${JSON_TYPE}; charset=utf-16le`, utf16(fields('ä', 'p')))).toEqual(['ä', 'p']);
    expect(await arrived(url, `${JSON_TYPE}; charset=latin1`, latin1(fields('ä', 'p')))).toEqual(['ä', 'p']);
  });

  it('a body somebody read and kept is an empty one', async () => {
    const url = await serve((request, _response, next) => void request.resume().on('end', () => next()));
    expect(await arrived(url, JSON_TYPE, fields('ada', 'p'))).toEqual(REQUIRED);
  });
});
