import { execFile } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const SOURCES = ['client', 'example-app/page', 'example-app/vite.config.ts', 'package-lock.json'];

function changedAt(path: string): number {
  const stats = statSync(path);
  return stats.isDirectory() ? Math.max(...readdirSync(path).map((name) => changedAt(join(path, name)))) : stats.mtimeMs;
}

/** Builds the example app's page as `npm start` does, unless it is newer than what it is made of. */
export default async function buildPage(): Promise<void> {
  const index = join(root, 'example-app/dist/index.html');
  const isCurrent = existsSync(index) && statSync(index).mtimeMs > Math.max(...SOURCES.map((path) => changedAt(join(root, path))));
  if (isCurrent) return;
  // Under a test's NODE_ENV the page would get React's development build.
  const env = { ...process.env, NODE_ENV: 'production' };
  await promisify(execFile)(process.execPath, ['node_modules/vite/bin/vite.js', 'build', '--config', 'example-app/vite.config.ts', '--logLevel', 'error'], { cwd: root, env });
}
