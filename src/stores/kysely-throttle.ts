import { CompiledQuery, SelectQueryNode, TableNode } from 'kysely';
import type { Kysely, Migration } from 'kysely';
import { RateLimiterPostgres } from 'rate-limiter-flexible';

import type { Limiter, ThrottleStore } from '../core/throttle-store.js';
import { isPostgres } from './database-times.js';
import { flexibleLimiter } from './flexible-limiter.js';

/** The table of `throttleMigrations`; `expire` is epoch milliseconds. */
export interface AuthThrottleTable {
  key: string;
  points: number;
  expire: number | string | null;
}

/** A database with the throttle's table; an app's own database type may have more tables. */
export interface AuthThrottleDatabase {
  auth_throttle: AuthThrottleTable;
}

/**
 * The table's migrations for Kysely's Migrator, by version; applied once each, in order, never changed after a release.
 *
 * @example
 * ```ts
 * import { Migrator, type Kysely } from 'kysely';
 * import { sessionMigrations, throttleMigrations, type AuthSessionsDatabase, type AuthThrottleDatabase } from 'trpc-jwt-auth/stores/kysely';
 *
 * const migrations = { ...sessionMigrations, ...throttleMigrations };
 * const migrate = (db: Kysely<AuthSessionsDatabase & AuthThrottleDatabase>) =>
 *   new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations) } }).migrateToLatest();
 * ```
 */
export const throttleMigrations: Readonly<Record<string, Migration>> = {
  trpc_jwt_auth_0002_throttle: {
    up: async (db: Kysely<unknown>) => {
      // rate-limiter-flexible inserts without naming the columns: their order counts.
      await db.schema
        .createTable('auth_throttle')
        .addColumn('key', 'varchar(255)', (column) => column.primaryKey())
        .addColumn('points', 'integer', (column) => column.notNull())
        .addColumn('expire', 'bigint')
        .execute();
      await db.schema.createIndex('auth_throttle_expire').on('auth_throttle').column('expire').execute();
    },
    down: async (db: Kysely<unknown>) => {
      await db.schema.dropTable('auth_throttle').execute();
    },
  },
};

/** Of how many attempts one sweeps the table, on average, and how many rows at the most: many more than came since. */
const SWEPT_ONCE_IN = 100;
const SWEPT_AT_ONCE = 1000;
/** A server whose clock is ahead must not end the windows of others. */
const SWEPT_AFTER_MS = 3_600_000;

/** What any database keeps in its 255 characters, and compares byte by byte. */
const PLAIN_KEY = /^[\x21-\x7e]{1,200}$/;

