import { fetchApp } from './fetch-app.js';
import { runSuite } from './process-suite.js';

interface BunServer {
  readonly port: number;
  readonly requestIP: (request: Request) => { readonly address: string } | null;
}

declare const Bun: {
  readonly serve: (options: { hostname: string; port: number; fetch: (request: Request, server: BunServer) => Promise<Response> }) => BunServer;
};

await runSuite({
  'Bun.serve': (app) => {
    const serve = fetchApp(app);
    const { port } = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: (request, server) => serve(request, { address: server.requestIP(request)?.address }) });
    return `http://127.0.0.1:${port}`;
  },
});
