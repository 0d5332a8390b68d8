import { availableParallelism } from 'node:os';

import pLimit from 'p-limit';

import { AuthError, ConfigurationError } from '../core/errors.js';
import type { AuthUser, Credentials, MaybePromise, ReportError } from '../core/ports.js';
import { guardedReport, systemReport } from '../core/report.js';
import { LoginCost, MOST_KINDS } from './login-cost.js';
import { hashPassword, needsRehash } from './password-hash.js';
import { readHash } from './stored-hash.js';

/** A user and, beside it, the stored hash: a pair, so that the hash never travels on the user object into a context, a log or an answer. */
export interface UserWithHash<User extends AuthUser> {
  readonly user: User;
  /** As `hashPassword` or Django wrote it; null for an account without a password. */
  readonly passwordHash: string | null;
}

/** What `passwordAuthenticator` takes. */
export interface PasswordAuthenticatorOptions<User extends AuthUser> {
  /** Finds a user by the name typed at login, disabled ones too; null or undefined where there is none. */
  readonly find: (username: string) => MaybePromise<UserWithHash<User> | null | undefined>;
  /**
   * Stores a stronger hash after a login with a weak one, in the background. Store it only where `replacedHash` is still the stored one
   * (`UPDATE … WHERE password = replacedHash`), or a password changed meanwhile would be undone.
   *
   * @default none: hashes stay as they are
   */
  readonly save?: (user: User, passwordHash: string, replacedHash: string) => MaybePromise<void>;
  /**
   * Samples of the hashes in the table, one of each format and cost, of which nothing but these two is read.
   *
   * Every login pays for every kind of hash in the table, so that none can be told from another by its time. Kinds that are not named here are
   * learned from what `find` gives, which leaves the first login of each in a process to be told apart. One process knows 8 kinds at the most, a new
   * `scrypt$…` among them; hashes of any further kind cost their own work on top, and can be told apart.
   *
   * @default none
   */
  readonly storedHashes?: readonly string[];
  /**
   * How many passwords hash at once, each on one of libuv's threads, of which a process has four (`UV_THREADPOOL_SIZE`) for token
   * signatures, files and DNS too; at most half of them is wise, and fewer than there are processors, so that one is left for everything else.
   *
   * @default 2, and 1 on one or two processors
   */
  readonly maxConcurrentHashes?: number;
  /** How many more logins may wait; any beyond get STORE_UNAVAILABLE (503) at once. @default 256 */
  readonly maxQueuedHashes?: number;
  /** Receives what went wrong while storing a stronger hash. @default one line on console.error with the error's kind */
  readonly reportError?: ReportError;
}

/** Checks logins; as `users.authenticate` of `createJwtAuth`. */
export interface PasswordAuthenticator<User extends AuthUser> {
  (credentials: Credentials): Promise<User | null>;
  /** How many logins are being checked or wait for it: the length of the queue, for a metric. */
  readonly pendingLogins: number;
}

// TypeScript puts off calls of generic functions that return functions until a settings object's other callbacks have their types, which
// `responsePayload` takes from here. Of a conditional type it does not see that it is a function.
type Inferable<User extends AuthUser> = [User] extends [AuthUser] ? PasswordAuthenticator<User> : unknown;

const OPTION_NAMES = ['find', 'save', 'storedHashes', 'maxConcurrentHashes', 'maxQueuedHashes', 'reportError'];

/**
 * Makes the `authenticate` of `createJwtAuth`: checks a password against its stored hash, at the same cost for an unknown user, a wrong
 * password, a disabled user and an account without a usable hash.
 *
 * A disabled user is given back once the password is right: the caller says ACCOUNT_DISABLED then, and to nobody else. The queue
 * and the costs it knows belong to the authenticator, so make one and share it. Name the formats of a table that Django filled in `storedHashes`.
 *
 * @throws ConfigurationError for an option that is missing, unknown or out of range
 * @throws AuthError (from the function it returns) STORE_UNAVAILABLE where too many logins wait; before `find`, so whoever is meant
 * @throws ConfigurationError (from the function it returns) where `@node-rs/argon2` or `bcrypt` is not installed, and a hash needs it
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Authentication_Cheat_Sheet.html#authentication-and-error-messages
 * @example
 * ```ts
 * import { hashPassword, passwordAuthenticator } from 'trpc-jwt-auth/passwords';
 *
 * const rows = new Map([['ada', { id: 1, username: 'ada', isActive: true, password: await hashPassword('open sesame') }]]);
 *
 * const authenticate = passwordAuthenticator({
 *   find: (username) => {
 *     const row = rows.get(username);
 *     if (row === undefined) return null;
 *     const { password, ...user } = row;
 *     return { user, passwordHash: password };
 *   },
 *   save: (user, passwordHash, replacedHash) => {
 *     const row = rows.get(user.username);
 *     if (row?.password === replacedHash) row.password = passwordHash;
 *   },
 * });
 * console.log(await authenticate({ username: 'ada', password: 'open sesame' })); // { id: 1, username: 'ada', isActive: true }
 * console.log(await authenticate({ username: 'eve', password: 'open sesame' })); // null
 * ```
 */
