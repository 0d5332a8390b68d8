import process from 'node:process';

import { createApp } from './app.js';
import type { App } from './app.js';
import type { Outcome, Target } from './check.js';
import { nodeServers } from './node-servers.js';
import { passwordChecks } from './password-checks.js';
import { largeBodyCheck } from './rest-checks.js';
import { storeChecks } from './store-checks.js';
import { checkRuntime, checkServer } from './suite.js';

/** Serves an app, and gives the origin. */
type Serve = (app: App) => Promise<string> | string;

/** The whole suite in a runtime that is a process with Node's modules; prints the outcomes as a line of JSON. */
export async function runSuite(ownServers: Readonly<Record<string, Serve>> = {}): Promise<void> {
  const outcomes: Outcome[] = [];
  const targets: Target[] = [];
  for (const [name, serve] of Object.entries({ ...ownServers, ...nodeServers })) {
    const target = { origin: await serve(createApp()), hasNode: true, clientAddress: '127.0.0.1' };
    targets.push(target);
    outcomes.push(...(await checkServer(name, target, [largeBodyCheck])));
  }
  for (const target of targets.slice(0, 1)) outcomes.push(...(await checkRuntime(target, [...passwordChecks, ...storeChecks])));
  process.stdout.write(`${JSON.stringify(outcomes)}\n`, () => process.exit());
}
