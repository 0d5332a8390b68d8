import { getTRPCErrorShape, TRPCError } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import { RequestAuth } from 'trpc-jwt-auth';
import type { AuthRequest, JwtAuth } from 'trpc-jwt-auth';

import type { User } from '../scene.js';
import { parseSetCookie } from '../transport.js';
import type { Accepted, CallHeaders, OperationsWithMe, Outcome, Transport } from '../transport.js';
import { authApp, t, trpcKindOf } from './trpc-router.js';

const HOST = 'app.example.com';

interface FakeRequest extends AuthRequest {
  readonly setCookies: string[];
}

function fakeRequest(method: string, headers: CallHeaders): FakeRequest {
  const setCookies: string[] = [];
  return {
    method,
    header: (name) => headers[name],
    host: HOST,
    secure: false,
    peerAddress: '127.0.0.1',
    answer: { set: () => undefined, appendCookie: (setCookie) => void setCookies.push(setCookie) },
    setCookies,
  };
}

async function outcomeOf(request: FakeRequest, path: string, call: () => Promise<object>): Promise<Outcome> {
  const setCookies = request.setCookies.map(parseSetCookie);
  try {
    return { ok: true, body: (await call()) as Accepted['body'], setCookies: request.setCookies.map(parseSetCookie) };
  } catch (error) {
    if (!(error instanceof TRPCError)) throw error;
    // A caller throws the error itself; the formatter's shape is what a client of the router would get.
    const config = t.router({})._def._config;
    const { data, message } = getTRPCErrorShape({ config, error, type: 'unknown', path, input: undefined, ctx: undefined });
    const messages = data.fieldErrors === null ? [message] : Object.values(data.fieldErrors).flat();
    const kind = `${error.code} ${getHTTPStatusCodeFromError(error)}`;
    return { ok: false, code: data.authCode, messages, fieldErrors: data.fieldErrors, setCookies, kind };
  }
}

function operations(auth: JwtAuth<User>): OperationsWithMe {
  const createCaller = t.createCallerFactory(authApp(auth));
  type Caller = ReturnType<typeof createCaller>;
  const operation =
    (method: string, path: string, call: (caller: Caller, input: never) => Promise<object>) =>
    (input: unknown, headers: CallHeaders = {}): Promise<Outcome> => {
      const request = fakeRequest(method, headers);
      // Anything may come over a wire, whatever the types say.
      return outcomeOf(request, path, () => call(createCaller({ auth: new RequestAuth(request) }), input as never));
    };
  const logout = operation('POST', 'auth.logout', (caller, input) => caller.auth.logout(input));
  const logoutAll = operation('POST', 'auth.logoutAll', (caller) => caller.auth.logoutAll());
  const sessionList = operation('GET', 'auth.sessions.list', (caller) => caller.auth.sessions.list());
  const sessionRevoke = operation('POST', 'auth.sessions.revoke', (caller, input) => caller.auth.sessions.revoke(input));
  const me = operation('GET', 'auth.me', (caller) => caller.auth.me());
  const read = operation('GET', 'read', (caller) => caller.read());
  const write = operation('POST', 'write', (caller) => caller.write());
  return {
    obtain: operation('POST', 'auth.obtain', (caller, input) => caller.auth.obtain(input)),
    refresh: operation('POST', 'auth.refresh', (caller, input) => caller.auth.refresh(input)),
    verify: operation('POST', 'auth.verify', (caller, input) => caller.auth.verify(input)),
    logout: (headers, input) => logout(input, headers),
    logoutAll: (headers) => logoutAll(undefined, headers),
    sessionList: (headers) => sessionList(undefined, headers),
    sessionRevoke: (id, headers) => sessionRevoke({ id }, headers),
    me: (headers) => me(undefined, headers),
    protectedRead: (headers) => read(undefined, headers),
    protectedWrite: (headers) => write(undefined, headers),
  };
}

/** Procedures called in the server itself. */
export const trpcCaller: Transport<OperationsWithMe> = {
  name: 'tRPC caller',
  serve: ([first, ...others]) =>
    Promise.resolve({ origin: `https://${HOST}`, apps: [operations(first), ...others.map(operations)], close: () => Promise.resolve() }),
  kindOf: trpcKindOf,
};
