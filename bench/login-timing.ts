/** How long refused logins take in one table of several formats, by reason and format: `npx tsx bench/login-timing.ts [rounds]`. Ratios near 1 are the point. */
import { cpus } from 'node:os';
import { performance } from 'node:perf_hooks';

import { hashPassword, passwordAuthenticator, type UserWithHash } from '../src/passwords/index.js';

interface User {
  readonly id: number;
  readonly username: string;
  readonly isActive: boolean;
}

const PASSWORD = 'testpass123';
/** Of the same password, by Django: 3.2, and for scrypt 4.0 to 5.0 (p = 1). */
const DJANGO_HASHES = {
  pbkdf2_sha256: 'pbkdf2_sha256$260000$2zUuviJwOxlyfJSntPnRa1$D7XqZ5PPpASH+yF7S+mrIN2RgcO2U9ATdqpC52cFg9M=',
  pbkdf2_sha1: 'pbkdf2_sha1$260000$PKlI5GcXRMqZoqioXtRyWq$De4MS+6jJbx3bOWhs6ODRDd0cf8=',
  argon2: 'argon2$argon2id$v=19$m=102400,t=2,p=8$RlpIZnVQTndzMkM2MXd1VE9KNnZodA$TD5qoIpKxxyAb5oqx31/Jw',
  bcrypt: 'bcrypt$$2b$12$UywMAvOTHk590V6SDIUaBudD7aVbIYV2sWCPBl.G9oplbv5rSMqh6',
  // Of fewer rounds and of another password, which no refusal tells: it is made up to the 12 above.
  'bcrypt, 10 rounds': 'bcrypt$$2b$10$UywMAvOTHk590V6SDIUaBudD7aVbIYV2sWCPBl.G9oplbv5rSMqh6',
  bcrypt_sha256: 'bcrypt_sha256$$2b$12$T4hTU86tn4hsClAQAMbMCOjMWPYVoctwn5ieUL7JEp9yhYOWM2KyK',
  'scrypt, p 1': 'scrypt$16384$Zq8mK2xRt4vWn7yB0cEf1g$8$1$B+8lh4UN6WRyNGY5278AJ6E/b4j0bFMhKJXdDBkmsBqZNBAKaZzVosDbdN1QqB2YxrLikVW4BCqzLTrpkrp1Og==',
};

const passwordHash = await hashPassword(PASSWORD);
const rows = new Map<string, UserWithHash<User>>([
  ['active', { user: { id: 1, username: 'active', isActive: true }, passwordHash }],
  ['disabled', { user: { id: 2, username: 'disabled', isActive: false }, passwordHash }],
  ['unusable', { user: { id: 4, username: 'unusable', isActive: true }, passwordHash: '!unusable' }],
  ['malformed', { user: { id: 5, username: 'malformed', isActive: true }, passwordHash: 'pbkdf2_sha256$260000$salt$hash' }],
  ...Object.entries(DJANGO_HASHES).map(
    ([username, hash]): [string, UserWithHash<User>] => [username, { user: { id: 6, username, isActive: true }, passwordHash: hash }],
  ),
]);
const authenticate = passwordAuthenticator({ find: (username) => rows.get(username), storedHashes: Object.values(DJANGO_HASHES) });

const cases = [
  { name: 'wrong password', username: 'active', password: 'wrong' },
  { name: 'unknown user', username: 'nobody', password: PASSWORD },
  { name: 'disabled, wrong password', username: 'disabled', password: 'wrong' },
  { name: 'disabled, right password', username: 'disabled', password: PASSWORD },
  ...Object.keys(DJANGO_HASHES).map((username) => ({ name: `wrong, ${username}`, username, password: 'wrong' })),
  { name: 'unusable hash', username: 'unusable', password: PASSWORD },
  { name: 'malformed hash', username: 'malformed', password: PASSWORD },
  { name: 'password of 1 MB', username: 'active', password: 'x'.repeat(2 ** 20) },
];

const rounds = Number(process.argv[2] ?? 20);
if (!Number.isSafeInteger(rounds) || rounds < 1) throw new RangeError('give a whole number of rounds');
const timesMs = new Map<string, number[]>(cases.map(({ name }) => [name, []]));
/** Of the processor, which others' use of the machine touches less than the clock. */
const workMs = new Map<string, number[]>(cases.map(({ name }) => [name, []]));

// Interleaved, the first one moving on each round: a machine that slows down then slows every case alike.
for (let round = -1; round < rounds; round += 1) {
  const shift = (round + 1) % cases.length;
  for (const { name, username, password } of [...cases.slice(shift), ...cases.slice(0, shift)]) {
    const start = performance.now();
    const startWork = process.cpuUsage();
    await authenticate({ username, password });
    const tookMs = performance.now() - start;
    const { user, system } = process.cpuUsage(startWork);
    if (round < 0) continue;
    timesMs.get(name)?.push(tookMs);
    workMs.get(name)?.push((user + system) / 1000);
  }
}

function quantile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

const baselineWorkMs = quantile(workMs.get('wrong password') ?? [], 0.5);
const baselineMs = quantile(timesMs.get('wrong password') ?? [], 0.5);
console.log(`${cpus()[0]?.model ?? 'unknown CPU'} x ${cpus().length}, Node ${process.version}, ${rounds} rounds`);
for (const [name, times] of timesMs) {
  const medianMs = quantile(times, 0.5);
  const medianWorkMs = quantile(workMs.get(name) ?? [], 0.5);
  console.log(
    `${name.padEnd(27)} median ${medianMs.toFixed(1).padStart(6)} ms   p10 ${quantile(times, 0.1).toFixed(1)}   p90 ${quantile(times, 0.9).toFixed(1)}   ` +
      `x ${(medianMs / baselineMs).toFixed(3)} of a wrong password   processor ${medianWorkMs.toFixed(1)} ms x ${(medianWorkMs / baselineWorkMs).toFixed(3)}`,
  );
}
