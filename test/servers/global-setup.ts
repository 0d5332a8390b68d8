import type { TestProject } from 'vitest/node';

import { orNotRun } from './not-run.js';
import { postgresAnswers, startPostgres } from './postgres-server.js';
import { redisAnswers, startRedis } from './redis-server.js';
import type { ServerProcess } from './server-process.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A Redis that may be somebody's: use keys of a random prefix. Null where there is none. */
    redisUrl: string | null;
    /** A PostgreSQL that may be somebody's: use `openSchema`. Null where there is none. */
    databaseUrl: string | null;
  }
}

const LOCAL_REDIS = 6379;
const LOCAL_POSTGRES = 'postgres://postgres@127.0.0.1:5432/postgres';

/** Sees to a Redis and a PostgreSQL for the tests: those of the environment, of this machine, or its own. */
export default async function provideServers(project: TestProject): Promise<() => Promise<void>> {
  const own: ServerProcess[] = [];

  const start = async (name: string, starts: () => Promise<ServerProcess>): Promise<string | null> => {
    const server = await orNotRun(starts, `what is tested with ${name}`);
    if (server !== null) own.push(server);
    return server?.url ?? null;
  };
  const redisUrl = async (): Promise<string | null> => {
    if (process.env.REDIS_URL !== undefined) return process.env.REDIS_URL;
    return (await redisAnswers(LOCAL_REDIS)) ? `redis://127.0.0.1:${LOCAL_REDIS}` : start('Redis', startRedis);
  };
  const databaseUrl = async (): Promise<string | null> => {
    if (process.env.DATABASE_URL !== undefined) return process.env.DATABASE_URL;
    return (await postgresAnswers(LOCAL_POSTGRES)) ? LOCAL_POSTGRES : start('PostgreSQL', startPostgres);
  };

  const stop = async (): Promise<void> => {
    await Promise.all(own.map((server) => server.stop()));
  };
  const [redis, database] = await Promise.allSettled([redisUrl(), databaseUrl()]);
  if (redis.status === 'rejected' || database.status === 'rejected') {
    await stop();
    throw redis.status === 'rejected' ? redis.reason : (database as PromiseRejectedResult).reason;
  }
  project.provide('redisUrl', redis.value);
  project.provide('databaseUrl', database.value);
  return stop;
}
