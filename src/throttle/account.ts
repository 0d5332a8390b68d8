import { digestOf } from '../core/digest.js';
import type { MaybePromise } from '../core/ports.js';

/**
 * The account a name counts as, in every spelling that an app may take for it: normalized (NFKC), in one case, without white space around it.
 *
 * It is a digest, for people type passwords where their name belongs, and a key is stored and may be listed.
 */
export function accountKey(username: string): MaybePromise<string> {
  // Upper case first: some letters have two lower cases, as sigma does, or only an upper one, as sharp s.
  const spelling = username.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC').trim();
  return digestOf(spelling);
}
