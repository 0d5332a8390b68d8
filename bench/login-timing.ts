/** How long refused logins take, by reason: `npx tsx bench/login-timing.ts [rounds]`. Ratios near 1 are the point. */
import { cpus } from 'node:os';
import { performance } from 'node:perf_hooks';

import { hashPassword, passwordAuthenticator, type UserWithHash } from '../src/passwords/index.js';

interface User {
  readonly id: number;
  readonly username: string;
  readonly isActive: boolean;
}

const PASSWORD = 'testpass123';
/** Of the same password, by Django 4.0 to 5.0 (p = 1). */
const DJANGO_HASH =
  'scrypt$16384$Zq8mK2xRt4vWn7yB0cEf1g$8$1$B+8lh4UN6WRyNGY5278AJ6E/b4j0bFMhKJXdDBkmsBqZNBAKaZzVosDbdN1QqB2YxrLikVW4BCqzLTrpkrp1Og==';

const passwordHash = await hashPassword(PASSWORD);
const rows = new Map<string, UserWithHash<User>>([
  ['active', { user: { id: 1, username: 'active', isActive: true }, passwordHash }],
  ['disabled', { user: { id: 2, username: 'disabled', isActive: false }, passwordHash }],
  ['django', { user: { id: 3, username: 'django', isActive: true }, passwordHash: DJANGO_HASH }],
  ['unusable', { user: { id: 4, username: 'unusable', isActive: true }, passwordHash: '!unusable' }],
]);
const authenticate = passwordAuthenticator({ find: (username) => rows.get(username) });

const cases = [
  { name: 'wrong password', username: 'active', password: 'wrong' },
  { name: 'unknown user', username: 'nobody', password: PASSWORD },
  { name: 'disabled, wrong password', username: 'disabled', password: 'wrong' },
  { name: 'disabled, right password', username: 'disabled', password: PASSWORD },
  { name: 'wrong password, Django p=1', username: 'django', password: 'wrong' },
  { name: 'unusable hash', username: 'unusable', password: PASSWORD },
  { name: 'password of 1 MB', username: 'active', password: 'x'.repeat(2 ** 20) },
];

const rounds = Number(process.argv[2] ?? 60);
if (!Number.isSafeInteger(rounds) || rounds < 1) throw new RangeError('give a whole number of rounds');
const timesMs = new Map<string, number[]>(cases.map(({ name }) => [name, []]));

// Interleaved, the first one moving on each round: a machine that slows down then slows every case alike.
for (let round = -2; round < rounds; round += 1) {
  const shift = (round + 2) % cases.length;
  for (const { name, username, password } of [...cases.slice(shift), ...cases.slice(0, shift)]) {
    const start = performance.now();
    await authenticate({ username, password });
    const tookMs = performance.now() - start;
    if (round >= 0) timesMs.get(name)?.push(tookMs);
  }
}

function quantile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

const baselineMs = quantile(timesMs.get('wrong password') ?? [], 0.5);
console.log(`${cpus()[0]?.model ?? 'unknown CPU'} x ${cpus().length}, Node ${process.version}, ${rounds} rounds`);
for (const [name, times] of timesMs) {
  const medianMs = quantile(times, 0.5);
  console.log(
    `${name.padEnd(27)} median ${medianMs.toFixed(1).padStart(6)} ms   p10 ${quantile(times, 0.1).toFixed(1)}   p90 ${quantile(times, 0.9).toFixed(1)}   ` +
      `x ${(medianMs / baselineMs).toFixed(3)} of a wrong password`,
  );
}
