import { describe, expect, it } from 'vitest';

import { withClaims } from './forged-tokens.js';
import { attackable, codeOf, NOW, PASSWORD } from './target.js';
import type { Answer } from './target.js';

const target = await attackable({ cookie: { name: 'jwt' } });
const json = { 'Content-Type': 'application/json' };
const body = JSON.stringify({ username: 'ada', password: PASSWORD });
const ada = await target.issue('ada');
const eve = await target.issue('eve');

async function who(headers: Record<string, string | string[]>): Promise<string> {
  const answers = [await target.send('GET', '/protected', headers), await target.send('GET', '/trpc/whoami', headers)];
  const said = answers.map((answer) => (answer.status === 200 ? (/ada|eve/.exec(answer.body)?.[0] ?? answer.body) : codeOf(answer)));
  return said[0] === said[1] ? (said[0] ?? '') : said.join(' / ');
}

describe('which of several credentials counts', () => {
  it.each<[string, Record<string, string | string[]>, string]>([
    ['the header before the cookie', { Authorization: `JWT ${ada}`, Cookie: `jwt=${eve}` }, 'ada'],
    ['a bad header before a good cookie', { Authorization: 'JWT garbage', Cookie: `jwt=${eve}` }, 'TOKEN_UNDECODABLE'],
    ['another scheme: nobody, whatever the cookie', { Authorization: 'Basic YTpi', Cookie: `jwt=${eve}` }, 'NOT_AUTHENTICATED'],
    ['an empty header leaves it to the cookie', { Authorization: ' ', Cookie: `jwt=${eve}` }, 'eve'],
    ['two headers', { Authorization: [`JWT ${ada}`, `JWT ${eve}`] }, 'HEADER_INVALID'],
    ['the same header twice', { Authorization: [`JWT ${ada}`, `JWT ${ada}`] }, 'HEADER_INVALID'],
    ['two tokens in one header', { Authorization: `JWT ${ada} ${eve}` }, 'HEADER_INVALID'],
    ['two tokens with a comma', { Authorization: `JWT ${ada},${eve}` }, 'TOKEN_UNDECODABLE'],
    ['no token', { Authorization: 'JWT' }, 'HEADER_INVALID'],
    ['a scheme in any case', { Authorization: `jWt ${ada}` }, 'ada'],
    ['a scheme that only begins alike', { Authorization: `JWTs ${ada}` }, 'NOT_AUTHENTICATED'],
    ['a scheme beyond ASCII', { Authorization: `JW\u00de ${ada}` }, 'NOT_AUTHENTICATED'],
    ['a non-breaking space is no space', { Authorization: `JWT\u00a0${ada}` }, 'NOT_AUTHENTICATED'],
    ['two cookies that differ: a sibling domain may have planted one', { Cookie: `jwt=${ada}; jwt=${eve}` }, 'TOKEN_UNDECODABLE'],
    ['the same cookie twice', { Cookie: `jwt=${ada}; a=b; jwt=${ada}` }, 'ada'],
    ['two Cookie headers that differ', { Cookie: [`jwt=${ada}`, `jwt=${eve}`] }, 'TOKEN_UNDECODABLE'],
    ['an empty cookie', { Cookie: 'jwt=' }, 'TOKEN_UNDECODABLE'],
    ['a quoted cookie', { Cookie: `jwt="${ada}"` }, 'TOKEN_UNDECODABLE'],
    ['a cookie whose name only ends alike', { Cookie: `xjwt=${ada}` }, 'NOT_AUTHENTICATED'],
    ['a cookie of another case', { Cookie: `JWT=${ada}` }, 'NOT_AUTHENTICATED'],
    ['a name without a value', { Cookie: 'jwt' }, 'NOT_AUTHENTICATED'],
    ['a token inside another cookie', { Cookie: `x="; jwt=${ada}"` }, 'TOKEN_UNDECODABLE'],
    ['a huge cookie', { Cookie: `jwt=${'a'.repeat(20_000)}` }, 'TOKEN_UNDECODABLE'],
    ['bytes beyond ASCII', { Cookie: 'jwt=\u00ff\u00fe' }, 'TOKEN_UNDECODABLE'],
  ])('%s', async (_, headers, expected) => {
    expect(await who(headers)).toBe(expected);
  });
});

