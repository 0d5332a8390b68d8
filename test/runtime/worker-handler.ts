import { createApp } from './app.js';
import type { Check, Outcome } from './check.js';
import { fetchApp } from './fetch-app.js';
import { checkRuntime, checkServer } from './suite.js';

/** What a Worker exports. */
export interface Handler {
  readonly fetch: (request: Request) => Promise<Response>;
}

/** A Worker that serves the app and, when asked for /outcomes/, calls itself over the network. */
export function workerHandler(options: { readonly hasNode: boolean; readonly checks: readonly Check[] }): Handler {
  const serve = fetchApp(createApp());
  return {
    fetch: async (request) => {
      const { origin, pathname } = new URL(request.url);
      // Not behind Cloudflare, nothing says where a request is from.
      if (pathname !== '/outcomes/') return serve(request, { address: undefined });
      const target = { origin, hasNode: options.hasNode, clientAddress: null };
      const outcomes: Outcome[] = [...(await checkServer('fetch', target)), ...(await checkRuntime(target, options.checks))];
      return Response.json(outcomes);
    },
  };
}
