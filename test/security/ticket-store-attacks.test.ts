import { createHash, randomBytes, randomInt } from 'node:crypto';

import { Redis } from 'ioredis';
import { Kysely, Migrator, SqliteDialect } from 'kysely';
import Database from 'libsql';
import { AuthError, createJwtAuth, secretKey } from 'trpc-jwt-auth';
import type { TicketStore } from 'trpc-jwt-auth';
import { kyselyTickets, ticketMigrations } from 'trpc-jwt-auth/stores/kysely';
import type { AuthTicketsDatabase } from 'trpc-jwt-auth/stores/kysely';
import { memorySessions, memoryTickets } from 'trpc-jwt-auth/stores/memory';
import { redisTickets } from 'trpc-jwt-auth/stores/redis';
import { afterAll, describe, expect, inject, it } from 'vitest';

import { openedWith, sealedWith } from '../../src/tickets/seal.js';
import { decodeSegment } from '../conformance/issued.js';
import { encode, forge, goodClaims } from './forged-tokens.js';
import { attackable, codeOf, NOW, PASSWORD, SECRET, verdict } from './target.js';
import type { Answer, Settings } from './target.js';

interface Pair {
  readonly token: string;
  readonly refresh_token: string;
}

/** A store, and all that somebody finds in it who can read it. */
interface Leaking {
  readonly store: TicketStore;
  readonly dump: () => Promise<string[]>;
}

const JSON_TYPE = { 'Content-Type': 'application/json' };
const OF_TICKETS = { typ: 'ticket+jwt', alg: 'HS256' };
const FOR_EVER = Number.MAX_SAFE_INTEGER;
const idOf = (ticket: string): string => createHash('sha256').update(ticket).digest('base64url');

async function sqlite(): Promise<Leaking> {
  const db = new Kysely<AuthTicketsDatabase>({ dialect: new SqliteDialect({ database: new Database(':memory:') }) });
  const { error } = await new Migrator({ db, provider: { getMigrations: () => Promise.resolve(ticketMigrations) } }).migrateToLatest();
  if (error !== undefined) throw error;
  const dump = async () => (await db.selectFrom('auth_tickets').selectAll().execute()).flatMap((row) => Object.values(row).map(String));
  return { store: kyselyTickets(db), dump };
}

/** An app under attack, and its auth in another process over the same stores. */
async function stage({ store }: { readonly store: TicketStore } = { store: memoryTickets() }, changes: Settings = {}) {
  const clock = { now: NOW };
  const settings: Settings = { sessions: { store: memorySessions() }, tickets: { store }, clock: () => clock.now * 1000, ...changes };
  const target = await attackable(settings);
  const auth = createJwtAuth({ keys: secretKey(SECRET), users: { authenticate: () => null, findByUsername: (username: string) => target.people.get(username) ?? null }, ...settings });
  const post = (path: string, body: object, headers: Record<string, string> = {}): Promise<Answer> => target.send('POST', path, { ...JSON_TYPE, ...headers }, JSON.stringify(body));
  const login = async (username = 'ada'): Promise<Pair> => JSON.parse((await post('/api-token-auth/', { username, password: PASSWORD })).body) as Pair;
  const askForTicket = (token: string): Promise<Answer> => post('/trpc/auth.ticket', {}, { Authorization: `JWT ${token}` });
  const ticketOf = async (token: string): Promise<string> => (JSON.parse((await askForTicket(token)).body) as { result: { data: { json: { ticket: string } } } }).result.data.json.ticket;
  /** Who is let in with a ticket, or the code with which nobody is. */
  const opens = async (ticket: string): Promise<string> => {
    try {
      const holder = await auth.redeemTicket(ticket);
      return (await holder()).user.username;
    } catch (error) {
      return error instanceof AuthError ? error.code : String(error);
    }
  };
  /** Writes a row for a ticket of the attacker's own, and presents that. */
  const plantRow = async (row: (ticket: string) => string | Promise<string>): Promise<string> => {
    const ticket = randomBytes(32).toString('base64url');
    await store.create({ id: idOf(ticket), statement: await row(ticket), expiresAt: FOR_EVER });
    return opens(ticket);
  };
  /** A row sealed as it ought to be: how that is done is no secret. */
  const plant = (statement: string): Promise<string> => plantRow((ticket) => sealedWith(ticket, statement));
  return { target, auth, clock, post, login, askForTicket, ticketOf, opens, plant, plantRow };
}

