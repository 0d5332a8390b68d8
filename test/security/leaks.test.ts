import { connect } from 'node:net';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { attackable, codeOf, PASSWORD, SECRET } from './target.js';
import type { Answer, Settings, Target } from './target.js';

const json = { 'Content-Type': 'application/json' };
const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);

beforeAll(() => void process.on('unhandledRejection', note));
afterAll(() => {
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

const SENSITIVE = new RegExp([PASSWORD, SECRET, 'scrypt\\$', 'SELECT', 'node_modules', 'eyJ[\\w-]+\\.', '"stack"', '\\.ts:\\d'].join('|'));

function breaks(): never {
  throw Object.assign(new Error(`SELECT * FROM users WHERE password = '${PASSWORD}' -- scrypt$16384$x`), { code: 'ECONNREFUSED' });
}

async function everywhere(target: Target, token: string): Promise<Answer[]> {
  const login = { username: 'ada', password: PASSWORD };
  return [
    await target.send('POST', '/api-token-auth/', json, JSON.stringify(login)),
    await target.send('POST', '/trpc/auth.obtain', json, JSON.stringify({ json: login })),
    await target.send('POST', '/api-token-refresh/', json, JSON.stringify({ token })),
    await target.send('POST', '/trpc/auth.refresh', json, JSON.stringify({ json: { token } })),
    await target.send('GET', '/protected', { Authorization: `JWT ${token}` }),
    await target.send('GET', '/trpc/whoami', { Authorization: `JWT ${token}` }),
  ];
}

const users = { authenticate: () => ({ id: 1, username: 'ada', isActive: true, email: '' }), findByUsername: () => ({ id: 1, username: 'ada', isActive: true, email: '' }) };
const broken: Record<string, Settings> = {
  'the login': { users: { ...users, authenticate: breaks } },
  'the look-up': { users: { ...users, findByUsername: breaks } },
  'the look-up, later': { users: { ...users, findByUsername: () => Promise.reject(new Error(PASSWORD)) } },
  'the look-up, with no Error': { users: { ...users, findByUsername: () => Promise.reject(Object(PASSWORD) as Error) } },
  'responsePayload': { users, responsePayload: breaks },
  'claims': { users, claims: breaks },
  'usernameFromClaims': { users, usernameFromClaims: breaks },
  'the reporter itself': { users: { ...users, findByUsername: breaks }, reportError: breaks },
};

describe.each(Object.entries(broken))('%s breaks', (name, settings) => {
  it.each([true, false])('and no answer shows it, with isDev %s', async (isDev) => {
    const logged = vi.spyOn(console, 'error').mockReturnValue(undefined);
    const token = await (await attackable()).issue();
    const target = await attackable(settings, { isDev });
    const answers = await everywhere(target, token);
    const failures = answers.filter((answer) => answer.status >= 400);
    expect(failures.length).toBeGreaterThan(0);
    for (const answer of failures) {
      expect([answer.status, codeOf(answer)]).toEqual([500, 'SERVER_ERROR']);
      expect(answer.body + JSON.stringify(answer.headers)).not.toMatch(SENSITIVE);
      expect(answer.body).toContain('A server error occurred.');
    }
    for (const line of logged.mock.calls.flat()) expect(line).not.toMatch(SENSITIVE);
    if (name !== 'the reporter itself') expect(target.reported).toHaveLength(failures.length);
    logged.mockRestore();
    expect((await target.send('GET', '/trpc/open')).status).toBe(200);
  });
});

describe('what is refused', () => {
  it.each(['{"username":"ada","password":"correct horse battery staple"', '{"password": "correct horse battery staple" x', 'password=correct horse battery staple', '"correct horse battery staple', 'horse'])(
    'an unreadable body is not repeated: %s',
    async (body) => {
      const target = await attackable();
      for (const [path, sent] of [['/api-token-auth/', body], ['/trpc/auth.obtain', `{"json":${body}`], ['/trpc/auth.obtain?batch=1', body]] as const) {
        const answer = await target.send('POST', path, json, sent);
        expect(answer.status).toBe(400);
        expect(answer.body).not.toMatch(/horse|"stack"/);
      }
    },
  );

  it('carries its code, its challenge and no-store', async () => {
    const target = await attackable();
    for (const path of ['/api-token-auth/', '/api-token-verify/', '/api-token-refresh/']) {
      const answer = await target.send('POST', path, json, JSON.stringify({ username: 'ada', password: 'x', token: 'x' }));
      expect(answer.status).toBe(401);
      expect(answer.headers).toMatchObject({ 'www-authenticate': 'JWT realm="api"', 'cache-control': 'no-store', 'content-type': 'application/json' });
      expect(answer.headers['auth-error-code']).toMatch(/^[A-Z_]+$/);
      expect(answer.headers.etag).toBeUndefined();
    }
  });
});

describe('bodies too large, too deep, cut off', () => {
  const big = 'x'.repeat(1_000_000);
  it.each<[string, Record<string, string>, string]>([
    ['JSON', json, JSON.stringify({ username: big, password: 'x' })],
    ['a form', { 'Content-Type': 'application/x-www-form-urlencoded' }, `username=${big}`],
    ['multipart', { 'Content-Type': 'multipart/form-data; boundary=X' }, `--X\r\nContent-Disposition: form-data; name="username"\r\n\r\n${big}\r\n--X--\r\n`],
  ])('1 MB of %s', async (_, headers, body) => {
    const target = await attackable();
    const answer = await target.send('POST', '/api-token-auth/', headers, body);
    expect([answer.status, codeOf(answer)]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    expect(target.logins).toEqual([]);
  });

  it('chunks without end', async () => {
    const target = await attackable();
    const received = await new Promise<string>((resolve, reject) => {
      const socket = connect(target.port, '127.0.0.1', () => {
        socket.write('POST /api-token-auth/ HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n');
        for (let chunk = 0; chunk < 200; chunk += 1) socket.write(`400\r\n${'x'.repeat(1024)}\r\n`);
      });
      let text = '';
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
      socket.on('close', () => resolve(text));
      socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' || error.code === 'EPIPE' ? resolve(text) : reject(error)));
    });
    expect(received).toMatch(/^HTTP\/1\.1 413 .*PAYLOAD_TOO_LARGE/s);
  });

  it('10 000 parts, 100 kB of brackets, gzip without a parser for it: 4xx, quickly', async () => {
    const target = await attackable();
    const parts = Array.from({ length: 1200 }, (_, index) => `--X\r\nContent-Disposition: form-data; name="f${index}"\r\n\r\nx\r\n`).join('');
    const answers = [
      await target.send('POST', '/api-token-auth/', { 'Content-Type': 'multipart/form-data; boundary=X' }, `${parts}--X--\r\n`),
      await target.send('POST', '/api-token-auth/', { 'Content-Type': 'multipart/form-data' }, parts),
      await target.send('POST', '/api-token-auth/', json, '['.repeat(100_000)),
      await target.send('POST', '/api-token-auth/', json, `{"username":${'['.repeat(50_000)}${']'.repeat(50_000)}}`),
      await target.send('POST', '/api-token-auth/', { ...json, 'Content-Encoding': 'gzip' }, Buffer.from([0x1f, 0x8b, 8, 0])),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400]);
  });

  it('a body that is cut off harms nobody', async () => {
    const target = await attackable();
    await new Promise<void>((resolve) => {
      const socket = connect(target.port, '127.0.0.1', () => {
        socket.write('POST /api-token-auth/ HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"user', () => socket.destroy());
      });
      socket.on('close', () => resolve());
    });
    expect((await target.send('GET', '/trpc/open')).status).toBe(200);
    expect(target.logins).toEqual([]);
  });
});
