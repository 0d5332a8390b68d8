import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { attackable, codeOf } from '../security/target.js';
import { withClaims } from '../security/forged-tokens.js';

const target = await attackable({ cookie: { name: 'jwt' } });
const json = { 'Content-Type': 'application/json' };
const good = await target.issue();


async function isAlive(): Promise<boolean> {
  return (await target.send('GET', '/trpc/open')).status === 200;
}

describe('whatever is sent', () => {
  it('any bytes as a body of any type are answered below 500', { timeout: 60_000 }, async () => {
    const types = fc.constantFrom(
      'application/json', 'application/json; charset=utf-16', 'application/json; charset=x', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=X',
      'multipart/form-data', 'text/plain', '', 'application/xml', 'application/json;', ';;;',
    );
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc.json().map((text) => Buffer.from(text)),
      fc.string({ unit: 'binary', maxLength: 200 }).map((text) => Buffer.from(text)),
      fc.webQueryParameters().map((text) => Buffer.from(text)),
      fc.string().map((text) => Buffer.from(`--X\r\nContent-Disposition: form-data; name="username"\r\n\r\n${text}\r\n--X`)),
    );
    const paths = fc.constantFrom('/api-token-auth/', '/api-token-refresh/', '/api-token-verify/', '/api-token-logout/', '/trpc/auth.obtain', '/trpc/auth.verify', '/trpc/auth.refresh?batch=1');
    await fc.assert(
      fc.asyncProperty(paths, types, bodies, async (path, type, body) => {
        const { status } = await target.send('POST', path, { 'Content-Type': type }, body);
        expect(status).toBeLessThan(500);
      }),
      { numRuns: 600 },
    );
    expect(target.reported).toEqual([]);
    expect(await isAlive()).toBe(true);
  });

  it('any Authorization header or cookie is answered 200 or 401', { timeout: 60_000 }, async () => {
    const text = fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).filter((code) => code !== 0x7f).map((code) => String.fromCharCode(code)), maxLength: 120 });
    const value = fc.oneof(text, text.map((rest) => `JWT ${rest}`), text.map((rest) => `JWT ${good}${rest}`), fc.constant(`JWT ${good}`));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('Authorization', 'Cookie'), value, fc.constantFrom('/protected', '/trpc/whoami', '/trpc/auth.me', '/trpc/maybe'), async (name, header, path) => {
        const answer = await target.send('GET', path, { [name]: name === 'Cookie' ? header.replace(/^JWT /, 'jwt=') : header });
        expect([200, 401]).toContain(answer.status);
      }),
      { numRuns: 400 },
    );
    expect(target.reported).toEqual([]);
  });
});

describe('REST and tRPC agree', () => {
  it('on any token', { timeout: 60_000 }, async () => {
    const part = fc.string({ unit: fc.constantFrom(...'ABYZabyz0189-_+/=. '), maxLength: 20 });
    const mutated = fc.tuple(fc.nat(good.length - 1), fc.constantFrom(...'AZaz09-_.=+ ')).map(([at, character]) => good.slice(0, at) + character + good.slice(at + 1));
    const token = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.tuple(part, part, part).map((parts) => parts.join('.')), mutated, fc.constant(good));
    await fc.assert(
      fc.asyncProperty(token, async (sent) => {
        const rest = await target.send('POST', '/api-token-verify/', json, JSON.stringify({ token: sent }));
        const trpc = await target.send('POST', '/trpc/auth.verify', json, JSON.stringify({ json: { token: sent } }));
        expect(codeOf(rest)).toBe(codeOf(trpc));
        expect(rest.status).toBe(trpc.status);
        if (codeOf(rest) === 'accepted') expect(sent.trim()).toBe(good);
      }),
      { numRuns: 500 },
    );
  });

  it('on any claims, truly signed', { timeout: 60_000 }, async () => {
    const claims = fc.record(
      { exp: fc.jsonValue(), nbf: fc.jsonValue(), iat: fc.jsonValue(), username: fc.jsonValue(), user_id: fc.jsonValue(), orig_iat: fc.jsonValue(), aud: fc.jsonValue() },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(claims, fc.constantFrom('verify', 'refresh'), async (changes, operation) => {
        const token = withClaims(changes);
        const rest = await target.send('POST', `/api-token-${operation}/`, json, JSON.stringify({ token }));
        const trpc = await target.send('POST', `/trpc/auth.${operation}`, json, JSON.stringify({ json: { token } }));
        expect([codeOf(rest), rest.status]).toEqual([codeOf(trpc), trpc.status]);
        expect(rest.status).toBeLessThan(500);
      }),
      { numRuns: 300 },
    );
  });

  it('on any login, field by field and word for word', { timeout: 60_000 }, async () => {
    const field = fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue(), fc.constantFrom('', ' ', 'ada', 'a\0b', '\ud83d', 12345, 1.5, 1e21, true, null));
    const input = fc.oneof(fc.record({ username: field, password: field }, { requiredKeys: [] }), fc.jsonValue());
    await fc.assert(
      fc.asyncProperty(input, async (data) => {
        const rest = await target.send('POST', '/api-token-auth/', json, JSON.stringify(data));
        const trpc = await target.send('POST', '/trpc/auth.obtain', json, JSON.stringify({ json: data }));
        expect([codeOf(rest), rest.status]).toEqual([codeOf(trpc), trpc.status]);
        if (rest.status === 400) expect((JSON.parse(trpc.body) as { error: { json: { data: { fieldErrors: unknown } } } }).error.json.data.fieldErrors).toEqual(JSON.parse(rest.body));
      }),
      { numRuns: 400 },
    );
  });
});

describe('a good token', () => {
  it('is good in no other spelling: any one character changed, dropped or doubled', { timeout: 60_000 }, async () => {
    const changes = [...good].flatMap((character, at) => [
      good.slice(0, at) + (character === 'A' ? 'B' : 'A') + good.slice(at + 1),
      good.slice(0, at) + good.slice(at + 1),
      good.slice(0, at) + character + good.slice(at),
    ]);
    for (const token of changes.filter((each) => each !== good)) {
      const answer = await target.send('POST', '/api-token-verify/', json, JSON.stringify({ token }));
      expect(answer.status).toBe(401);
    }
  });
});