/** A store that also keeps what was written to it. */
function recording() {
  const rows = new Map<string, string>();
  const inner = memoryTickets();
  const store: TicketStore = { ...inner, create: (ticket) => (rows.set(ticket.id, ticket.statement), inner.create(ticket)) };
  /** What is in a ticket's row, as who has the ticket may see it. */
  const statementOf = async (ticket: string): Promise<string> => (await openedWith(ticket, rows.get(idOf(ticket)) ?? null)) ?? '';
  return { store, rows, statementOf };
}

/** Everybody's stores whose content can be shown. */
const readable: [name: string, open: () => Promise<Leaking>][] = [['SQLite', sqlite]];
const redisUrl = inject('redisUrl');
if (redisUrl !== null) {
  const redis = new Redis(redisUrl);
  afterAll(() => redis.quit());
  readable.push([
    'Redis',
    () => {
      // Of digits: none of them is in a name that is looked for.
      const keyPrefix = `test-${randomInt(2 ** 47)}:`;
      const contentOf = async (key: string) => [key, key.slice(`${keyPrefix}ticket:`.length), ...Object.values(await redis.hgetall(key))];
      // By the clock of a Redis, which no test turns.
      const ahead = Date.now() - NOW * 1000 + 600_000;
      const inner = redisTickets(redis, { keyPrefix });
      const store: TicketStore = { ...inner, create: (ticket) => inner.create({ ...ticket, expiresAt: ticket.expiresAt + ahead }), take: (id, now) => inner.take(id, now + ahead) };
      return Promise.resolve({ store, dump: async () => (await Promise.all((await redis.keys(`${keyPrefix}*`)).map(contentOf))).flat() });
    },
  ]);
}

describe.each(readable)('whoever can read %s', (_name, open) => {
  it('finds nothing that opens a stream, or anything else', async () => {
    const leaking = await open();
    const { target, post, login, ticketOf, opens } = await stage(leaking);
    const [ada, eve] = [await login(), await login('eve')];
    const tickets = [await ticketOf(ada.token), await ticketOf(eve.token)];
    const found = await leaking.dump();
    expect(found).toEqual(expect.arrayContaining(tickets.map(idOf)));
    for (const each of [...tickets, ada.token, ada.refresh_token, SECRET]) expect(found.join('\n')).not.toContain(each);
    // Not even who is signed in. What is random has three letters by chance, now and then: ids, and what is sealed.
    const sealed: string[] = [];
    for (const text of found) for (const ticket of tickets) if ((await openedWith(ticket, text)) !== null) sealed.push(text);
    expect(sealed).toHaveLength(tickets.length);
    const rest = [...tickets.map(idOf), ...sealed].reduce((text, random) => text.replaceAll(random, ''), found.join('\n'));
    for (const each of ['eyJ', 'ada']) expect(rest).not.toContain(each);
    for (const each of [...found, ...found.flatMap((text) => text.split('.')), ...found.map(idOf)]) {
      expect(await opens(each), each).toBe('TICKET_INVALID');
      expect(Object.values(await target.judge(each)), each).not.toContain('accepted');
      for (const [path, body] of [['/api-token-refresh/', { refresh_token: each }], ['/trpc/auth.refresh', { json: { refresh_token: each } }]] as const) {
        expect(codeOf(await post(path, body)), each).toMatch(/^TOKEN_(UNDECODABLE|REJECTED)$/);
      }
    }
    // None of which has spent them.
    expect(await Promise.all(tickets.map(opens))).toEqual(['ada', 'eve']);
    expect(await Promise.all(tickets.map(opens))).toEqual(['TICKET_INVALID', 'TICKET_INVALID']);
    expect((await leaking.dump()).filter((each) => tickets.map(idOf).includes(each))).toEqual([]);
    expect(target.reported).toEqual([]);
  });
});

