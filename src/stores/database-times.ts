import { PostgresAdapter, sql } from 'kysely';
import type { QueryExecutorProvider, RawBuilder } from 'kysely';

type Time = (now: number) => RawBuilder<number | string>;

/** Whether a Kysely instance speaks to a PostgreSQL. */
export function isPostgres(db: QueryExecutorProvider): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}

/**
 * The later and the earlier of a server's time and the database's; SQLite runs on the server's own clock.
 * What has ended for either is refused, and only what has ended for both is deleted: a server whose clock is ahead ends nothing for the others.
 */
export function timesOf(db: QueryExecutorProvider): { laterOf: Time; earlierOf: Time } {
  if (!isPostgres(db)) return { laterOf: (now) => sql`${now}`, earlierOf: (now) => sql`${now}` };
  const own = sql`(extract(epoch from clock_timestamp()) * 1000)::bigint`;
  return { laterOf: (now) => sql`greatest(${now}::bigint, ${own})`, earlierOf: (now) => sql`least(${now}::bigint, ${own})` };
}
