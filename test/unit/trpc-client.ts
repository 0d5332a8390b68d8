import { createTRPCUntypedClient, httpBatchLink, httpBatchStreamLink, TRPCClientError } from '@trpc/client';
import type { AnyTRPCRouter } from '@trpc/server';
import { createExpressMiddleware } from '@trpc/server/adapters/express';
import express from 'express';
import superjson from 'superjson';
import type { AuthContext } from 'trpc-jwt-auth';
import { expressContext } from 'trpc-jwt-auth/express';
import type { CreateExpressContextOptions } from '@trpc/server/adapters/express';

import { listen } from '../parity/listening.js';
import type { Scene } from '../parity/scene.js';

type Middleware = Parameters<typeof createExpressMiddleware>[0];

export interface TRPCServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Serves a router on Express, with our context. */
export async function serveTRPC(router: AnyTRPCRouter, auth: ReturnType<Scene['auth']>, options: Partial<Middleware> = {}): Promise<TRPCServer> {
  const createContext: (options: CreateExpressContextOptions) => Promise<AuthContext> = expressContext(auth);
  const { origin, close } = await listen(express().use('/trpc', createExpressMiddleware({ router, createContext, ...options })));
  return { url: `${origin}/trpc`, close };
}

/** What came back of one HTTP request of a client. */
export interface Traffic {
  status: number;
  setCookies: string[];
  text: string;
  cacheControl: string | null;
}

export interface Client {
  readonly query: (path: string, input?: unknown) => Promise<unknown>;
  readonly mutation: (path: string, input?: unknown) => Promise<unknown>;
  /** The HTTP answers so far. */
  readonly traffic: readonly Traffic[];
}

/** tRPC's own client, with superjson or without, batching or streaming. */
export function clientOf(url: string, headers: Record<string, string> = {}, mode: 'batch' | 'stream' | 'plain' = 'batch'): Client {
  const traffic: Traffic[] = [];
  const watched = async (target: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const response = await fetch(target, init);
    const { status } = response;
    const text = await response.clone().text();
    traffic.push({ status, setCookies: response.headers.getSetCookie(), text, cacheControl: response.headers.get('cache-control') });
    return response;
  };
  // Which transformer a router of unknown type wants is not to be known.
  const options = { url, headers, fetch: watched, ...(mode !== 'plain' && { transformer: superjson }) } as never;
  const link = mode === 'stream' ? httpBatchStreamLink(options) : httpBatchLink(options);
  const client = createTRPCUntypedClient({ links: [link] });
  return { query: (path, input) => client.query(path, input), mutation: (path, input) => client.mutation(path, input), traffic };
}

/** The error data of a call that fails. */
export async function errorOf(call: Promise<unknown>): Promise<{ message: string; data: Record<string, unknown> }> {
  try {
    await call;
  } catch (error) {
    if (error instanceof TRPCClientError) return { message: error.message, data: error.data as Record<string, unknown> };
    throw error;
  }
  throw new Error('the call went well');
}
