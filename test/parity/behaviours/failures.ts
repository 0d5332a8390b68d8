import { TRPCError } from '@trpc/server';
import { expect } from 'vitest';
import { z } from 'zod';
import { AuthError } from 'trpc-jwt-auth';
import type { Users } from 'trpc-jwt-auth';

import { accepted, bodyToken, refused } from '../behaviour.js';
import type { Behaviour } from '../behaviour.js';
import type { TabledCode } from '../error-table.js';
import { ada, eve, tokenFor } from '../scene.js';
import type { Settings, User } from '../scene.js';

const LOGIN = { username: 'ada', password: 'ada-pass' };
const SIGNED = { authorization: `JWT ${tokenFor()}` };
const anyToken = expect.any(String) as string;

function users(changes: Partial<Users<User>>): Settings {
  return { users: { authenticate: () => ada, findByUsername: () => ada, ...changes } };
}

/** Something unexpected: fixed words for the client, the thing itself for the log. */
function unexpected(name: string, thrown: unknown, logged: unknown = thrown): Behaviour[] {
  const raise = (): never => {
    throw thrown;
  };
  const rejecting = async (): Promise<never> => raise();
  const rest = { expected: refused('SERVER_ERROR'), reported: [logged] };
  return [
    { name: `${name} thrown by authenticate`, settings: () => users({ authenticate: raise }), act: ({ app }) => app.obtain(LOGIN), ...rest },
    { name: `${name} rejected by authenticate`, settings: () => users({ authenticate: rejecting }), act: ({ app }) => app.obtain(LOGIN), ...rest },
    { name: `${name} thrown by findByUsername, at verify`, settings: () => users({ findByUsername: raise }), act: ({ app }) => app.verify({ token: tokenFor() }), ...rest },
    { name: `${name} rejected by findByUsername, at a protected endpoint`, settings: () => users({ findByUsername: rejecting }), act: ({ app }) => app.protectedRead(SIGNED), place: 'protected', ...rest },
    { name: `${name} thrown by claims`, settings: () => ({ claims: raise }), act: ({ app }) => app.obtain(LOGIN), ...rest },
    { name: `${name} thrown by responsePayload`, settings: () => ({ responsePayload: raise }), act: ({ app }) => app.verify({ token: tokenFor() }), ...rest },
    { name: `${name} thrown by usernameFromClaims`, settings: () => ({ usernameFromClaims: raise }), act: ({ app }) => app.protectedRead(SIGNED), place: 'protected', ...rest },
  ];
}

/** An error of ours, raised by the app's own functions. */
function raised(code: TabledCode, message?: string): Behaviour[] {
  const reject = async (): Promise<never> => {
    throw new AuthError(code, message === undefined ? {} : { message });
  };
  return [
    { name: `${code} of authenticate`, settings: () => users({ authenticate: reject }), act: ({ app }) => app.obtain(LOGIN), expected: refused(code, message) },
    { name: `${code} of findByUsername`, settings: () => users({ findByUsername: reject }), act: ({ app }) => app.refresh({ token: tokenFor() }), expected: refused(code, message) },
    { name: `${code} of findByUsername, at a protected endpoint`, settings: () => users({ findByUsername: reject }), act: ({ app }) => app.protectedRead(SIGNED), place: 'protected', expected: refused(code, message) },
  ];
}

/** A promise as an ORM's query is one: something with `then`, and no more. */
function thenable<Value>(value: Value): Promise<Value> {
  return { then: (onFulfilled: (fulfilled: Value) => unknown) => queueMicrotask(() => onFulfilled(value)) } as unknown as Promise<Value>;
}

function answering(name: string, wrap: <Value>(value: Value) => Value | Promise<Value>): Behaviour[] {
  return [
    { name: `${name}: a user`, settings: () => users({ authenticate: () => wrap(ada), findByUsername: () => wrap(ada) }), act: async ({ app }) => app.protectedRead({ authorization: `JWT ${bodyToken(await app.obtain(LOGIN))}` }), expected: accepted({ username: 'ada' }) },
    { name: `${name}: null at the login`, settings: () => users({ authenticate: () => wrap(null) }), act: ({ app }) => app.obtain(LOGIN), expected: refused('INVALID_CREDENTIALS') },
    { name: `${name}: undefined at the login`, settings: () => users({ authenticate: () => wrap(undefined) }), act: ({ app }) => app.obtain(LOGIN), expected: refused('INVALID_CREDENTIALS') },
    { name: `${name}: null at the look-up`, settings: () => users({ findByUsername: () => wrap(null) }), act: ({ app }) => app.verify({ token: tokenFor() }), expected: refused('USER_NOT_FOUND') },
    { name: `${name}: undefined at the look-up`, settings: () => users({ findByUsername: () => wrap(undefined) }), act: ({ app }) => app.verify({ token: tokenFor() }), expected: refused('USER_NOT_FOUND') },
    { name: `${name}: a disabled user`, settings: () => users({ authenticate: () => wrap(eve) }), act: ({ app }) => app.obtain(LOGIN), expected: refused('ACCOUNT_DISABLED') },
  ];
}