describe('the cookie that is set', () => {
  const attributesOf = (answer: Answer): string[] => (answer.headers['set-cookie']?.[0] ?? '').split('; ').slice(1).sort();
  const expiry = `Expires=${new Date((NOW + 300) * 1000).toUTCString()}`;

  it('is out of scripts’ and other sites’ reach, ends with the token, and is Secure over HTTPS', async () => {
    const plain = await target.send('POST', '/api-token-auth/', json, body);
    expect(attributesOf(plain)).toEqual([expiry, 'HttpOnly', 'Max-Age=300', 'Path=/', 'SameSite=Lax'].sort());
    const secure = await target.send('POST', '/api-token-auth/', { ...json, 'X-Forwarded-Proto': 'https' }, body);
    expect(attributesOf(secure)).toEqual([expiry, 'HttpOnly', 'Max-Age=300', 'Path=/', 'SameSite=Lax', 'Secure'].sort());
    expect(plain.headers['cache-control']).toBe('no-store');
  });

  it('is removed with the attributes it was set with, by whoever has no live token too', async () => {
    for (const path of ['/api-token-logout/', '/trpc/auth.logout']) {
      const answer = await target.send('POST', path, { ...json, Cookie: `jwt=${withClaims({ exp: NOW - 9 })}`, 'X-Forwarded-Proto': 'https' });
      expect(answer.headers['set-cookie']?.[0]).toMatch(/^jwt=;/);
      expect(attributesOf(answer)).toEqual(['Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'HttpOnly', 'Max-Age=0', 'Path=/', 'SameSite=Lax', 'Secure'].sort());
    }
  });

  it('is set by obtain and refresh, and by nothing that failed or only verified', async () => {
    const sets = async (path: string, data: unknown): Promise<boolean> => (await target.send('POST', path, json, JSON.stringify(data))).headers['set-cookie'] !== undefined;
    expect(await sets('/api-token-refresh/', { token: ada })).toBe(true);
    expect(await sets('/api-token-verify/', { token: ada })).toBe(false);
    expect(await sets('/api-token-auth/', { username: 'ada', password: 'wrong' })).toBe(false);
    expect(await sets('/api-token-refresh/', { token: 'garbage' })).toBe(false);
  });

  it('is refused where it would not fit a browser, and said nowhere', async () => {
    const big = await attackable({ cookie: { name: 'jwt' }, claims: () => ({ padding: 'x'.repeat(3500) }) });
    for (const path of ['/api-token-auth/', '/trpc/auth.obtain']) {
      const answer = await big.send('POST', path, json, path.startsWith('/trpc') ? JSON.stringify({ json: JSON.parse(body) }) : body);
      expect([answer.status, codeOf(answer), answer.headers['set-cookie']]).toEqual([500, 'SERVER_ERROR', undefined]);
    }
    expect(String(big.reported[0])).toMatch(/cookie of \d+ bytes is over the 4096 that browsers keep; put less into claims/);
  });
});

describe('a stream, whose headers are gone before its procedures run', () => {
  const stream = { ...json, 'trpc-accept': 'application/jsonl' };
  it.each(['obtain', 'refresh', 'logout'])('%s is refused before it does anything', async (procedure) => {
    target.logins.length = 0;
    target.lookups.length = 0;
    const input = JSON.stringify({ 0: { json: procedure === 'obtain' ? JSON.parse(body) : { token: ada } } });
    const answer = await target.send('POST', `/trpc/auth.${procedure}?batch=1`, stream, input);
    expect(answer.body).toContain('COOKIE_UNSUPPORTED');
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect([target.logins, target.lookups]).toEqual([[], []]);
  });

  it('what sets no cookie goes on', async () => {
    const verified = await target.send('POST', '/trpc/auth.verify?batch=1', { ...stream, Cookie: `jwt=${ada}` }, JSON.stringify({ 0: { json: { token: ada } } }));
    expect(verified.body).toContain('"token"');
    const plain = await attackable();
    expect((await plain.send('POST', '/trpc/auth.obtain?batch=1', stream, JSON.stringify({ 0: { json: JSON.parse(body) } }))).body).toContain('"token"');
  });
});

describe('tokenInBody: false', () => {
  it('keeps every token out of every body, whatever responsePayload adds', async () => {
    const hidden = await attackable({ cookie: { name: 'jwt', tokenInBody: false }, responsePayload: ({ user }) => ({ token: 'mine', refresh_token: 'mine', name: user.username }) });
    const cookie = { ...json, Cookie: `jwt=${ada}` };
    for (const [path, data] of [['/api-token-auth/', body], ['/api-token-refresh/', ''], ['/api-token-verify/', ''], ['/trpc/auth.obtain', `{"json":${body}}`], ['/trpc/auth.refresh', ''], ['/trpc/auth.verify', '']] as const) {
      const answer = await hidden.send('POST', path, cookie, data);
      expect(answer.status).toBe(200);
      expect(answer.body).not.toMatch(/eyJ|token|mine/);
      expect(answer.body).toMatch(new RegExp(`"expires_at":${NOW + 300}.*"name":"ada"`));
    }
  });
});
