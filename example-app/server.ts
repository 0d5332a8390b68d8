import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { createApp } from './app.js';
import { djangoProject } from './django-project.js';
import type { DjangoProject } from './django-project.js';

const wantedPort = Number(process.env.PORT || 8000);
const host = process.env.HOST || '127.0.0.1';
const [mode, djangoFile] = process.argv.slice(2);
const django = readDjangoProject();
const databaseFile = process.env.DATABASE_FILE || fileURLToPath(new URL(django === undefined ? 'data/app.sqlite3' : 'data/from-django.sqlite3', import.meta.url));

/** The secret from the environment, else one made at the first start and kept: tokens outlive a restart. */
function readSecret(): string {
  if (process.env.JWT_SECRET !== undefined) return process.env.JWT_SECRET;
  const file = join(dirname(databaseFile), 'jwt-secret');
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, randomBytes(48).toString('base64'), { mode: 0o600 });
  }
  return readFileSync(file, 'utf8');
}

/** A host to type into a browser; one that means every interface, or this machine, is localhost there. */
function hostInUrl(): string {
  if (['127.0.0.1', '0.0.0.0', '::', '::1'].includes(host)) return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

function readDjangoProject(): DjangoProject | undefined {
  if (mode !== '--from-django') return undefined;
  try {
    return djangoProject(djangoFile, process.env.DJANGO_SETTINGS || undefined);
  } catch (error) {
    return giveUp(error);
  }
}

function giveUp(error: unknown): never {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

const { app, sessionsPlace, close } = await createApp({
  databaseFile,
  secret: readSecret(),
  redisUrl: process.env.REDIS_URL || undefined,
  databaseUrl: process.env.DATABASE_URL || undefined,
  trustedProxies: Number(process.env.TRUSTED_PROXIES || 0),
  tokenSeconds: Number(process.env.TOKEN_SECONDS || 300),
  cookieMode: process.env.COOKIE_MODE === '1',
  django,
  log: (line) => console.log(line),
}).catch(giveUp);
const server = createServer(app);

server.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EADDRINUSE') throw error;
  console.error(`Port ${wantedPort} is taken. Stop what runs there, or start on another one: PORT=${wantedPort + 1} npm start`);
  process.exit(1);
});

server.listen(wantedPort, host, () => {
  const { port } = server.address() as AddressInfo;
  const url = `http://${hostInUrl()}:${port}`;
  console.log(`
The example app runs at ${url}${djangoFile === undefined ? ' (testuser / testpass123)' : ''}
${django === undefined ? `Users and notes: ${databaseFile}` : `Users of Django: ${django.databaseFile}\nNotes: ${databaseFile}`}
Sessions and limits: ${sessionsPlace}

Try, in a shell:

  TOKEN=$(curl -s ${url}/api-token-auth/ -d 'username=testuser&password=testpass123' | sed 's/.*"token":"\\([^"]*\\)".*/\\1/'); echo "$TOKEN"
  curl -s ${url}/api-token-verify/ -d "token=$TOKEN"
  curl -s ${url}/api/protected-endpoint/ -H "Authorization: JWT $TOKEN"
`);
});

const LONGEST_GOODBYE_MS = 3000;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    // Answers under way are finished, connections at rest are closed; a client that keeps reading does not keep us.
    setTimeout(() => server.closeAllConnections(), LONGEST_GOODBYE_MS).unref();
    server.close(() => void close().then(() => process.exit(0)));
  });
}