class UserTable implements Users<User> {
  readonly #rows = [ada];
  authenticate(): User | null {
    return this.#rows[0] ?? null;
  }
  findByUsername(): User | null {
    return this.#rows[0] ?? null;
  }
}

class QueryError extends Error {}

const drf = (): Settings => ({ restStatus: 'drf' });
// What a row that does not parse throws.
const zodError = z.object({ password_hash: z.string('a secret of the row') }).safeParse({}).error;

/** What goes wrong inside, and how much of it is shown. */
export const failures: readonly Behaviour[] = [
  { name: 'a wrong password', act: ({ app }) => app.obtain({ ...LOGIN, password: 'wrong' }), expected: refused('INVALID_CREDENTIALS') },
  { name: 'an unknown user', act: ({ app }) => app.obtain({ username: 'nobody', password: 'x' }), expected: refused('INVALID_CREDENTIALS') },
  { name: 'a disabled user', act: ({ app }) => app.obtain({ username: 'eve', password: 'eve-pass' }), expected: refused('ACCOUNT_DISABLED') },
  { name: 'a protected endpoint, and no token', act: ({ app }) => app.protectedRead(), place: 'protected', expected: refused('NOT_AUTHENTICATED') },
  { name: 'a protected write, and no token', act: ({ app }) => app.protectedWrite(), place: 'protected', expected: refused('NOT_AUTHENTICATED') },

  ...answering('a value', (value) => value),
  ...answering('a promise', (value) => Promise.resolve(value)),
  ...answering('a thenable that is no Promise', thenable),
  { name: 'users may be an object of a class', settings: () => ({ users: new UserTable() }), act: async ({ app }) => app.refresh({ token: bodyToken(await app.obtain(LOGIN)) }), expected: accepted({ token: anyToken }) },

  ...unexpected('an Error', new QueryError('select password from auth_user failed for ada:ada-pass')),
  ...unexpected('an Error with an AuthError as its cause', new QueryError('wrapped', { cause: new AuthError('INVALID_CREDENTIALS') })),
  // Errors of kinds that tRPC has a meaning of its own for.
  ...unexpected('a ZodError of the app’s own', zodError),
  ...unexpected('a SyntaxError of the app’s own', new SyntaxError('Unexpected token in the row')),
  ...unexpected('a TRPCError with a cause', new TRPCError({ code: 'INTERNAL_SERVER_ERROR', message: 'row of ada', cause: new QueryError('x') }), expect.any(Error)),
  ...unexpected('a TRPCError with a code of its own', new TRPCError({ code: 'TOO_MANY_REQUESTS', message: 'row of ada' }), expect.any(Error)),
  ...unexpected('a string', 'connection refused', expect.anything()),

  ...raised('THROTTLED', 'Request was throttled. Expected available in 30 seconds.'),
  ...raised('STORE_UNAVAILABLE'),
  ...raised('TOKEN_REVOKED'),
  ...raised('PERMISSION_DENIED'),
  {
    name: 'an error log that throws',
    settings: () => ({
      ...users({ authenticate: () => Promise.reject(new QueryError('down')) }),
      reportError: () => {
        throw new QueryError('the log is down too: secret');
      },
    }),
    act: ({ app }) => app.obtain(LOGIN),
    expected: refused('SERVER_ERROR'),
  },
  {
    name: 'an error log that throws, at a protected endpoint',
    settings: () => ({
      ...users({ findByUsername: () => Promise.reject(new QueryError('down')) }),
      reportError: () => {
        throw new QueryError('the log is down too: secret');
      },
    }),
    act: ({ app }) => app.protectedRead(SIGNED),
    place: 'protected',
    expected: refused('SERVER_ERROR'),
  },

  // The same refusals where REST answers 400 as the original does; tRPC is not changed by it.
  { name: 'restStatus drf: a wrong password', settings: drf, act: ({ app }) => app.obtain({ ...LOGIN, password: 'wrong' }), expected: refused('INVALID_CREDENTIALS') },
  { name: 'restStatus drf: a bad token', settings: drf, act: ({ app }) => app.verify({ token: 'no-token' }), expected: refused('TOKEN_UNDECODABLE') },
  { name: 'restStatus drf: a refresh too late', settings: drf, act: ({ app }) => app.refresh({ token: tokenFor({ claims: { orig_iat: 1 } }) }), expected: refused('REFRESH_EXPIRED') },
  { name: 'restStatus drf: no token at a protected endpoint', settings: drf, act: ({ app }) => app.protectedRead(), place: 'protected', expected: refused('NOT_AUTHENTICATED') },
  { name: 'restStatus drf: a bad token at a protected endpoint', settings: drf, act: ({ app }) => app.protectedRead({ authorization: 'JWT no-token' }), place: 'protected', expected: refused('TOKEN_UNDECODABLE') },
  { name: 'restStatus drf: a bug', settings: () => ({ ...drf(), claims: () => { throw new QueryError('x'); } }), act: ({ app }) => app.obtain(LOGIN), expected: refused('SERVER_ERROR'), reported: [expect.any(QueryError)] },
];
