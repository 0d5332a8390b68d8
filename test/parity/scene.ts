import { createJwtAuth, secretKey } from 'trpc-jwt-auth';
import type { CookieSettings, JwtAuth, JwtAuthSettings, SessionSettings } from 'trpc-jwt-auth';
import { testClock } from 'trpc-jwt-auth/testing';

import { sign } from '../conformance/issued.js';

export interface User {
  id: number | string;
  username: string;
  isActive: boolean;
  email?: string;
}

export const SECRET = 'the-secret-of-the-parity-tests-0123456789';
export const OTHER_SECRET = 'another-secret-for-the-parity-tests-01234';
export const NOW = 1_790_000_000;

/** What each behaviour may change; users are given apart. */
export type Settings = Partial<JwtAuthSettings<User, object, string, CookieSettings | undefined>>;

export const ada: User = { id: 1, username: 'ada', isActive: true, email: 'ada@example.com' };
export const bob: User = { id: 2, username: 'bob', isActive: true };
export const eve: User = { id: 3, username: 'eve', isActive: false };

/** An app's clock, users and error log, under the test's control. */
export class Scene {
  readonly clock = testClock(new Date(NOW * 1000));
  readonly users: User[];
  readonly reported: unknown[] = [];
  readonly lookedUp: string[] = [];

  constructor(users: readonly User[] = [ada, bob, eve]) {
    this.users = users.map((user) => ({ ...user }));
  }

  /** Everybody's password is `<username>-pass`. */
  auth(settings: Settings = {}): JwtAuth<User> {
    return createJwtAuth<User, object, string, CookieSettings | undefined, SessionSettings | undefined>({
      keys: secretKey(SECRET),
      users: {
        authenticate: ({ username, password }) => (password === `${username}-pass` ? this.find(username) : null),
        findByUsername: (username) => {
          this.lookedUp.push(username);
          return this.find(username);
        },
      },
      clock: this.clock,
      reportError: (error) => void this.reported.push(error),
      ...settings,
    });
  }

  find(username: string): User | null {
    return this.users.find((user) => user.username === username) ?? null;
  }
}

/** The claims of a good token for a user, with changes; `undefined` leaves a claim out. */
export function claimsFor(user: User, changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { user_id: user.id, username: user.username, exp: NOW + 300, orig_iat: NOW, iat: NOW, ...changes };
}

interface Signed {
  readonly user?: User;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly secret?: string;
}

/** A token made without the package. */
export function tokenFor({ user = ada, claims = {}, header = {}, secret = SECRET }: Signed = {}): string {
  return sign({ typ: 'JWT', alg: 'HS256', ...header }, claimsFor(user, claims), secret);
}
