import { fetchApp } from './fetch-app.js';
import { runSuite } from './process-suite.js';

type Handler = (request: Request, info: { readonly remoteAddr: { readonly hostname: string } }) => Promise<Response>;

declare const Deno: {
  readonly serve: (options: { hostname: string; port: number; onListen: () => void }, handler: Handler) => { readonly addr: { readonly port: number } };
};

await runSuite({
  'Deno.serve': (app) => {
    const serve = fetchApp(app);
    // What is printed is the outcomes.
    const { addr } = Deno.serve({ hostname: '127.0.0.1', port: 0, onListen: () => undefined }, (request, { remoteAddr }) => serve(request, { address: remoteAddr.hostname }));
    return `http://127.0.0.1:${addr.port}`;
  },
});
