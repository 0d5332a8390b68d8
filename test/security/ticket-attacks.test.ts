import { EventSource } from 'eventsource';
import { describe, expect, it } from 'vitest';
import { memoryTickets } from 'trpc-jwt-auth/stores/memory';

import { ada, NOW } from '../parity/scene.js';
import { paramsQuery } from '../streams/raw-client.js';
import { bearing, ticketScene } from './ticket-scene.js';

describe('a ticket presented again', () => {
  it('opens no second stream, while the first is open and afterwards', async () => {
    const { newTicket, stream, onStream, onSocket } = await ticketScene();
    const ticket = await newTicket();
    const first = stream({ ticket });
    expect([await first.outcome, first.seen]).toEqual(['open', ['hello']]);
    expect([await onStream({ ticket }), await onSocket({ ticket })]).toEqual(['TICKET_INVALID', 'TICKET_INVALID']);
    first.close();
    await first.ended;
    expect([await onStream({ ticket }), await onSocket({ ticket })]).toEqual(['TICKET_INVALID', 'TICKET_INVALID']);
  });

  it('opens no second socket, and no stream beside it', async () => {
    const { newTicket, socket, whoami, onStream, onSocket } = await ticketScene();
    const ticket = await newTicket();
    const first = await socket({ ticket });
    expect([await whoami(first), await onSocket({ ticket }), await onStream({ ticket })]).toEqual(['ada', 'TICKET_INVALID', 'TICKET_INVALID']);
    expect(await whoami(first)).toBe('ada');
    await first.close();
    expect(await onSocket({ ticket })).toBe('TICKET_INVALID');
  });

  it('lets one in of fifty at once', async () => {
    const { newTicket, feed, onStream, onSocket } = await ticketScene();
    const ticket = await newTicket();
    const outcomes = await Promise.all(Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? onStream({ ticket }) : onSocket({ ticket }))));
    expect(outcomes.filter((outcome) => outcome === 'open' || outcome === 'ada')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'TICKET_INVALID')).toHaveLength(49);
    expect(feed.listeners()).toBeLessThanOrEqual(1);
  });

  it("is refused at EventSource's own reconnection, with the URL it knows", async () => {
    const { newTicket, server, feed } = await ticketScene();
    const source = new EventSource(`${server.url}/events?${paramsQuery({ ticket: await newTicket() })}`);
    const refusal = new Promise<string>((resolve) => source.addEventListener('serialized-error', ({ data }) => resolve(String(data))));
    await expect.poll(() => feed.listeners()).toBe(1);
    await server.kill();
    await server.restart();
    expect(await refusal).toContain('"authCode":"TICKET_INVALID"');
    source.close();
    expect(feed.listeners()).toBe(0);
  });

  it('is of no use to whoever finds it in a log', async () => {
    const { newTicket, server, stream, onStream, onSocket } = await ticketScene();
    await stream({ ticket: await newTicket() }).outcome;
    const found = server.urls.map((url) => new URL(url, server.url).searchParams.get('connectionParams')).filter((params) => params !== null);
    expect(found).toHaveLength(1);
    for (const params of found) expect([await onStream(params), await onSocket(JSON.parse(params) as object)]).toEqual(['TICKET_INVALID', 'TICKET_INVALID']);
  });
});

describe('a ticket', () => {
  it('is of its own session: with that ended before its use it opens nothing', async () => {
    const { auth, login, ticketOf, onStream, onSocket } = await ticketScene();
    const [first, second] = [await login(), await login()];
    const tickets = [await ticketOf(first.token), await ticketOf(first.token), await ticketOf(second.token), await ticketOf(second.token)];
    const { claims } = await auth.verifyToken(second.token);
    await auth.revokeUser(ada.id, { exceptSessionId: String(claims.sid) });
    const [one, two, three, four] = tickets;
    expect([await onStream({ ticket: one }), await onSocket({ ticket: two })]).toEqual(['TOKEN_REVOKED', 'TOKEN_REVOKED']);
    expect([await onStream({ ticket: three }), await onSocket({ ticket: four })]).toEqual(['open', 'ada']);
    expect([await onStream({ ticket: one }), await onSocket({ ticket: two })]).toEqual(['TICKET_INVALID', 'TICKET_INVALID']);
  });

  it('and ends with it', async () => {
    const { auth, login, ticketOf, socket, stream, whoami, feed } = await ticketScene();
    const { token } = await login();
    const opened = stream({ ticket: await ticketOf(token) });
    const calling = await socket({ ticket: await ticketOf(token) });
    expect([await opened.outcome, await whoami(calling)]).toEqual(['open', 'ada']);
    await auth.revokeUser(ada.id);
    expect([await opened.ended, await whoami(calling)]).toEqual(['TOKEN_REVOKED', 'TOKEN_REVOKED']);
    feed.publish('after');
    expect(opened.seen).toEqual(['hello']);
  });

  it('speaks for its own user, whatever is said beside it or after it', async () => {
    const { newTicket, socket, whoami } = await ticketScene();
    const [ticket, other] = [await newTicket('ada'), await newTicket('bob')];
    const opened = await socket({ ticket, username: 'bob', user_id: '2', sid: 'x' });
    expect(await whoami(opened)).toBe('ada');
    opened.send(JSON.stringify({ method: 'connectionParams', data: { ticket: other } }));
    expect(await whoami(opened)).toBe('ada');
    expect(await whoami(await socket({ ticket: other }))).toBe('bob');
  });

  it.each([[29_999, 'open', 'ada'], [30_000, 'TICKET_INVALID', 'TICKET_INVALID'], [30_001, 'TICKET_INVALID', 'TICKET_INVALID']])('is good for 30 seconds: after %i ms it comes to %s', async (ms, onTheStream, onTheSocket) => {
    const { scene, login, ticketOf, onStream, onSocket } = await ticketScene();
    const { token } = await login();
    const tickets = [await ticketOf(token), await ticketOf(token)];
    scene.clock.set(new Date(NOW * 1000 + ms));
    expect([await onStream({ ticket: tickets[0] }), await onSocket({ ticket: tickets[1] })]).toEqual([onTheStream, onTheSocket]);
  });

  it('opens nothing once the token that made it has expired', async () => {
    const { scene, login, ticketOf, onStream, onSocket } = await ticketScene({ token: { expiresInSeconds: 20 } });
    const { token } = await login();
    const tickets = [await ticketOf(token), await ticketOf(token), await ticketOf(token)];
    scene.clock.advance({ seconds: 19 });
    expect(await onStream({ ticket: tickets[0] })).toBe('open');
    scene.clock.advance({ seconds: 2 });
    expect([await onStream({ ticket: tickets[1] }), await onSocket({ ticket: tickets[2] })]).toEqual(['TOKEN_EXPIRED', 'TOKEN_EXPIRED']);
  });
});

