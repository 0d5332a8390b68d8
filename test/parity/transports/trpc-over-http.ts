import { createTRPCUntypedClient, httpBatchLink, TRPCClientError } from '@trpc/client';
import superjson from 'superjson';
import type { FieldErrors } from 'trpc-jwt-auth';

import { parseSetCookie } from '../transport.js';
import type { Accepted, CallHeaders, OperationsWithMe, Outcome } from '../transport.js';
import type { authApp } from './trpc-router.js';

type App = ReturnType<typeof authApp>;

interface ErrorData {
  code: string;
  httpStatus: number;
  authCode: string | null;
  fieldErrors: FieldErrors | null;
}

/** The procedures at a URL, whatever serves them, called by tRPC's own client. */
export function trpcOperations(url: string): OperationsWithMe {
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