export function passwordAuthenticator<User extends AuthUser>(options: PasswordAuthenticatorOptions<User>): Inferable<User> {
  const { find, save, cost, maxConcurrentHashes, maxQueuedHashes, reportError } = resolveOptions(options);
  const hashing = pLimit(maxConcurrentHashes);
  const mostAdmitted = maxConcurrentHashes + maxQueuedHashes;
  let admitted = 0;

  // Counted from before `find` on: a bound on the queue alone would be overrun by logins whose `find` ends together.
  async function admit<Result>(job: () => Promise<Result>): Promise<Result> {
    if (admitted >= mostAdmitted) throw new AuthError('STORE_UNAVAILABLE');
    admitted += 1;
    try {
      return await job();
    } finally {
      admitted -= 1;
    }
  }

  async function check(username: string, password: string): Promise<UserWithHash<User> | null> {
    const found = await find(username);
    const matches = await hashing(() => cost.verify(found?.passwordHash, password));
    return found && matches ? found : null;
  }

  async function strengthen(user: User, replacedHash: string, password: string, store: NonNullable<typeof save>): Promise<void> {
    // Logins go first; the next login of this user is soon enough.
    if (admitted > mostAdmitted / 2) return;
    try {
      const passwordHash = await admit(() => hashing(() => hashPassword(password)));
      await store(user, passwordHash, replacedHash);
    } catch (error) {
      reportError(error);
    }
  }

  const authenticate = async ({ username, password }: Credentials): Promise<User | null> => {
    const found = await admit(() => check(username, password));
    if (found === null) return null;
    const { user, passwordHash } = found;
    if (save !== undefined && user.isActive && passwordHash !== null && needsRehash(passwordHash)) {
      void strengthen(user, passwordHash, password, save);
    }
    return user;
  };
  return Object.defineProperty(authenticate, 'pendingLogins', { get: () => admitted }) as Inferable<User>;
}

/** Hashes that together leave the event loop a processor of its own: it would else wait its turn, by whole time slices of the kernel. */
function defaultConcurrency(): number {
  return Math.min(2, Math.max(1, availableParallelism() - 1));
}

function resolveOptions<User extends AuthUser>(options: PasswordAuthenticatorOptions<User>) {
  if (typeof options !== 'object' || options === null) refuse('the argument', 'is not an object; give { find: (username) => … }');
  for (const name of Object.keys(options)) {
    if (!OPTION_NAMES.includes(name)) refuse(name, `is unknown; there are ${OPTION_NAMES.join(', ')}`);
  }
  const { find, save, storedHashes = [], maxConcurrentHashes = defaultConcurrency(), maxQueuedHashes = 256, reportError = systemReport } = options;
  if (typeof find !== 'function') refuse('find', 'is not a function; give (username) => ({ user, passwordHash }) or null');
  if (save !== undefined && typeof save !== 'function') {
    refuse('save', 'is not a function; give (user, passwordHash, replacedHash) => …, or leave it out to keep hashes as they are');
  }
  if (!Number.isSafeInteger(maxConcurrentHashes) || maxConcurrentHashes < 1) {
    refuse('maxConcurrentHashes', `is ${String(maxConcurrentHashes)}; give a whole number from 1, at most half of UV_THREADPOOL_SIZE`);
  }
  if (!Number.isSafeInteger(maxQueuedHashes) || maxQueuedHashes < 0) {
    refuse('maxQueuedHashes', `is ${String(maxQueuedHashes)}; give a whole number from 0`);
  }
  if (typeof reportError !== 'function') refuse('reportError', 'is not a function; give (error) => …');
  // Nobody awaits the background: a reporter that throws would end the process with an unhandled rejection.
  return { find, save, cost: costOf(storedHashes), maxConcurrentHashes, maxQueuedHashes, reportError: guardedReport(reportError) };
}

function costOf(storedHashes: readonly string[]): LoginCost {
  if (!Array.isArray(storedHashes)) refuse('storedHashes', 'is not an array; give one hash of each format and cost in the table');
  const cost = new LoginCost();
  for (const [index, sample] of storedHashes.entries()) {
    const stored = readHash(sample);
    if (stored === undefined) {
      refuse(`storedHashes[${index}]`, 'cannot be read; give a whole hash as it is stored, in a format and within the bounds of verifyPassword');
    }
    if (!cost.learn(stored.cost)) {
      refuse('storedHashes', `names more than ${MOST_KINDS} kinds, a new hash's among them; every login would pay for them all`);
    }
  }
  return cost;
}

function refuse(option: string, fault: string): never {
  throw new ConfigurationError(`passwordAuthenticator: ${option} ${fault}.`);
}
