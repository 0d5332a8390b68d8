import { AuthError } from 'trpc-jwt-auth';
import type { JwtAuth, SessionStore } from 'trpc-jwt-auth';
import { restBridge } from 'trpc-jwt-auth/fetch';
import { openApiDocument } from 'trpc-jwt-auth/rest';
import type { OpenApiDocument } from 'trpc-jwt-auth/rest';

import { ada, claimsFor, eve, NOW, Scene, SECRET, tokenFor } from '../parity/scene.js';
import type { Settings, User } from '../parity/scene.js';
import { sign } from '../conformance/issued.js';
import { INFO, operationOf, operationsOf } from './document.js';

export interface Ask {
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
  /** In the place of `{id}`. */
  readonly id?: string;
}

export interface Exchange {
  readonly operationId: string;
  readonly sent: unknown;
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

const EVIL = { origin: 'https://evil.example' };
const DAY_SECONDS = 24 * 3600;

/** One configuration, its document, and what it has answered. */
export class Subject {
  readonly scene = new Scene();
  readonly auth: JwtAuth<User>;
  readonly document: OpenApiDocument;
  readonly exchanges: Exchange[] = [];
  isStoreAway = false;
  readonly #serve: (request: Request) => Promise<Response | undefined>;

  constructor(settings: Settings) {
    const { sessions } = settings;
    this.auth = this.scene.auth({
      users: {
        authenticate: ({ username, password }) => {
          if (username === 'busy') throw new AuthError('STORE_UNAVAILABLE');
          return password === `${username}-pass` ? this.#find(username) : null;
        },
        findByUsername: (username) => this.#find(username),
      },
      ...settings,
      ...(sessions !== undefined && { sessions: { ...sessions, store: this.#interrupted(sessions.store) } }),
    });
    this.document = openApiDocument(this.auth, { info: INFO });
    this.#serve = restBridge(this.auth);
  }

  #find(username: string): User | null {
    if (username === 'broken') throw new Error('the user table is broken');
    return this.scene.find(username);
  }

  #interrupted(store: SessionStore): SessionStore {
    const find: SessionStore['find'] = (id, now) => (this.isStoreAway ? Promise.reject(new Error('away')) : store.find(id, now));
    const revoke: SessionStore['revoke'] = (id, userId) => (this.isStoreAway ? Promise.reject(new Error('away')) : store.revoke(id, userId));
    return { ...store, find, revoke };
  }

  has(operationId: string): boolean {
    return operationsOf(this.document).has(operationId);
  }

  async ask(operationId: string, { body, headers = {}, id = 'nobody' }: Ask = {}): Promise<Exchange> {
    const { path, method } = operationOf(this.document, operationId);
    const isJson = typeof body === 'object';
    const init = { method, headers: { ...(isJson && { 'content-type': 'application/json' }), ...headers }, ...(body !== undefined && { body: isJson ? JSON.stringify(body) : body }) };
    const response = await this.#serve(new Request(`https://api.example.com${path.replace('{id}', id)}`, init));
    if (response === undefined) throw new Error(`${operationId} is not served`);
    const exchange = { operationId, sent: isJson ? body : undefined, status: response.status, headers: response.headers, body: await response.json() };
    this.exchanges.push(exchange);
    return exchange;
  }

  /** Logs in, and gives the tokens wherever they are. */
  async login(): Promise<{ readonly token: string; readonly refreshToken: string }> {
    const field = this.auth.settings.usernameField;
    const { body, headers } = await this.ask('obtain', { body: { [field]: 'ada', password: 'ada-pass' } });
    const { token, refresh_token: refreshToken } = body as { token?: string; refresh_token?: string };
    const cookies = headers.getSetCookie().map((cookie) => cookie.split(';', 1)[0]?.split('=')[1] ?? '');
    return { token: token ?? cookies[0] ?? '', refreshToken: refreshToken ?? cookies[1] ?? '' };
  }
}

/** Tokens with everything that can be wrong with one. */
function badTokens(claims: Readonly<Record<string, unknown>> = {}): readonly string[] {
  const token = (changes: Readonly<Record<string, unknown>>): string => tokenFor({ claims: { ...claims, ...changes } });
  return [
    token({ exp: NOW - 1 }),
    'garbage',
    token({ aud: 'elsewhere' }),
    tokenFor({ header: { alg: 'HS512' } }),
    token({ username: undefined }),
    token({ username: 'nobody' }),
    tokenFor({ user: eve, claims }),
    tokenFor({ user: { ...ada, username: 'broken' }, claims }),
    tokenFor({ claims: { sid: 'half-named' } }),
    tokenFor({ claims: { sid: 'ended', gen: 1 } }),
  ];
}

async function askOfEvery(subject: Subject, good: Readonly<Record<string, string>>): Promise<void> {
  for (const { operationId, method } of operationsOf(subject.document).values()) {
    const isProtected = operationId === 'logoutAll' || operationId.startsWith('sessions');
    const headers = isProtected ? good : {};
    await subject.ask(operationId, { headers: { ...headers, accept: 'text/html' } });
    if (method !== 'POST') continue;
    await subject.ask(operationId, { body: '{', headers: { ...headers, 'content-type': 'application/json' } });
    await subject.ask(operationId, { body: 'x', headers: { ...headers, 'content-type': 'text/plain' } });
    await subject.ask(operationId, { body: 'x'.repeat(200_000), headers: { ...headers, 'content-type': 'application/json' } });
    await subject.ask(operationId, { body: {}, headers: { ...headers, ...EVIL } });
  }
}

async function askToLogIn(subject: Subject): Promise<void> {
  const field = subject.auth.settings.usernameField;
  const logins = [{}, { [field]: '', password: '' }, { [field]: null, password: true }, { [field]: 'eve', password: 'eve-pass' }, { [field]: 'busy', password: 'x' }, { [field]: 'broken', password: 'broken-pass' }];
  for (const body of logins) await subject.ask('obtain', { body });
  await subject.ask('obtain', { body: { [field]: 'ada', password: 'ada-pass' }, headers: EVIL });
  for (let attempt = 0; attempt < 11; attempt += 1) await subject.ask('obtain', { body: { [field]: 'bob', password: 'wrong' } });
}

async function askWithTokens(subject: Subject, { token, refreshToken }: { readonly token: string; readonly refreshToken: string }): Promise<void> {
  const { cookie, sessions } = subject.auth.settings;
  const named = (await subject.auth.verifyToken(token)).claims;
  const claims = { sid: named.sid, gen: named.gen };
  const stale = tokenFor({ claims: { ...claims, orig_iat: NOW - 8 * DAY_SECONDS } });
  for (const each of [token, ...badTokens(), ...badTokens(claims), tokenFor({ claims: { ...claims, orig_iat: undefined } }), stale]) {
    for (const operationId of ['verify', 'refresh']) await subject.ask(operationId, { body: { token: each } });
    if (sessions !== undefined) await subject.ask('logout', { body: { refresh_token: each } });
  }
  for (const operationId of ['verify', 'refresh']) await subject.ask(operationId, { body: { token: '' } });
  if (sessions !== undefined) await subject.ask('refresh', { body: { refresh_token: refreshToken } });
  if (cookie !== undefined) {
    const brought = { cookie: `${cookie.name}=${token}` };
    for (const operationId of ['verify', 'refresh', 'logout']) {
      await subject.ask(operationId, { headers: brought });
      await subject.ask(operationId, { headers: { ...brought, ...EVIL } });
    }
  }
  if (sessions === undefined) {
    await subject.ask('logout', { body: {} });
    return;
  }
  await subject.ask('logout', { body: { token: '' } });
  const forged = sign({ typ: 'refresh+jwt', alg: 'HS256' }, { ...claimsFor(ada), sub: 'ada', sid: 'gone', gen: 1 }, SECRET);
  await subject.ask('refresh', { body: { refresh_token: forged } });
  await subject.ask('logout', { body: { token: tokenFor({ claims: { sid: 'half-named' } }) } });
}

async function askForSessions(subject: Subject, token: string): Promise<void> {
  const { cookie } = subject.auth.settings;
  const { claims } = await subject.auth.verifyToken(token);
  const header = (each: string): Readonly<Record<string, string>> => ({ authorization: `JWT ${each}` });
  const operations = ['sessionsList', 'sessionsRevoke', 'logoutAll'];
  for (const operationId of operations) {
    await subject.ask(operationId);
    await subject.ask(operationId, { headers: { authorization: 'JWT' } });
    for (const each of [...badTokens(), ...badTokens({ sid: claims.sid, gen: claims.gen })]) await subject.ask(operationId, { headers: header(each) });
    if (cookie !== undefined) await subject.ask(operationId, { headers: { cookie: `${cookie.name}=${token}`, ...EVIL } });
  }
  subject.isStoreAway = true;
  for (const operationId of operations) await subject.ask(operationId, { headers: header(token) });
  for (const operationId of ['verify', 'refresh', 'logout']) await subject.ask(operationId, { body: { token } });
  subject.isStoreAway = false;
  await subject.ask('sessionsList', { headers: header(token) });
  await subject.ask('sessionsRevoke', { headers: header(token) });
  await subject.ask('logoutAll', { headers: header(token) });
}

/** Asks everything of every operation, right and wrong. */
export async function askEverything(subject: Subject): Promise<void> {
  // Each part may end the sessions that it is given.
  await askOfEvery(subject, { authorization: `JWT ${(await subject.login()).token}` });
  await askToLogIn(subject);
  await askWithTokens(subject, await subject.login());
  if (subject.has('sessionsList')) await askForSessions(subject, (await subject.login()).token);
}
