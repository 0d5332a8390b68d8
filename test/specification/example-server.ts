import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { createApp } from '../../example-app/app.js';
import type { AppOptions } from '../../example-app/app.js';

export interface ExampleServer {
  readonly port: number;
  readonly url: string;
  readonly databaseFile: string;
  readonly close: () => Promise<void>;
}

export const SECRET = 'a-secret-for-the-example-app-of-40-bytes';

/** The example app on a database of its own, or on one that an earlier server left behind. */
export async function startExample(databaseFile?: string, { port: wantedPort = 0, ...options }: Omit<AppOptions, 'databaseFile' | 'secret'> & { port?: number } = {}): Promise<ExampleServer> {
  const file = databaseFile ?? join(await mkdtemp(join(tmpdir(), 'trpc-jwt-auth-example-')), 'app.sqlite3');
  const { app, close } = await createApp({ ...options, databaseFile: file, secret: SECRET });
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(wantedPort, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    databaseFile: file,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await close();
      if (databaseFile === undefined) await rm(dirname(file), { recursive: true, force: true });
    },
  };
}
