import { setImmediate as afterOtherWork } from 'node:timers/promises';

import { createJwtAuth, secretKey } from 'trpc-jwt-auth';
import { hashPassword, passwordAuthenticator } from 'trpc-jwt-auth/passwords';

import { percentile } from './harness/statistics.js';

/** How long verifications took, one after another, each token new. */
export interface Verifications {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly mostMs: number;
}

/** What the process says when it is done. */
export interface Flooded {
  readonly idle: Verifications;
  readonly flooded: Verifications;
}

/* Verifies tokens, first with nothing beside it and then while logins are in flight: the hash in the table, how many logins, for how long. */

const [passwordHash = '', logins = '', forMs = ''] = process.argv.slice(2);
const LOGINS = Number(logins);
const FOR_MS = Number(forMs);
const TOKENS = 300;

const user = { id: 1, username: 'ada', isActive: true };
const storedHash = passwordHash === '' ? await hashPassword('engine') : passwordHash;
const authenticate = passwordAuthenticator({ find: () => ({ user, passwordHash: storedHash }), storedHashes: [storedHash] });
const auth = createJwtAuth({ keys: secretKey('0123456789abcdef0123456789abcdef'), users: { authenticate, findByUsername: () => user } });

async function verify(forMs: number): Promise<Verifications> {
  const took: number[] = [];
  const until = performance.now() + forMs;
  while (performance.now() < until) {
    for (const token of await Promise.all(Array.from({ length: TOKENS }, () => auth.issueToken(user)))) {
      const started = performance.now();
      await auth.verifyToken(token);
      took.push(performance.now() - started);
      // As requests do, they come between other work, not in one breath.
      await afterOtherWork();
    }
  }
  return { p50Ms: percentile(took, 0.5), p99Ms: percentile(took, 0.99), mostMs: percentile(took, 1) };
}

async function logInAgainAndAgain(): Promise<never> {
  for (;;) if ((await authenticate({ username: user.username, password: 'wrong' })) !== null) throw new Error('a wrong password was taken');
}

await verify(FOR_MS);
const idle = await verify(FOR_MS);
for (let login = 0; login < LOGINS; login += 1) void logInAgainAndAgain();
// The first of them begin, and take what memory they need.
await verify(FOR_MS / 4);
const flooded = await verify(FOR_MS);
await afterOtherWork();
if (authenticate.pendingLogins !== LOGINS) throw new Error(`${authenticate.pendingLogins} logins are in flight, and not ${LOGINS}`);
process.send?.({ idle, flooded } satisfies Flooded);
