import type { CookieSettings } from '../core/cookie-settings.js';
import { ConfigurationError } from '../core/errors.js';
import { secretKey } from '../core/keys.js';
import type { KeyRing } from '../core/keys.js';
import type { AuthUser } from '../core/ports.js';
import type { SessionSettings } from '../core/session-settings.js';
import type { JwtAuthSettings } from '../core/settings.js';
import { createJwtAuth } from '../serializers/jwt-auth.js';
import type { JwtAuth } from '../serializers/jwt-auth.js';
import { testClock } from './test-clock.js';

/** What `testAuth` takes: the settings of `createJwtAuth`, none of them required. */
export interface TestAuthSettings<
  User extends AuthUser,
  Extra extends object,
  Field extends string,
  Cookie extends CookieSettings | undefined,
  Sessions extends SessionSettings | undefined,
> extends Omit<JwtAuthSettings<User, Extra, Field, Cookie, Sessions>, 'keys' | 'users'> {
  /** The users there are, looked up anew each time: a test may disable or remove one. @default [{ id: 1, username: 'ada', isActive: true }] */
  readonly users?: readonly User[];
  /** Everybody's password, for tests of the login itself. @default none: nobody can log in */
  readonly password?: string;
  /** The keys that sign and verify. @default a random secret of this auth's own */
  readonly keys?: KeyRing;
}

/**
 * Makes an authentication for tests: users in a list, no password hashing, no limits on logins unless `throttle` is given, and a clock that stands still
 * unless `clock` is given. Everything else is as `createJwtAuth` makes it.
 *
 * Should one be served in production all the same, its tokens are good nowhere else, and nobody can log in without a `password` that was given.
 *
 * @throws ConfigurationError naming the setting and the mend
 * @example
 * ```ts
 * import { mintToken, testAuth, testClock } from 'trpc-jwt-auth/testing';
 *
 * const clock = testClock();
 * const auth = testAuth({ clock, users: [{ id: 7, username: 'grace', isActive: true }] });
 * const token = await mintToken(auth, 'grace');
 * clock.advance({ seconds: 301 });
 * console.log(await auth.verifyToken(token).catch((error) => error.code)); // TOKEN_EXPIRED
 * ```
 */
export function testAuth<
  User extends AuthUser = AuthUser,
  Extra extends object & { readonly then?: never } = object,
  const Field extends string = 'username',
  const Cookie extends CookieSettings | undefined = undefined,
  const Sessions extends SessionSettings | undefined = undefined,
>(settings: TestAuthSettings<User, Extra, Field, Cookie, Sessions> = {}): JwtAuth<User, Extra, Field, Cookie, Sessions> {
  // Where users are left out, User is what it is by default.
  const { users = [ADA] as readonly AuthUser[] as readonly User[], password, keys = ownKeys(), ...rest } = settings;
  if (typeof users?.find !== 'function') {
    throw new ConfigurationError("testAuth: users is no list; give [{ id: 1, username: 'ada', isActive: true }]. For functions of your own there is createJwtAuth, with clock: testClock().");
  }
  const find = (wanted: string): User | null => users.find(({ username }) => username === wanted) ?? null;
  return createJwtAuth<User, Extra, Field, Cookie, Sessions>({
    throttle: false,
    clock: testClock(),
    ...rest,
    keys,
    users: {
      authenticate: (login) => {
        if (password === undefined) throw new ConfigurationError("testAuth: nobody can log in, for no password was given; give testAuth({ password: 'engine' }), or make a token with mintToken(auth, 'ada').");
        return login.password === password ? find(login.username) : null;
      },
      findByUsername: find,
    },
  });
}

const ADA: AuthUser = { id: 1, username: 'ada', isActive: true };

/** A secret that nothing else has. */
function ownKeys(): KeyRing {
  let keys: KeyRing | undefined;
  return {
    // On first use and not here: Workers give no randomness outside a request.
    current: () => (keys ??= secretKey(crypto.getRandomValues(new Uint8Array(32)))).current(),
    traits: { canSign: true, hasSecrets: true, hasPairs: false },
  };
}
