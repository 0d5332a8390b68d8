import { TRPCClientError } from '@trpc/client';
import type { TRPCDataTransformer } from '@trpc/server';

import { AuthClientError, clientError } from './auth-client-error.js';
import type { AuthClientErrorCode } from './auth-client-error.js';
import type { ServerFetch } from './requests.js';
import type { Call } from './transport.js';

interface ErrorData {
  readonly authCode?: AuthClientErrorCode | null;
  readonly fieldErrors?: Record<string, string[]> | null;
  readonly retryAfterSeconds?: number | null;
}

/** Where and how an app's tRPC router is served. */
export interface TrpcServer {
  readonly url: string;
  /** The authentication router's place in it. */
  readonly path: string;
  readonly pathSeparator: string;
  /** Of what is sent. */
  readonly input: TRPCDataTransformer;
  /** Of what is answered. */
  readonly output: TRPCDataTransformer;
}

/**
 * Carries operations as procedure calls, one request each (tRPC, "HTTP RPC Specification"): never in a batch with the app's calls, nor in
 * a stream, which cannot set cookies.
 */
export function trpcCall({ url, path, pathSeparator, input: sent, output: answered }: TrpcServer, fetch: ServerFetch): Call {
  return async (operation, input, { headers, signal = null }) => {
    const procedure = (path && `${path}.`) + operation;
    const request =
      operation === 'me' || operation === 'sessions.list'
        ? { headers }
        : { method: 'POST', headers: { ...headers, 'Content-Type': 'application/json' }, body: JSON.stringify(sent.serialize(input)) };
    try {
      const response = await fetch(url.replace(/\/?(\?|$)/, `/${procedure.replaceAll('.', pathSeparator)}$1`), { ...request, signal });
      const { result, error } = (await response.json()) as { result?: { data: unknown }; error?: object };
      if (!error) return answered.deserialize(result?.data) as unknown;
      throw TRPCClientError.from({ error: answered.deserialize(error) as object }, { meta: { response } });
    } catch (error) {
      const data = (error as { data?: ErrorData }).data;
      if (!data) throw signal?.aborted ? error : clientError(error);
      throw new AuthClientError(data.authCode ?? 'SERVER_ERROR', (error as Error).message, { ...data, cause: error });
    }
  };
}
