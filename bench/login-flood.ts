import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

import type { Flooded } from './flooded-process.js';
import type { Benchmark, BenchmarkResult } from './harness/benchmark.js';
import type { RatioResult } from './harness/comparison.js';
import { figureText, rangeText } from './harness/figures.js';
import { spreadOf } from './harness/statistics.js';
import type { Pace } from './harness/turns.js';

const LOGINS = 50;
const SMOKE_LOGINS = 4;
const MOST_ROUNDS = 4;
const VERIFY_MS = 750;
const SMOKE_VERIFY_MS = 100;
const MOST = 5;

/** A hash as Django writes it, at its own costs: 3.2's, and for pbkdf2_sha256 the iterations of 5.2 (of whatever password: all logins are wrong). */
const STORED_HASHES = {
  argon2: 'argon2$argon2id$v=19$m=102400,t=2,p=8$RlpIZnVQTndzMkM2MXd1VE9KNnZodA$TD5qoIpKxxyAb5oqx31/Jw',
  pbkdf2_sha256: 'pbkdf2_sha256$1000000$2zUuviJwOxlyfJSntPnRa1$D7XqZ5PPpASH+yF7S+mrIN2RgcO2U9ATdqpC52cFg9M=',
  // The package's own: the process makes one.
  scrypt: '',
};

const entry = fileURLToPath(new URL('flooded-process.ts', import.meta.url));

/** In a process of its own, which is ended with its logins still in flight: to wait for them would take longer than to measure. */
async function flood(storedHash: string, logins: number, verifyMs: number): Promise<Flooded> {
  const child = fork(entry, [storedHash, String(logins), String(verifyMs)], { execArgv: ['--import', 'tsx'], serialization: 'advanced' });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the flooded process ended with ${String(code)}`);
  });
  const gone = ended.catch(() => undefined);
  try {
    return ((await Promise.race([once(child, 'message'), ended])) as [Flooded])[0];
  } finally {
    child.kill('SIGKILL');
    await gone;
  }
}

/** How much longer a token's verification takes while logins flood in. */
export const loginFlood: Benchmark = {
  name: 'login-flood',
  title: 'Verification of a token while logins flood in',
  run: async ({ rounds: wantedRounds, secondsARound }: Pace, progress): Promise<BenchmarkResult> => {
    const isSmoke = secondsARound < 0.5;
    const logins = isSmoke ? SMOKE_LOGINS : LOGINS;
    const rounds = isSmoke ? 1 : Math.min(wantedRounds, MOST_ROUNDS);
    const scenes = Object.entries(STORED_HASHES)
      .slice(0, isSmoke ? 1 : undefined)
      .map(([format, storedHash]) => ({ format, storedHash, made: [] as Flooded[] }));
    // Interleaved: a machine that slows down then slows every format alike.
    for (let round = 1; round <= rounds; round += 1) {
      for (const { format, storedHash, made } of scenes) {
        progress(`round ${round} of ${rounds}, ${format}`);
        made.push(await flood(storedHash, logins, isSmoke ? SMOKE_VERIFY_MS : VERIFY_MS));
      }
    }
    const rows = scenes.map(({ format, made }) => ({
      format,
      idle: spreadOf(made.map(({ idle }) => idle.p99Ms)),
      flooded: spreadOf(made.map(({ flooded }) => flooded.p99Ms)),
      floodedP50Ms: spreadOf(made.map(({ flooded }) => flooded.p50Ms)).median,
      idleP50Ms: spreadOf(made.map(({ idle }) => idle.p50Ms)).median,
      mostMs: Math.max(...made.map(({ flooded }) => flooded.mostMs)),
      ratio: spreadOf(made.map(({ idle, flooded }) => flooded.p99Ms / idle.p99Ms)),
    }));
    return {
      tables: [
        {
          columns: ['Format', 'Idle, p50 ms', 'p99 ms', 'Least–most', `${logins} logins in flight, p50 ms`, 'p99 ms', 'Least–most', 'Longest, ms'],
          rows: rows.map(({ format, idle, flooded, idleP50Ms, floodedP50Ms, mostMs }) => [
            format,
            ...[figureText(idleP50Ms), figureText(idle.median), rangeText(idle)],
            ...[figureText(floodedP50Ms), figureText(flooded.median), rangeText(flooded), figureText(mostMs)],
          ]),
        },
      ],
      charts: [
        {
          kind: 'bars',
          title: `Verification of a token, p99, idle and with ${logins} logins in flight`,
          unit: 'ms',
          bars: rows.flatMap(({ format, idle, flooded }) => [
            { label: `${format}, idle`, value: idle.median, least: idle.least, most: idle.most, isOurs: false },
            { label: `${format}, ${logins} logins`, value: flooded.median, least: flooded.least, most: flooded.most, isOurs: true },
          ]),
        },
      ],
      ratios: rows.map(({ format, ratio }): RatioResult => ({ of: `verification p99 with ${logins} ${format} logins in flight`, to: 'idle', most: MOST, ratio })),
      findings: rows.map(
        ({ format, idle, flooded, ratio }) =>
          `With ${logins} ${format} logins in flight on ${availableParallelism()} cores, the p99 of a verification is ${figureText(flooded.median)} ms, ${figureText(ratio.median)} times the ${figureText(idle.median)} ms of an idle process; ` +
          `wanted: at most ${MOST} times, ${ratio.median <= MOST ? 'reached' : 'missed'}.`,
      ),
    };
  },
};
