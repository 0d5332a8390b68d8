/** How long a token's verification takes while logins flood in: `npx tsx bench/login-flood.ts [rounds]`. The ratio of the p99s is the point. */
import { cpus } from 'node:os';
import { performance } from 'node:perf_hooks';

import { createJwtAuth, secretKey } from '../src/index.js';
import { hashPassword, passwordAuthenticator } from '../src/passwords/index.js';

const TOKENS = 300;
const LOGINS = 50;

const user = { id: 1, username: 'ada', isActive: true };
const passwordHash = await hashPassword('testpass123');
const authenticate = passwordAuthenticator({ find: () => ({ user, passwordHash }) });
const auth = createJwtAuth({ keys: secretKey('0123456789abcdef0123456789abcdef'), users: { authenticate, findByUsername: () => user } });

/** Milliseconds of each of many verifications, one after another, every token new. */
async function verifications(): Promise<number[]> {
  const tokens = await Promise.all(Array.from({ length: TOKENS }, () => auth.issueToken(user)));
  const times: number[] = [];
  for (const token of tokens) {
    const started = performance.now();
    await auth.verifyToken(token);
    times.push(performance.now() - started);
    // As requests do, they come between other work, not in one breath.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return times;
}

function percentile(times: readonly number[], share: number): number {
  return [...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))] ?? NaN;
}

const rounds = Number(process.argv[2] ?? 5);
if (!Number.isSafeInteger(rounds) || rounds < 1) throw new RangeError('give a whole number of rounds');
const idle: number[] = [];
const flooded: number[] = [];
await verifications();
for (let round = 1; round <= rounds; round += 1) {
  idle.push(...(await verifications()));
  const flood = Promise.all(Array.from({ length: LOGINS }, () => authenticate({ username: 'ada', password: 'wrong' })));
  flooded.push(...(await verifications()));
  if (authenticate.pendingLogins === 0) throw new Error('the flood ended before the verifications did; give it more logins');
  await flood;
  process.stderr.write(`round ${round} of ${rounds}\r`);
}

console.log(`${cpus()[0]?.model.trim() ?? 'unknown processor'} x ${cpus().length}, Node ${process.version}, ${rounds} rounds of ${TOKENS} verifications, ${LOGINS} logins in flight`);
for (const [name, times] of [['idle', idle], ['under the flood', flooded]] as const) {
  console.log(`${name.padEnd(16)} median ${percentile(times, 0.5).toFixed(2)} ms   p99 ${percentile(times, 0.99).toFixed(2)} ms   most ${Math.max(...times).toFixed(2)} ms`);
}
console.log(`p99 under the flood / idle: ${(percentile(flooded, 0.99) / percentile(idle, 0.99)).toFixed(1)}`);
