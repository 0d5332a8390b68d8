import { inspect } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jwksVerifier, protectedProcedure, secretKey } from 'trpc-jwt-auth';
import type { JwtAuth, TicketStore } from 'trpc-jwt-auth';
import { memoryTickets } from 'trpc-jwt-auth/stores/memory';

import { deferred } from '../deferred.js';
import { OTHER_SECRET, Scene, tokenFor } from '../parity/scene.js';
import type { Settings, User } from '../parity/scene.js';
import { t } from '../parity/transports/trpc-router.js';
import { eventsAfter, streamApp } from '../streams/stream-app.js';
import { bearing, recordingTickets, ticketScene } from './ticket-scene.js';

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
beforeAll(() => void process.on('unhandledRejection', note));
afterAll(() => {
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

const cookie = { name: 'jwt-token', secure: false };

describe('one kind of credential for another', () => {
  it('a ticket is no token', async () => {
    const { newTicket, query, post, onSocket, onStream } = await ticketScene({ cookie });
    const ticket = await newTicket();
    const answers = await Promise.all([
      query('whoami', undefined, bearing(ticket)),
      query('whoami', undefined, { Cookie: `jwt-token=${ticket}` }),
      post('auth.verify', { json: { token: ticket } }),
      post('auth.refresh', { json: { token: ticket } }),
      post('auth.refresh', { json: { refresh_token: ticket } }),
      post('auth.ticket', {}, bearing(ticket)),
    ]);
    expect(answers.map(({ code }) => code)).toEqual(Array.from({ length: 6 }, () => 'TOKEN_UNDECODABLE'));
    expect([await onSocket({ Authorization: `JWT ${ticket}` }), await onStream(undefined, bearing(ticket))]).toEqual(['TOKEN_UNDECODABLE', 'TOKEN_UNDECODABLE']);
    // None of which has spent it.
    expect(await onStream({ ticket })).toBe('open');
  });

  it('no token and no statement is a ticket, nor a statement any token', async () => {
    const { store, statements } = recordingTickets();
    const { login, ticketOf, query, post, onSocket, onStream } = await ticketScene({ tickets: { store }, cookie });
    const { token, refresh_token } = await login();
    await ticketOf(token);
    const statement = tokenFor({ header: { typ: 'ticket+jwt' } });
    for (const ticket of [token, refresh_token, statement, `JWT ${token}`, ...statements]) expect([await onStream({ ticket }), await onSocket({ ticket })]).toEqual(['TICKET_INVALID', 'TICKET_INVALID']);
    const answers = await Promise.all([
      query('whoami', undefined, bearing(statement)),
      query('whoami', undefined, { Cookie: `jwt-token=${statement}` }),
      post('auth.verify', { json: { token: statement } }),
      post('auth.refresh', { json: { refresh_token: statement } }),
      post('auth.logout', { json: { refresh_token: statement } }),
    ]);
    expect(answers.map(({ code }) => code)).toEqual(Array.from({ length: 5 }, () => 'TOKEN_REJECTED'));
    expect(await onSocket({ Authorization: `JWT ${statement}` })).toBe('TOKEN_REJECTED');
  });

  it('a token in the URL of a stream is refused, good as it is, and the refusal says what to do', async () => {
    const { login, ticketOf, stream, onStream } = await ticketScene();
    const { token } = await login();
    const ticket = await ticketOf(token);
    for (const params of [bearing(token), { authorization: `JWT ${token}` }, { ...bearing(token), ticket }, { Authorization: '' }, bearing('x')]) {
      const refused = stream(params);
      expect(await refused.outcome).toBe('HEADER_INVALID');
      expect(refused.text()).toContain('A token has no place in a URL: open the stream with a ticket.');
    }
    expect(await onStream({ ticket })).toBe('open');
  });

  it('what stands in the URL of a query, a mutation or a batch is not looked at, and not spent', async () => {
    const { login, ticketOf, query, server, post, onStream } = await ticketScene({ cookie });
    const { token } = await login();
    const params = { ticket: await ticketOf(token) };
    const none = { ...params, ...bearing(token) };
    const input = 'batch=1&connectionParams=' + encodeURIComponent(JSON.stringify(none));
    for (const headers of [{}, { Cookie: `jwt-token=${token}`, Origin: new URL(server.url).origin }] as Record<string, string>[]) {
      const expected = 'Cookie' in headers ? 'accepted' : 'NOT_AUTHENTICATED';
      expect((await query('whoami', none, headers)).code).toBe(expected);
      expect((await post(`publish?${input.replace('batch=1&', '')}`, { json: 'x' }, headers)).code).toBe(expected);
      expect((await query('whoami,whoami', none, headers)).code).not.toBe('accepted');
      expect((await post(`auth.ticket,publish?${input}`, { 1: { json: 'x' } }, headers)).code).toBe(expected);
    }
    // Nor by a batch of subscriptions, which there are none of.
    expect((await query('events,events?batch=1&', params)).text).toContain('BAD_REQUEST');
    expect(await onStream(params)).toBe('open');
  });

  it('a bad ticket beside a good cookie is no fall-back, and a good header wins and spends no ticket', async () => {
    const { login, ticketOf, onStream, onSocket, server } = await ticketScene({ cookie });
    const { token } = await login();
    const own = { Cookie: `jwt-token=${token}`, Origin: new URL(server.url).origin };
    const ticket = await ticketOf(token);
    for (const bad of ['', 'x', ' ', token, ticket.slice(1), `${ticket} `, `${ticket}\n`, ticket.toLowerCase()]) {
      expect([await onStream({ ticket: bad }, own), await onSocket({ ticket: bad }, own)]).toEqual(['TICKET_INVALID', 'TICKET_INVALID']);
    }
    const bob = bearing((await login('bob')).token);
    expect([await onStream({ ticket }, bob), await onSocket({ ticket }, bob)]).toEqual(['open', 'bob']);
    expect([await onStream({ ticket: 'x' }, bob), await onSocket({ ticket: 'x' }, bob)]).toEqual(['open', 'bob']);
    expect([await onStream({ ticket }, bearing('x')), await onSocket({ ticket }, bearing('x'))]).toEqual(['TOKEN_UNDECODABLE', 'TOKEN_UNDECODABLE']);
    expect(await onSocket({ ticket })).toBe('ada');
  });

  it("a header of another scheme, as a proxy's own, is none of ours", async () => {
    const { login, ticketOf, onStream, onSocket } = await ticketScene();
    const { token } = await login();
    const proxys = { Authorization: 'Basic c3RhZ2luZzpzdGFnaW5n' };
    expect([await onStream({ ticket: await ticketOf(token) }, proxys), await onSocket({ ticket: await ticketOf(token) }, proxys)]).toEqual(['open', 'ada']);
    expect(await onStream({ ticket: 'x' }, proxys)).toBe('TICKET_INVALID');
  });
});

describe('parameters that are none', () => {
  const MB = 'x'.repeat(1_000_000);

  it.each<[string, string, string]>([
    ['no JSON', 'ticket', 'PARSE_ERROR'],
    ['an empty text', '', 'PARSE_ERROR'],
    ['null', 'null', 'NOT_AUTHENTICATED'],
    ['a number', '7', 'PARSE_ERROR'],
    ['a list', '["x"]', 'PARSE_ERROR'],
    ['nothing in them', '{}', 'NOT_AUTHENTICATED'],
    ['an object for a ticket', '{"ticket":{"ticket":"x"}}', 'PARSE_ERROR'],
    ['a list for a ticket', '{"ticket":["x","y"]}', 'PARSE_ERROR'],
    ['null for a ticket', '{"ticket":null}', 'PARSE_ERROR'],
    ['a number for a ticket', '{"ticket":0}', 'PARSE_ERROR'],
    ['a prototype', '{"__proto__":{"ticket":"x"}}', 'PARSE_ERROR'],
    ['a prototype that is text', '{"__proto__":"x","constructor":"y"}', 'NOT_AUTHENTICATED'],
    ['letters of every kind', JSON.stringify({ ticket: '🎟️\u0000\u2028ﾊﾟ' }), 'TICKET_INVALID'],
    ['half a letter', '{"ticket":"\\ud800"}', 'TICKET_INVALID'],
    ['a deep well', `${'{"a":'.repeat(500)}1${'}'.repeat(500)}`, 'PARSE_ERROR'],
  ])('such as %s are answered, and the process lives', async (_name, params, code) => {
    const { newTicket, onStream, socket, whoami, query, scene } = await ticketScene();
    const answer = await query('events', params);
    expect(answer.text).toContain(code);
    expect(answer.text).not.toMatch(/"stack"|node_modules/);
    // A server that waits for parameters takes the first message for them, whatever it is.
    const opened = await socket(params === 'ticket' || params === '' ? params : `{"method":"connectionParams","data":${params}}`);
    const outcome = await whoami(opened);
    if (code === 'PARSE_ERROR') {
      await opened.closed;
      expect(opened.received.join()).toContain('PARSE_ERROR');
      expect(opened.received.join()).not.toMatch(/"stack"|node_modules|"ada"/);
    } else expect(outcome).toBe(code);
    expect(await onStream({ ticket: await newTicket() })).toBe('open');
    expect(scene.reported).toEqual([]);
  });

  it('nor does a megabyte, or two of everything, do any harm', async () => {
    const { newTicket, onStream, onSocket, query, scene } = await ticketScene();
    expect((await query('events', { ticket: MB })).status).toBe(431);
    expect([await onSocket({ ticket: MB }), await onSocket({ ticket: 'x', [MB]: MB }), await onSocket({ Authorization: MB })]).toEqual(['TICKET_INVALID', 'TICKET_INVALID', 'NOT_AUTHENTICATED']);
    expect(await onSocket({ Authorization: `JWT ${MB}` })).toBe('TOKEN_UNDECODABLE');
    const ticket = await newTicket();
    // The first of two is taken, by everybody who reads a URL.
    expect((await query(`events?connectionParams=${encodeURIComponent('{"ticket":"x"}')}&`, { ticket })).text).toContain('TICKET_INVALID');
    expect(await onStream({ ticket })).toBe('open');
    expect(scene.reported).toEqual([]);
  });
});

describe('a store of tickets that is away', () => {
  it.each<[string, Partial<TicketStore>]>([
    ['fails', { take: () => Promise.reject(new Error('away')) }],
    ['throws', { take: () => { throw new Error('away'); } }],
    ['never answers', { take: () => new Promise(() => undefined) }],
  ])('and %s opens nothing, and the ticket is good when it is back', async (_name, broken) => {
    const inner = memoryTickets();
    const away = { now: true };
    const { newTicket, onStream, socket, whoami, events } = await ticketScene({ tickets: { store: { ...inner, take: (id, now) => ((away.now && broken.take) || inner.take)(id, now) }, timeoutMs: 50 } });
    const [first, second] = [await newTicket(), await newTicket()];
    const opened = await socket({ ticket: second });
    expect([await onStream({ ticket: first }), await whoami(opened), await whoami(opened)]).toEqual(['STORE_UNAVAILABLE', 'STORE_UNAVAILABLE', 'STORE_UNAVAILABLE']);
    expect(events.filter(({ type }) => type === 'store-failed')).toHaveLength(3);
    away.now = false;
    expect([await onStream({ ticket: first }), await whoami(opened)]).toEqual(['open', 'ada']);
  });

  it('and answers late has spent the ticket, and opened nothing', async () => {
    const inner = memoryTickets();
    const late = deferred<void>();
    const { newTicket, onStream, feed } = await ticketScene({ tickets: { store: { ...inner, take: async (id, now) => (await late.promise, inner.take(id, now)) }, timeoutMs: 50 } });
    const ticket = await newTicket();
    expect(await onStream({ ticket })).toBe('STORE_UNAVAILABLE');
    late.resolve();
    expect([await onStream({ ticket }), feed.listeners()]).toEqual(['TICKET_INVALID', 0]);
  });
});

describe('more than one auth at a server', () => {
  const both = (one: JwtAuth<User>, two: JwtAuth<User>) => (_auth: JwtAuth<User>, feed: Parameters<typeof streamApp>[1]) => t.router({ auth: streamApp(one, feed)._def.record.auth, one: streamApp(one, feed), two: streamApp(two, feed) });

  it('takes tickets of its own only', async () => {
    const scene = new Scene();
    const [one, two] = [scene.auth(), scene.auth({ keys: secretKey(OTHER_SECRET) })];
    const { newTicket, stream, socket } = await ticketScene({}, both(one, two));
    const [ticket, second] = [await newTicket(), await newTicket()];
    expect([await stream({ ticket }, {}, 'two.events').outcome, await stream({ ticket }, {}, 'one.events').outcome]).toEqual(['TICKET_INVALID', 'open']);
    const opened = await socket({ ticket: second });
    expect([await opened.call('query', 'two.whoami'), await opened.call('query', 'one.whoami'), await opened.call('query', 'two.whoami')]).toMatchObject([{ code: 'TICKET_INVALID' }, { data: 'ada' }, { code: 'TICKET_INVALID' }]);
  });

  it.each<[string, string, Settings]>([
    ['other keys', 'TOKEN_UNDECODABLE', { keys: secretKey(OTHER_SECRET) }],
    ['another audience', 'TOKEN_REJECTED', { token: { issuer: 'https://app.example', audience: 'two' } }],
  ])('and another over the same store, with %s, has nobody of them', async (_name, code, changes) => {
    const [store, scene] = [memoryTickets(), new Scene()];
    const [one, two] = [scene.auth({ tickets: { store } }), scene.auth({ tickets: { store }, ...changes })];
    const { newTicket, stream } = await ticketScene({}, both(one, two));
    expect(await stream({ ticket: await newTicket() }, {}, 'two.events').outcome).toBe(code);
    expect(await stream({ ticket: await newTicket() }, {}, 'one.events').outcome).toBe('open');
  });

  it('and a service that only verifies takes none', async () => {
    const verifier = jwksVerifier({ url: 'https://auth.example.com/jwks', fetch: () => Promise.reject(new Error('not asked')) });
    const { newTicket, stream, socket, onStream } = await ticketScene({}, (auth, feed) => t.router({ ...streamApp(auth, feed)._def.record, elsewhere: protectedProcedure(verifier, t).subscription(({ signal }) => eventsAfter(feed, '0', signal)), remote: protectedProcedure(verifier, t).query(() => 'in') }));
    const [ticket, second] = [await newTicket(), await newTicket()];
    expect([await stream({ ticket }, {}, 'elsewhere').outcome, await onStream({ ticket })]).toEqual(['TICKET_INVALID', 'open']);
    expect(await (await socket({ ticket: second })).call('query', 'remote')).toMatchObject({ code: 'TICKET_INVALID' });
  });
});

describe('nothing of a ticket', () => {
  it.each(['works', 'fails'])('is in any other answer, event or report, where its store %s', async (how) => {
    const inner = memoryTickets();
    const failing = async (verb: string, ...args: unknown[]): Promise<void> => {
      if (how === 'works') return;
      const error = new Error(`${verb} failed with parameters ${JSON.stringify(args)}`, { cause: new Error(JSON.stringify(args)) });
      throw Object.assign(error, { code: 'READONLY', command: { name: 'evalsha', args }, parameters: args });
    };
    const store: TicketStore = {
      ...inner,
      create: async (row) => (await inner.create(row), failing('create', row)),
      take: async (id, now) => {
        const statement = await inner.take(id, now);
        await failing('take', id, now, statement);
        return statement;
      },
    };
    const { scene, events, auth, login, post, query, stream, socket, whoami } = await ticketScene({ tickets: { store } });
    const { token, refresh_token } = await login();
    const asked = await post('auth.ticket', {}, bearing(token));
    expect(asked.code).toBe(how === 'works' ? 'accepted' : 'STORE_UNAVAILABLE');
    const { ticket = 'x'.repeat(43) } = (JSON.parse(asked.text) as { result?: { data: { json: { ticket?: string } } } }).result?.data.json ?? {};
    const streams = [stream({ ticket }), stream({ ticket }), stream(bearing(token)), stream({ ticket: token }), stream({ ticket: refresh_token })];
    const opened = await socket({ ticket });
    await Promise.all([...streams.map(({ outcome }) => outcome), whoami(opened), query('events', `{"ticket":"${ticket}"`), query('events', { ticket: { ticket } })]);
    await auth.revokeUser(1);
    const told = [...streams.map(({ text }) => text()), ...opened.received, ...(how === 'works' ? [] : [asked.text]), inspect([events, scene.reported], { depth: null, showHidden: true, maxStringLength: null, maxArrayLength: null })].join('\n');
    for (const secret of [ticket, token, refresh_token]) expect(told).not.toContain(secret);
    expect(told).not.toMatch(/eyJ[\w-]+\./);
    expect(scene.reported.length > 0).toBe(how === 'fails');
  });
});
