import { ConfigurationError } from '../core/errors.js';

/** What is used of a client of ioredis, a single one or a Cluster. */
export interface IoredisClient {
  readonly defineCommand: unknown;
  eval(script: string, numberOfKeys: number, ...keysAndArgs: string[]): Promise<unknown>;
  evalsha(sha1: string, numberOfKeys: number, ...keysAndArgs: string[]): Promise<unknown>;
}

/** What is used of a client of node-redis 4 or later: of `createClient`, `createCluster` or `createSentinel`. */
export interface NodeRedisClient {
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  evalSha(sha1: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/**
 * A connected client of ioredis or node-redis, as the app has it.
 *
 * @example
 * ```ts
 * import type { Redis } from 'ioredis';
 * import type { RedisClientType } from 'redis';
 * import { redisSessions, type RedisClient } from 'trpc-jwt-auth/stores/redis';
 *
 * const storeOf = (client: Redis | RedisClientType) => redisSessions(client satisfies RedisClient);
 * ```
 */
export type RedisClient = IoredisClient | NodeRedisClient;

/** What every key of a store begins with. @throws ConfigurationError for what is no string */
export function keyPrefixOf(store: string, { keyPrefix = 'trpc-jwt-auth:' }: { readonly keyPrefix?: string }): string {
  if (typeof keyPrefix !== 'string') throw new ConfigurationError(`${store}: keyPrefix is ${JSON.stringify(keyPrefix)}; give a string.`);
  return keyPrefix;
}

/** Which of the two kinds a client is. */
export function isIoredis(client: RedisClient): client is IoredisClient {
  return 'defineCommand' in client;
}

/** Runs a script in Redis; all of its keys belong to one slot of a cluster. */
export type RedisEval = (script: string, keys: readonly string[], args: readonly string[]) => Promise<unknown>;

async function sha1Of(script: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(script));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Runs scripts by their hash, and sends the text to a node that does not know it. @throws ConfigurationError for what is no client */
export function redisEval(client: RedisClient): RedisEval {
  const run = runnerOf(client);
  const hashes = new Map<string, Promise<string>>();
  return async (script, keys, args) => {
    let hash = hashes.get(script);
    if (hash === undefined) hashes.set(script, (hash = sha1Of(script)));
    const sha1 = await hash;
    try {
      return await run.bySha1(sha1, [...keys], [...args]);
    } catch (error) {
      // Redis refuses an unknown hash before it runs anything: nothing is done twice.
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return run.byText(script, [...keys], [...args]);
    }
  };
}

type Run = (script: string, keys: string[], args: string[]) => Promise<unknown>;

function runnerOf(client: RedisClient): { bySha1: Run; byText: Run } {
  if (typeof client === 'object' && client !== null) {
    if (isIoredis(client)) {
      return {
        bySha1: (sha1, keys, args) => client.evalsha(sha1, keys.length, ...keys, ...args),
        byText: (script, keys, args) => client.eval(script, keys.length, ...keys, ...args),
      };
    }
    // node-redis 3, which takes callbacks, has no evalSha.
    if (typeof client.evalSha === 'function') {
      return {
        bySha1: (sha1, keys, args) => client.evalSha(sha1, { keys, arguments: args }),
        byText: (script, keys, args) => client.eval(script, { keys, arguments: args }),
      };
    }
  }
  throw new ConfigurationError('The Redis client is none that is known; give a client of ioredis, or one of node-redis 4 or later.');
}
