import type { JwtAuth } from 'trpc-jwt-auth';
import { hashPassword, needsRehash } from 'trpc-jwt-auth/passwords';
import { restBridge } from 'trpc-jwt-auth/fetch';

import { equal } from '../runtime/check.js';
import { recipeModule } from './check-process.js';

interface User {
  readonly id: number;
  readonly username: string;
  readonly isActive: boolean;
}

/** What the recipes of user tables export from users.ts. */
export interface Users {
  readonly authenticate: (login: { username: string; password: string }) => Promise<User | null>;
  readonly findByUsername: (username: string) => Promise<User | null | undefined>;
  readonly signUp: (username: string, password: string) => Promise<User | null>;
}

/** The rows, past the recipe. */
export interface Rows {
  readonly hashOf: (username: string) => Promise<string>;
  readonly setHash: (username: string, passwordHash: string) => Promise<void>;
  readonly disable: (username: string) => Promise<void>;
}

// As Django made it, of the password 'engine'; a new one is stronger.
const OF_DJANGO = 'pbkdf2_sha256$1000$2zUuviJwOxlyfJSntPnRa1$';
const ADA = { username: 'ada', password: 'engine' };

async function login(auth: JwtAuth<User>, credentials: Record<string, string>): Promise<{ status: number | undefined; body: Record<string, unknown> }> {
  const request = new Request('https://example.com/api-token-auth/', { method: 'POST', body: new URLSearchParams(credentials) });
  const answer = await restBridge(auth)(request);
  return { status: answer?.status, body: (await answer?.json()) as Record<string, unknown> };
}

/** Waits for what happens in the background. @throws Error where it does not */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let turns = 0; turns < 400; turns += 1) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('it did not happen');
}

/** What a table of users has to do, whatever it is kept with. */
export function userTableChecks(users: Users, rows: Rows): Record<string, () => Promise<void>> {
  return {
    'signs up, in, and finds a user who has no hash on him': async () => {
      const { auth } = await recipeModule<{ auth: JwtAuth<User> }>('./auth.js');
      const expected = { id: 1, username: 'ada', email: null, isActive: true };
      equal(await users.signUp(ADA.username, ADA.password), expected);
      const { status, body } = await login(auth, ADA);
      equal(status, 200);
      equal((await auth.verifyToken(String(body.token))).user, expected);
      equal([await users.authenticate(ADA), await users.findByUsername('ada')], [expected, expected]);
    },
    'refuses a wrong password and an unknown name': async () => {
      const { auth } = await recipeModule<{ auth: JwtAuth<User> }>('./auth.js');
      equal([(await login(auth, { ...ADA, password: 'wrong' })).status, (await login(auth, { ...ADA, username: "' OR 1=1 --" })).status], [401, 401]);
    },
    'gives a name to one of all who sign up with it': async () => {
      const given = await Promise.all([1, 2, 3].map(() => users.signUp('grace', 'compiler')));
      equal(given.filter((user) => user !== null).length, 1);
      equal(await users.signUp(ADA.username, 'another'), null);
      equal((await users.authenticate(ADA))?.id, 1);
    },
    'stores a stronger hash after a login': async () => {
      const weak = `${OF_DJANGO}${await pbkdf2(ADA.password)}`;
      await rows.setHash('ada', weak);
      equal((await users.authenticate(ADA))?.id, 1);
      await until(async () => !needsRehash(await rows.hashOf('ada')));
      equal((await users.authenticate(ADA))?.id, 1);
    },
    'does not store it over a password that was changed meanwhile': async () => {
      // Made before, for the change has to come while the stronger hash is still in the making.
      const changed = await hashPassword('a new one');
      await rows.setHash('ada', `${OF_DJANGO}${await pbkdf2(ADA.password)}`);
      equal((await users.authenticate(ADA))?.id, 1);
      await rows.setHash('ada', changed);
      // Hashes are stored in the order of logins: when the second one's is there, the first one's has been tried.
      await rows.setHash('grace', `${OF_DJANGO}${await pbkdf2('compiler')}`);
      await users.authenticate({ username: 'grace', password: 'compiler' });
      await until(async () => !needsRehash(await rows.hashOf('grace')));
      equal(await rows.hashOf('ada'), changed);
    },
    'refuses a disabled user, token and all': async () => {
      const { auth } = await recipeModule<{ auth: JwtAuth<User> }>('./auth.js');
      const { body } = await login(auth, { username: 'grace', password: 'compiler' });
      await rows.disable('grace');
      const code = await auth.verifyToken(String(body.token)).then(() => 'none', (error: unknown) => (error as { code?: string }).code);
      equal([code, (await login(auth, { username: 'grace', password: 'compiler' })).body], ['ACCOUNT_DISABLED', { non_field_errors: ['User account is disabled.'] }]);
    },
  };
}

async function pbkdf2(password: string): Promise<string> {
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(password), 'PBKDF2', false, ['deriveBits']);
  const salt = new TextEncoder().encode(OF_DJANGO.split('$')[2]);
  const bits = await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations: 1000 }, key, 256);
  return Buffer.from(bits).toString('base64');
}
