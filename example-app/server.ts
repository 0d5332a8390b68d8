import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { createApp } from './app.js';

const port = Number(process.env.PORT ?? 8000);
const host = process.env.HOST ?? '127.0.0.1';
const databaseFile = process.env.DATABASE_FILE ?? fileURLToPath(new URL('data/app.sqlite3', import.meta.url));

/** The secret from the environment, else one made at the first start and kept: tokens outlive a restart. */
function readSecret(): string {
  if (process.env.JWT_SECRET !== undefined) return process.env.JWT_SECRET;
  const file = join(dirname(databaseFile), 'jwt-secret');
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, randomBytes(48).toString('base64'), { mode: 0o600 });
  }
  return readFileSync(file, 'utf8');
}

const { app, close } = await createApp({ databaseFile, secret: readSecret() });
const server = createServer(app);

server.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EADDRINUSE') throw error;
  console.error(`Port ${port} is taken. Stop what runs there, or start on another one: PORT=8001 npm start`);
  process.exit(1);
});

server.listen(port, host, () => {
  const url = `http://localhost:${port}`;
  console.log(`
The example app runs at ${url} (testuser / testpass123)
Data: ${databaseFile}

Try, in a shell:

  TOKEN=$(curl -s ${url}/api-token-auth/ -d 'username=testuser&password=testpass123' | sed 's/.*"token":"\\([^"]*\\)".*/\\1/'); echo "$TOKEN"
  curl -s ${url}/api-token-verify/ -d "token=$TOKEN"
  curl -s ${url}/api/protected-endpoint/ -H "Authorization: JWT $TOKEN"
`);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    server.close(() => void close().then(() => process.exit(0)));
    server.closeAllConnections();
  });
}
