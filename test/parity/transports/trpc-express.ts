import { createTRPCUntypedClient, httpBatchLink, TRPCClientError } from '@trpc/client';
import { createExpressMiddleware } from '@trpc/server/adapters/express';
import express from 'express';
import superjson from 'superjson';
import type { FieldErrors, JwtAuth } from 'trpc-jwt-auth';
import { expressContext } from 'trpc-jwt-auth/express';

import { listen } from '../listening.js';
import type { User } from '../scene.js';
import { parseSetCookie } from '../transport.js';
import type { Accepted, CallHeaders, OperationsWithMe, Outcome, Transport } from '../transport.js';
import { authApp, trpcKindOf } from './trpc-router.js';

type App = ReturnType<typeof authApp>;

interface ErrorData {
  code: string;
  httpStatus: number;
  authCode: string | null;
  fieldErrors: FieldErrors | null;
}

function operations(url: string): OperationsWithMe {
  const call = async (kind: 'query' | 'mutation', path: string, input: unknown, headers: CallHeaders): Promise<Outcome> => {
    let setCookies: string[] = [];
    let status = 0;
    const link = httpBatchLink<App>({
      url,
      transformer: superjson,
      headers,
      fetch: async (target, init) => {
        const response = await fetch(target, init as RequestInit);
        setCookies = response.headers.getSetCookie();
        status = response.status;
        return response;
      },
    });
    try {
      const body = (await createTRPCUntypedClient<App>({ links: [link] })[kind](path, input)) as Accepted['body'];
      return { ok: true, body, setCookies: setCookies.map(parseSetCookie) };
    } catch (error) {
      if (!(error instanceof TRPCClientError) || error.data === undefined) throw error;
      const { code, httpStatus, authCode, fieldErrors } = error.data as ErrorData;
      if (httpStatus !== status) throw new Error(`status ${status}, but ${httpStatus} in the error`, { cause: error });
      const messages = fieldErrors === null ? [error.message] : Object.values(fieldErrors).flat();
      return { ok: false, code: authCode, messages, fieldErrors, setCookies: setCookies.map(parseSetCookie), kind: `${code} ${status}` };
    }
  };
  return {
    obtain: (input, headers = {}) => call('mutation', 'auth.obtain', input, headers),
    refresh: (input, headers = {}) => call('mutation', 'auth.refresh', input, headers),
    verify: (input, headers = {}) => call('mutation', 'auth.verify', input, headers),
    logout: (headers = {}, input) => call('mutation', 'auth.logout', input, headers),
    logoutAll: (headers = {}) => call('mutation', 'auth.logoutAll', undefined, headers),
    sessionList: (headers = {}) => call('query', 'auth.sessions.list', undefined, headers),
    sessionRevoke: (id, headers = {}) => call('mutation', 'auth.sessions.revoke', { id }, headers),
    me: (headers = {}) => call('query', 'auth.me', undefined, headers),
    protectedRead: (headers = {}) => call('query', 'read', undefined, headers),
    protectedWrite: (headers = {}) => call('mutation', 'write', undefined, headers),
  };
}

/** Procedures over HTTP on Express, called by tRPC's own client. */
export const trpcExpress: Transport<OperationsWithMe> = {
  name: 'tRPC over HTTP on Express',
  serve: async (auths) => {
    const app = express();
    const paths = auths.map((auth: JwtAuth<User>, index) => {
      app.use(`/trpc${index}`, createExpressMiddleware({ router: authApp(auth), createContext: expressContext(auth) }));
      return `/trpc${index}`;
    });
    const { origin, close } = await listen(app);
    const [first, ...others] = paths.map((path) => operations(`${origin}${path}`));
    if (first === undefined) throw new Error('no auth given');
    return { origin, apps: [first, ...others], close };
  },
  kindOf: trpcKindOf,
};