describe('a flood of tickets', () => {
  it('is stopped at the 301st of one user in a minute, in one batch or in many calls, and touches nobody else', async () => {
    const { events, login, post } = await ticketScene();
    const [mine, again, other] = [await login(), await login(), await login('bob')];
    const batch = await post(`${Array.from({ length: 299 }, () => 'auth.ticket').join(',')}?batch=1`, {}, bearing(mine.token));
    expect(batch.text.match(/"expires_at"/g)).toHaveLength(299);
    expect((await post('auth.ticket', {}, bearing(mine.token))).code).toBe('accepted');
    // A second session is the same user.
    for (const { token } of [mine, again]) {
      const refused = await post('auth.ticket', {}, bearing(token));
      expect([refused.status, refused.code]).toEqual([429, 'THROTTLED']);
      const { retryAfterSeconds } = JSON.parse(refused.text).error.json.data;
      expect(retryAfterSeconds).toBeGreaterThan(0);
      expect(retryAfterSeconds).toBeLessThanOrEqual(60);
    }
    expect((await post('auth.ticket', {}, bearing(other.token))).code).toBe('accepted');
    expect(events.filter(({ type }) => type === 'throttled')).toEqual([
      expect.objectContaining({ limit: 'tickets', clientAddress: '127.0.0.1', availableInSeconds: expect.any(Number) }),
      expect.objectContaining({ limit: 'tickets' }),
    ]);
  });

  it('fills no memory: the store in it keeps 100 000', async () => {
    const store = memoryTickets();
    for (let index = 0; index < 100_500; index += 1) await store.create({ id: String(index), statement: 's', expiresAt: NOW });
    expect(await store.take('499', 0)).toBeNull();
    expect(await store.take('500', 0)).toBe('s');
    expect(await store.deleteExpired(NOW + 1, 1_000_000)).toBe(99_999);
  });
});

describe('asking for a ticket', () => {
  const cookie = { name: 'jwt-token', secure: false };

  it('takes a caller', async () => {
    const { post, server } = await ticketScene({ cookie });
    expect((await post('auth.ticket')).code).toBe('NOT_AUTHENTICATED');
    expect((await post('auth.ticket', {}, bearing('x.y.z'))).code).toBe('TOKEN_UNDECODABLE');
    expect((await post('auth.ticket', {}, { Cookie: 'jwt-token=x' })).code).toBe('TOKEN_UNDECODABLE');
    expect(server.urls).toHaveLength(3);
  });

  it.each<[string, Record<string, string>]>([
    ['another origin', { Origin: 'https://evil.example' }],
    ['no origin that is told', { Origin: 'null' }],
    ['another site, as the browser says', { 'Sec-Fetch-Site': 'cross-site' }],
    ['a sibling of the site', { 'Sec-Fetch-Site': 'same-site' }],
  ])('with a cookie from a page of %s is refused, and so is a stream', async (_name, headers) => {
    const { login, post, onStream, onSocket, query } = await ticketScene({ cookie });
    const { token } = await login();
    const foreign = { Cookie: `jwt-token=${token}`, ...headers };
    expect((await post('auth.ticket', {}, foreign)).code).toBe('CSRF_FAILED');
    expect([await onStream(undefined, foreign), await onSocket(undefined, foreign)]).toEqual(['CSRF_FAILED', 'CSRF_FAILED']);
    expect((await query('auth.ticket', undefined, foreign)).code).toBe('METHOD_NOT_SUPPORTED');
  });

  it('with a cookie from a page of the app is answered', async () => {
    const { login, post, onStream, onSocket, server } = await ticketScene({ cookie });
    const own = { Cookie: `jwt-token=${(await login()).token}`, Origin: new URL(server.url).origin };
    const answer = await post('auth.ticket', {}, own);
    expect(answer.code).toBe('accepted');
    expect([await onStream(undefined, own), await onSocket(undefined, own)]).toEqual(['open', 'ada']);
  });
});
