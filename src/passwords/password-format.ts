/** The work that one hash takes. */
export interface HashCost {
  /** Work of one kind adds up; work of two kinds cannot stand for each other. */
  readonly kind: string;
  /** In the kind's own measure, over 0. */
  readonly amount: number;
  /** Does what `paid` (0: nothing yet) lacks of the amount, and throws the result away. */
  readonly spend: (password: Uint8Array, paid: number) => Promise<void>;
}

/** A stored hash that its format could read. */
export interface StoredHash {
  /** Whether the password is the one hashed, in constant time and for exactly the work that `cost` says. */
  readonly matches: (password: Uint8Array) => Promise<boolean>;
  readonly cost: HashCost;
  /** Whether `hashPassword` makes a stronger one. */
  readonly isWeak: boolean;
}

/** Reads a hash whose prefix is the format's; undefined where the rest is malformed or its parameters are out of bounds. */
export type PasswordFormat = (encoded: string) => StoredHash | undefined;

/** The salt of work whose result nobody reads. */
export const STAND_IN_SALT = 'no account here!';
