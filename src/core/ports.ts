/** What the package needs to know of an app's user; the app's own type may have more. */
export interface AuthUser {
  /** Becomes the claim `user_id`; a token is good only for the user who still has this id. */
  readonly id: string | number;
  /** The value of the identifier field, whatever `usernameField` calls it. */
  readonly username: string;
  /** False refuses the user everywhere: obtain, refresh, verify and each protected call. */
  readonly isActive: boolean;
  /** Becomes the claim `email` where it is a string. */
  readonly email?: string | null | undefined;
}

/** A value, or a promise of it; query builders' thenables are promises enough. */
export type MaybePromise<T> = T | PromiseLike<T>;

/** What a login form sends: the identifier as typed and trimmed, the password never trimmed. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Checks a login: the user for good credentials, `null` for any that are not. */
export type Authenticate<User extends AuthUser> = (credentials: Credentials) => MaybePromise<User | null | undefined>;

/** The app's user table, as two questions. */
export interface Users<User extends AuthUser> {
  /** Checks a login; `passwordAuthenticator` makes one that costs the same for unknown users. */
  readonly authenticate: Authenticate<User>;
  /** Finds the user a token names; asked once a request. */
  readonly findByUsername: (username: string) => MaybePromise<User | null | undefined>;
}

/** Receives what went wrong inside (a database down, a bug in a handler); answers never show it. */
export type ReportError = (error: unknown) => void;
