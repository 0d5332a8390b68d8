import type { HashCost } from './password-format.js';
import { currentScryptCost } from './scrypt.js';
import { readHash } from './stored-hash.js';

/** Far over any real password; without a bound, a login could cost as much as its sender likes. */
export const MOST_PASSWORD_BYTES = 4096;

/** A login pays for every kind, so their number is bounded: a hostile table could name a new set of Argon2 parameters in each row. */
export const MOST_KINDS = 8;

/**
 * What each login of one table costs, whoever it is for: of every kind of hash in the table the highest amount known, and one new hash.
 *
 * Were a row refused for its own hash's work and an unknown user for that of a new one, the time of an answer would tell which names exist wherever the
 * table holds two formats, as Django's do after a change of `PASSWORD_HASHERS`. Django makes up within one format (`harden_runtime`), not between two.
 */
export class LoginCost {
  readonly #highest = new Map<string, HashCost>([[currentScryptCost.kind, currentScryptCost]]);

  /** Takes in what a hash of the table costs; false where there are too many kinds for it. */
  learn(cost: HashCost): boolean {
    const known = this.#highest.get(cost.kind);
    if (known === undefined && this.#highest.size >= MOST_KINDS) return false;
    if (known === undefined || known.amount < cost.amount) this.#highest.set(cost.kind, cost);
    return true;
  }

  /** Whether a password is the one hashed, for the whole cost whatever the answer; rejects where a library is missing. */
  async verify(encoded: string | null | undefined, password: string): Promise<boolean> {
    const isTooLong = Buffer.byteLength(password) > MOST_PASSWORD_BYTES;
    // Hashes a stand-in: a refusal that takes no time would differ from every other.
    const bytes = Buffer.from(isTooLong ? '' : password);
    const stored = readHash(encoded);
    const matches = stored === undefined ? false : await stored.matches(bytes);
    // Only now, when it has been paid: a row whose library is missing must not put every login in need of it.
    if (stored !== undefined) this.learn(stored.cost);
    for (const cost of this.#highest.values()) {
      const paid = cost.kind === stored?.cost.kind ? stored.cost.amount : 0;
      if (paid < cost.amount) await cost.spend(bytes, paid);
    }
    return matches && !isTooLong;
  }
}
