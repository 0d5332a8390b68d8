import { performance } from 'node:perf_hooks';

import { createJwtAuth, secretKey } from 'trpc-jwt-auth';

import { token } from '../cases/tokens.js';
import { heapBytesInUse } from '../harness/heap.js';
import { percentile } from '../harness/statistics.js';
import { port, SECRET } from '../servers/account.js';
import { tellMeasured } from './measuring-process.js';

/* Verifies so many distinct tokens, and measures what the cache of them costs. */

/** What one number of tokens came to. */
export interface CachedTokens {
  /** Of a token that was verified before, one after the other. */
  readonly hitMicroseconds: number;
  /** Of a token's first verification, many under way at once. */
  readonly firstMicroseconds: number;
  /** What the heap grew by. */
  readonly heapBytes: number;
}

const AT_ONCE = 64;
const MOST_RECENT = 5000;
const HITS_A_PASS = 5000;
const PASSES = 21;
const WARM_UP_TOKENS = 3000;
const WARM_UP_PASSES = 4;

// Without limits on guessing: their counts in memory have room for many from the start, which is no part of this.
const newAuth = () => createJwtAuth({ keys: secretKey(SECRET), users: port, throttle: false });
type Auth = ReturnType<typeof newAuth>;

/** As a request brings it: a string of its own, which the cache has yet to hash and to compare. */
const received = (text: string): string => Buffer.from(text, 'latin1').toString('latin1');

/** Verifies new tokens, each a second time, from when it is kept, and notes the latest ones. */
async function verifyAll(auth: Auth, count: number, firstNumber: number, recent: string[]): Promise<number> {
  let tookMs = 0;
  for (let at = 0; at < count; at += AT_ONCE) {
    const batch = Array.from({ length: Math.min(AT_ONCE, count - at) }, (_, index) => received(token(firstNumber + at + index)));
    const start = performance.now();
    await Promise.all(batch.map((each) => auth.verifyToken(each)));
    tookMs += performance.now() - start;
    await Promise.all(batch.map((each) => auth.verifyToken(each)));
    for (const [index, each] of batch.entries()) recent[(at + index) % MOST_RECENT] = each;
  }
  return (tookMs * 1000) / count;
}

async function hitPass(auth: Auth, recent: readonly string[]): Promise<number> {
  const requests = Array.from({ length: HITS_A_PASS }, (_, index) => received(recent[index % recent.length] ?? ''));
  const start = performance.now();
  for (const each of requests) await auth.verifyToken(each);
  return ((performance.now() - start) * 1000) / HITS_A_PASS;
}

async function hits(auth: Auth, recent: readonly string[], passes: number): Promise<number> {
  const took: number[] = [];
  for (let pass = 0; pass < passes; pass += 1) took.push(await hitPass(auth, recent));
  return percentile(took, 0.5);
}

/** Compiles what is measured, with a cache that is dropped: compiled code is on the heap too. */
async function warmUp(): Promise<void> {
  const auth = newAuth();
  const recent: string[] = [];
  // Of numbers that are not measured.
  await verifyAll(auth, WARM_UP_TOKENS, -WARM_UP_TOKENS, recent);
  await hits(auth, recent, WARM_UP_PASSES);
}

await tellMeasured<CachedTokens>(async () => {
  const count = Number(process.argv[2]);
  await warmUp();
  const before = heapBytesInUse();
  const auth = newAuth();
  const recent: string[] = [];
  const firstMicroseconds = await verifyAll(auth, count, 0, recent);
  // The tokens noted are the strings that the cache has, so they count once.
  const heapBytes = heapBytesInUse() - before;
  return { hitMicroseconds: await hits(auth, recent, PASSES), firstMicroseconds, heapBytes };
});
