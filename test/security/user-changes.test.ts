import { beforeEach, describe, expect, it } from 'vitest';

import { attackable, codeOf, PASSWORD, verdict } from './target.js';

const target = await attackable();
const json = { 'Content-Type': 'application/json' };

describe('a user who changed since the token was issued', () => {
  let token: string;
  beforeEach(async () => {
    target.people.set('ada', { id: 1, username: 'ada', isActive: true, email: 'ada@example.com' });
    token = await target.issue('ada');
    expect(verdict(await target.judge(token))).toBe('accepted');
  });

  it('disabled', async () => {
    target.people.set('ada', { id: 1, username: 'ada', isActive: false, email: '' });
    expect(verdict(await target.judge(token))).toBe('ACCOUNT_DISABLED');
    expect(codeOf(await target.send('POST', '/api-token-auth/', json, JSON.stringify({ username: 'ada', password: PASSWORD })))).toBe('ACCOUNT_DISABLED');
  });

  it.each([0, undefined, null, ''])('with isActive %j, as a database may have it', async (isActive) => {
    target.people.set('ada', { id: 1, username: 'ada', isActive, email: '' } as never);
    expect(verdict(await target.judge(token))).toBe('ACCOUNT_DISABLED');
  });

  it('deleted', async () => {
    target.people.delete('ada');
    expect(verdict(await target.judge(token))).toBe('USER_NOT_FOUND');
  });

  it('renamed: the name is nobody’s', async () => {
    target.people.delete('ada');
    target.people.set('countess', { id: 1, username: 'countess', isActive: true, email: '' });
    expect(verdict(await target.judge(token))).toBe('USER_NOT_FOUND');
  });

  it('re-registered: the name is another’s', async () => {
    target.people.set('ada', { id: 99, username: 'ada', isActive: true, email: '' });
    expect(verdict(await target.judge(token))).toBe('USER_NOT_FOUND');
  });

  it('a protected endpoint does not tell a missing user from a bad signature', async () => {
    target.people.delete('ada');
    const answer = await target.send('GET', '/protected', { Authorization: `JWT ${token}` });
    expect([answer.status, answer.body]).toEqual([401, '{"detail":"Invalid signature."}']);
    expect(answer.headers['www-authenticate']).toBe('JWT realm="api"');
  });
});

describe('one request', () => {
  it('of ten protected calls makes one verification and one look-up', async () => {
    target.people.set('ada', { id: 1, username: 'ada', isActive: true, email: '' });
    target.lookups.length = 0;
    const answer = await target.send('GET', `/trpc/${Array.from({ length: 10 }, () => 'whoami').join(',')}?batch=1`, { Authorization: `JWT ${await target.issue()}` });
    expect(answer.body.match(/"ada"/g)).toHaveLength(10);
    expect(target.lookups).toEqual(['ada']);
  });

  it.each(['garbage', 'a.b.c', ''])('with a broken token never fails its public calls: %j', async (token) => {
    const answer = await target.send('GET', '/trpc/open,whoami,maybe,open?batch=1', { Authorization: `JWT ${token}` });
    const results = JSON.parse(answer.body) as { result?: { data: { json: unknown } }; error?: { json: { data: { authCode: string } } } }[];
    expect(results.map(({ result, error }) => result?.data.json ?? error?.json.data.authCode ?? null)).toEqual(['open', token === '' ? 'HEADER_INVALID' : 'TOKEN_UNDECODABLE', null, 'open']);
  });
});