describe('a statement at a place for access tokens', () => {
  it.each([
    ['with slideByAccessToken', { sessions: { store: memorySessions(), slideByAccessToken: true } }],
    ['without sessions', { sessions: undefined }],
  ])('is refused everywhere, %s', async (_name, changes) => {
    const { store, statementOf } = recording();
    const { target, auth, post, login, ticketOf } = await stage({ store }, changes);
    const statement = await statementOf(await ticketOf((await login()).token));
    expect(decodeSegment(statement, 0)).toEqual(OF_TICKETS);
    expect(verdict(await target.judge(statement))).toBe('TOKEN_REJECTED');
    await expect(auth.verifyToken(statement)).rejects.toMatchObject({ code: 'TOKEN_REJECTED' });
    expect(codeOf(await post('/api-token-refresh/', { token: statement, refresh_token: statement }))).toBe('TOKEN_REJECTED');
  });
});

describe('whoever can write to the store makes up no caller', () => {
  const parts = (token: string): string[] => token.split('.');
  it.each<[string, string, (own: { pair: Pair; statement: string }) => string]>([
    ['one that nobody signed', 'TOKEN_REJECTED', () => `${encode({ ...OF_TICKETS, alg: 'none' })}.${encode(goodClaims)}.`],
    ['one by another key', 'TOKEN_UNDECODABLE', () => forge(OF_TICKETS, goodClaims, { secret: 'another-secret-of-some-forty-characters-0' })],
    ['one by an empty key', 'TOKEN_UNDECODABLE', () => forge(OF_TICKETS, goodClaims, { secret: '' })],
    ['one by another algorithm', 'TOKEN_REJECTED', () => forge({ ...OF_TICKETS, alg: 'HS512' }, goodClaims, { hash: 'HS512' })],
    ['one that names its own key', 'TOKEN_REJECTED', () => forge({ ...OF_TICKETS, jwk: { kty: 'oct', k: encode('x') } })],
    ['an access token', 'TOKEN_REJECTED', ({ pair }) => pair.token],
    ['an access token without typ', 'TOKEN_REJECTED', () => forge({ alg: 'HS256' })],
    ['a refresh token', 'TOKEN_REJECTED', ({ pair }) => pair.refresh_token],
    ['an access token under the header of a statement', 'TOKEN_UNDECODABLE', ({ pair, statement }) => [parts(statement)[0], ...parts(pair.token).slice(1)].join('.')],
    ['another user in a statement', 'TOKEN_UNDECODABLE', ({ statement }) => [parts(statement)[0], encode({ ...decodeSegment(statement, 1), user_id: 1, username: 'ada' }), parts(statement)[2]].join('.')],
    ['a statement without its signature', 'TOKEN_UNDECODABLE', ({ statement }) => `${parts(statement).slice(0, 2).join('.')}.`],
    ['a statement with something behind it', 'TOKEN_UNDECODABLE', ({ statement }) => `${statement}.x`],
    ['a list of two', 'TOKEN_UNDECODABLE', ({ statement }) => JSON.stringify([statement, statement])],
    ['claims as they are', 'TOKEN_UNDECODABLE', () => JSON.stringify(goodClaims)],
    ['a user name', 'TOKEN_UNDECODABLE', () => 'ada'],
    ['nothing', 'TOKEN_UNDECODABLE', () => ''],
    ['a megabyte', 'TOKEN_UNDECODABLE', () => 'x'.repeat(1_000_000)],
  ])('of %s', async (_name, code, made) => {
    const { store, statementOf } = recording();
    const { target, login, ticketOf, plant, plantRow } = await stage({ store });
    const pair = await login('eve');
    const statement = await statementOf(await ticketOf(pair.token));
    expect(await plant(made({ pair, statement }))).toBe(code);
    expect(await plantRow(() => made({ pair, statement }))).toBe('TICKET_INVALID');
    expect(target.reported).toEqual([]);
  });

  it('of a statement of another app with the same users', async () => {
    const { plant } = await stage(undefined, { token: { issuer: 'https://app.example.com', audience: 'app' } });
    expect(await plant(forge(OF_TICKETS, { ...goodClaims, iss: 'https://app.example.com', aud: 'billing' }))).toBe('TOKEN_REJECTED');
    expect(await plant(forge(OF_TICKETS, goodClaims))).toBe('TOKEN_REJECTED');
  });

  it('of a statement whose token, session or user has come to an end since, whatever the row says of its expiry', async () => {
    const { store, statementOf } = recording();
    const { target, clock, post, login, ticketOf, plant } = await stage({ store });
    const [first, second] = [await login(), await login()];
    const [revoked, kept] = [await statementOf(await ticketOf(first.token)), await statementOf(await ticketOf(second.token))];
    await post('/api-token-logout/', { refresh_token: first.refresh_token });
    expect(await plant(revoked)).toBe('TOKEN_REVOKED');
    target.people.set('ada', { id: 1, username: 'ada', isActive: false, email: '' });
    expect(await plant(kept)).toBe('ACCOUNT_DISABLED');
    target.people.set('ada', { id: 7, username: 'ada', isActive: true, email: '' });
    expect(await plant(kept)).toBe('USER_NOT_FOUND');
    target.people.set('ada', { id: 1, username: 'ada', isActive: true, email: '' });
    clock.now = Number(decodeSegment(second.token, 1)?.exp) + 1;
    expect(await plant(kept)).toBe('TOKEN_EXPIRED');
  });

  it("nor moves another's row to a ticket of his own", async () => {
    const { store, rows } = recording();
    const { login, ticketOf, opens, plantRow } = await stage({ store });
    const mine = await ticketOf((await login('eve')).token);
    await ticketOf((await login('ada')).token);
    const [, adas = ''] = rows.values();
    expect(await plantRow(() => adas)).toBe('TICKET_INVALID');
    await store.create({ id: idOf(mine), statement: adas, expiresAt: FOR_EVER });
    expect(await opens(mine)).toBe('TICKET_INVALID');
  });
});