async function rowKey(name: string, key: string): Promise<string> {
  const plain = `${encodeURIComponent(name)}:${key}`;
  if (PLAIN_KEY.test(plain)) return plain;
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify([name, key])));
  // No plain key looks like it: an encoded name has no number sign, and is followed by a colon.
  return `#${Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

interface CountRows {
  readonly rows: readonly { readonly points: number; readonly expire: number }[];
  readonly rowCount: number;
}

/** SQLite's drivers differ in what they take numbered placeholders for; a question mark they all know. */
function withQuestionMarks({ text, values }: Statement): Statement {
  const repeated: unknown[] = [];
  const rewritten = text.replaceAll(/\$(\d+)/g, (_placeholder, position: string) => {
    repeated.push(values[Number(position) - 1]);
    return '?';
  });
  return { text: rewritten, values: repeated };
}

/** What rate-limiter-flexible takes for a client of PostgreSQL. */
function clientOf(db: Kysely<AuthThrottleDatabase>): { query: (statement: Statement) => Promise<CountRows> } {
  const takesNumbers = isPostgres(db);
  return {
    query: async (statement) => {
      const { text, values } = takesNumbers ? statement : withQuestionMarks(statement);
      const { rows } = await db.executeQuery<Readonly<Record<keyof AuthThrottleTable, unknown>>>(CompiledQuery.raw(text, [...values]));
      // A driver may be set to give a bigint as a string or a BigInt, with which rate-limiter-flexible could not reckon.
      return { rows: rows.map(({ points, expire }) => ({ points: Number(points), expire: Number(expire) })), rowCount: rows.length };
    },
  };
}

/** The schema of an instance made by `withSchema`, of which rate-limiter-flexible's own statements know nothing. */
function schemaOf(db: Kysely<AuthThrottleDatabase>): string | undefined {
  const { query } = db.selectFrom('auth_throttle').select('key').compile();
  const table = SelectQueryNode.is(query) ? query.from?.froms[0] : undefined;
  return table !== undefined && TableNode.is(table) ? table.table.schema?.name : undefined;
}

/**
 * Limits in a SQL database, SQLite or PostgreSQL, for any number of processes; every verb is one statement.
 *
 * What has expired goes a thousand rows at a time, now and then when an attempt is counted: there is no timer.
 *
 * @param db - the app's Kysely instance, with `throttleMigrations` applied
 * @example
 * ```ts
 * import type { Kysely } from 'kysely';
 * import { kyselyThrottle, type AuthThrottleDatabase } from 'trpc-jwt-auth/stores/kysely';
 *
 * const storeOf = (db: Kysely<AuthThrottleDatabase>) => kyselyThrottle(db);
 * ```
 */
export function kyselyThrottle<Database extends AuthThrottleDatabase>(db: Kysely<Database>): ThrottleStore {
  // Within this file the database is nothing but its one table.
  const throttle = db as unknown as Kysely<AuthThrottleDatabase>;
  const schemaName = schemaOf(throttle);
  const table = {
    storeClient: clientOf(throttle),
    storeType: 'client',
    tableName: 'auth_throttle',
    ...(schemaName === undefined ? {} : { schemaName }),
    tableCreated: true,
    // By a timer, and without a word when it fails.
    clearExpiredByTimeout: false,
  };

  const sweep = async (): Promise<void> => {
    const before = Date.now() - SWEPT_AFTER_MS;
    let expired = throttle.selectFrom('auth_throttle').select('key').where('expire', '<=', before).limit(SWEPT_AT_ONCE);
    // Two sweeps that waited for each other's rows would be a deadlock.
    if (isPostgres(throttle)) expired = expired.forUpdate().skipLocked();
    await throttle.deleteFrom('auth_throttle').where('key', 'in', expired).execute();
  };

  return {
    limiter: (limit): Limiter => {
      const { name, attempts, windowSeconds } = limit;
      // Not rate-limiter-flexible's reward: where the window has ended, that one begins another at -1, a guess more than allowed.
      const giveBack = async (key: string): Promise<void> => {
        await throttle
          .updateTable('auth_throttle')
          .set(({ eb }) => ({
            // Refused attempts are counted as well; one that is given back makes room for one all the same.
            points: eb.case().when('points', '>', attempts).then(attempts - 1).else(eb('points', '-', 1)).end(),
            // The window of a key without attempts has ended, for the clock of any server.
            expire: attempts === 1 ? 0 : eb.case().when('points', '<=', 1).then(0).else(eb.ref('expire')).end(),
          }))
          .where('key', '=', key)
          .where('points', '>', 0)
          .where('expire', '>', Date.now())
          .execute();
      };
      const rows = flexibleLimiter(new RateLimiterPostgres({ ...table, keyPrefix: '', points: attempts, duration: windowSeconds }), limit, giveBack);
      return {
        consume: async (key) => {
          if (Math.random() * SWEPT_ONCE_IN < 1) await sweep();
          return rows.consume(await rowKey(name, key));
        },
        giveBack: async (key) => rows.giveBack(await rowKey(name, key)),
        mark: async (key) => rows.mark(await rowKey(name, key)),
        has: async (key) => rows.has(await rowKey(name, key)),
      };
    },
  };
}
