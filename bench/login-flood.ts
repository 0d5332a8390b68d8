/**
 * How long a token's verification takes while logins flood in: `npx tsx bench/login-flood.ts [rounds] [format …]`. The ratio of the p99s is the point.
 * Formats: argon2 pbkdf2_sha256 scrypt bcrypt mixed; without any, the first three.
 */
import { cpus } from 'node:os';
import { performance } from 'node:perf_hooks';

import { createJwtAuth, secretKey } from '../src/index.js';
import { hashPassword, passwordAuthenticator } from '../src/passwords/index.js';

const TOKENS = 300;
const LOGINS = 200;

/** As Django writes them, at its own costs: 3.2's, and for pbkdf2_sha256 the iterations of 5.2 (of whatever password: all logins are wrong). */
const FORMATS: Record<string, string[]> = {
  argon2: ['argon2$argon2id$v=19$m=102400,t=2,p=8$RlpIZnVQTndzMkM2MXd1VE9KNnZodA$TD5qoIpKxxyAb5oqx31/Jw'],
  pbkdf2_sha256: ['pbkdf2_sha256$1000000$2zUuviJwOxlyfJSntPnRa1$D7XqZ5PPpASH+yF7S+mrIN2RgcO2U9ATdqpC52cFg9M='],
  scrypt: [await hashPassword('testpass123')],
  bcrypt: ['bcrypt$$2b$12$UywMAvOTHk590V6SDIUaBudD7aVbIYV2sWCPBl.G9oplbv5rSMqh6'],
};
FORMATS['mixed'] = Object.values(FORMATS).flat();

const user = { id: 1, username: 'ada', isActive: true };

interface Scene {
  readonly format: string;
  readonly login: () => Promise<unknown>;
  readonly pending: () => number;
  readonly verify: () => Promise<number[]>;
  readonly flooded: number[];
}

function scene(format: string): Scene {
  const storedHashes = FORMATS[format];
  if (storedHashes === undefined) throw new RangeError(`there is no format ${format}; there are ${Object.keys(FORMATS).join(', ')}`);
  const authenticate = passwordAuthenticator({ find: () => ({ user, passwordHash: storedHashes[0] ?? null }), storedHashes });
  const auth = createJwtAuth({ keys: secretKey('0123456789abcdef0123456789abcdef'), users: { authenticate, findByUsername: () => user } });

  /** Milliseconds of each of many verifications, one after another, every token new. */
  async function verify(): Promise<number[]> {
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

  return { format, login: () => authenticate({ username: 'ada', password: 'wrong' }), pending: () => authenticate.pendingLogins, verify, flooded: [] };
}

function percentile(times: readonly number[], share: number): number {
  return [...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))] ?? NaN;
}

const [first = '5', ...named] = process.argv.slice(2);
const rounds = Number(first);
if (!Number.isSafeInteger(rounds) || rounds < 1) throw new RangeError('give a whole number of rounds');
const scenes = (named.length > 0 ? named : ['argon2', 'pbkdf2_sha256', 'scrypt']).map(scene);
const idle: number[] = [];
for (const { login, verify } of scenes) await Promise.all([login(), verify()]);

// Interleaved: a machine that slows down then slows every case alike.
for (let round = 1; round <= rounds; round += 1) {
  for (const { format, login, pending, verify, flooded } of scenes) {
    idle.push(...(await verify()));
    const flood = Promise.all(Array.from({ length: LOGINS }, login));
    while (pending() > LOGINS - 3) flooded.push(...(await verify()));
    if (pending() === 0) throw new Error('the flood ended before the verifications did; give it more logins');
    await flood;
    process.stderr.write(`round ${round} of ${rounds}, ${format}\r`);
  }
}

console.log(`${cpus()[0]?.model.trim() ?? 'unknown processor'} x ${cpus().length}, Node ${process.version}, ${rounds} rounds, ${LOGINS} logins in flight`);
for (const [name, times] of [['idle', idle], ...scenes.map(({ format, flooded }) => [`flood: ${format}`, flooded] as const)] as const) {
  const p99 = percentile(times, 0.99);
  console.log(
    `${name.padEnd(21)} median ${percentile(times, 0.5).toFixed(2)} ms   p99 ${p99.toFixed(2)} ms   most ${Math.max(...times).toFixed(2)} ms` +
      `   p99 x ${(p99 / percentile(idle, 0.99)).toFixed(1)} of idle   ${times.length} verifications`,
  );
}