describe('a store that misbehaves', () => {
  it.each<[string, unknown]>([['nothing', undefined], ['a number', 1], ['true', true], ['an object', { statement: 'x' }], ['a list', ['x']]])('and answers %s lets nobody in', async (_name, answer) => {
    const { login, ticketOf, opens } = await stage({ store: { ...memoryTickets(), take: () => Promise.resolve(answer as string) } });
    expect(await opens(await ticketOf((await login()).token))).toMatch(/^(TICKET_INVALID|TOKEN_UNDECODABLE)$/);
  });

  it.each<[string, Partial<TicketStore>]>([
    ['fails', { take: () => Promise.reject(new Error('away')), create: () => Promise.reject(new Error('away')) }],
    ['throws', { take: () => { throw new Error('away'); }, create: () => { throw new Error('away'); } }],
    ['never answers', { take: () => new Promise(() => undefined), create: () => new Promise(() => undefined) }],
  ])('and %s makes no ticket, and takes none', async (_name, broken) => {
    const inner = memoryTickets();
    const isBroken = { now: false };
    const store: TicketStore = { ...inner, create: (ticket) => ((isBroken.now && broken.create) || inner.create)(ticket), take: (id, now) => ((isBroken.now && broken.take) || inner.take)(id, now) };
    const { login, askForTicket, ticketOf, opens } = await stage({ store }, { tickets: { store, timeoutMs: 50 } });
    const { token } = await login();
    const ticket = await ticketOf(token);
    isBroken.now = true;
    const answer = await askForTicket(token);
    expect([answer.status, codeOf(answer), answer.body.includes('expires_at')]).toEqual([503, 'STORE_UNAVAILABLE', false]);
    expect(await opens(ticket)).toBe('STORE_UNAVAILABLE');
    isBroken.now = false;
    expect([await opens(ticket), await opens(ticket)]).toEqual(['ada', 'TICKET_INVALID']);
  });
});
