import type { Grace, RotationChange, SessionRecord } from '../core/session-store.js';

/*
 * A session is (g, c): its generation, and when a token of that generation was first seen (c), or "-" for not yet.
 * A refresh token of generation n arrives at time t; G is graceSeconds.
 *
 * | presented | session | when                       | verdict  | the session becomes                    |
 * |-----------|---------|----------------------------|----------|----------------------------------------|
 * | n = g     | (g, -)  | always                     | rotate   | (g+1, -); g was confirmed by this, at t |
 * | n = g     | (g, c)  | always                     | rotate   | (g+1, -)                               |
 * | n = g - 1 | (g, -)  | always: the answer is lost | reissue  | unchanged                              |
 * | n = g - 1 | (g, c)  | t < c + G: a parallel tab  | reissue  | unchanged                              |
 * | n = g - 1 | (g, c)  | t >= c + G                 | reuse    | revoked                                |
 * | n < g - 1 | any     | n's own grace still runs   | reissue  | unchanged                              |
 * | n < g - 1 | any     | else                       | reuse    | revoked                                |
 * | n > g     | any     | always: a store rolled back | ahead    | revoked                                |
 * | any       | none    | revoked, expired, unknown  | revoked  | -                                      |
 *
 * "reissue" gives tokens of generation g again: the store keeps no token, so the answer is made anew.
 * An access token of generation g confirms (g, -) as a refresh token does; one of n < g is good while the session lives, for its few
 * minutes are its own bound; one of n > g is "ahead" as well. What a store that was rolled back has forgotten it would take again: a
 * token that was replaced since, in the hands of whoever stole it. So its session ends.
 */

/** What a presented refresh token comes to. */
export type Verdict =
  | { readonly kind: 'rotate'; readonly generation: number; readonly graces: readonly Grace[] }
  | { readonly kind: 'reissue'; readonly generation: number }
  | { readonly kind: 'reuse' }
  | { readonly kind: 'ahead' }
  | { readonly kind: 'revoked' };

/** Judges a refresh token of a generation against its session, by the table above. Times are epoch milliseconds. */
export function judgeRefresh(session: SessionRecord | null, presented: number, now: number, graceMs: number): Verdict {
  if (session === null) return { kind: 'revoked' };
  const { generation, confirmedAt, graces } = session;
  if (presented > generation) return { kind: 'ahead' };
  if (presented === generation) {
    return { kind: 'rotate', generation: generation + 1, graces: runningGraces(graces, generation - 1, (confirmedAt ?? now) + graceMs, now) };
  }
  const isGood =
    presented === generation - 1
      ? confirmedAt === null || now < confirmedAt + graceMs
      : graces.some((grace) => grace.generation === presented && now < grace.goodUntil);
  return isGood ? { kind: 'reissue', generation } : { kind: 'reuse' };
}

// A client that refreshes in a tight loop would grow the list without end; it holds the newest token itself.
const MOST_GRACES = 16;

function runningGraces(graces: readonly Grace[], retired: number, goodUntil: number, now: number): readonly Grace[] {
  return [...graces, { generation: retired, goodUntil }].filter((grace) => grace.generation > 0 && now < grace.goodUntil).slice(-MOST_GRACES);
}

/** Judges an access token of a generation against its session. */
export function judgeAccess(session: SessionRecord | null, presented: number): { readonly kind: 'live'; readonly confirms: boolean } | { readonly kind: 'ahead' } | { readonly kind: 'revoked' } {
  if (session === null) return { kind: 'revoked' };
  if (presented > session.generation) return { kind: 'ahead' };
  return { kind: 'live', confirms: presented === session.generation && session.confirmedAt === null };
}

/** How long a session lives. */
export interface Lifetimes {
  /** From one use to the next, in milliseconds. */
  readonly idleMs: number;
  /** From the login, in milliseconds. */
  readonly absoluteMs: number;
}

/** The change a rotation makes to the rest of the session. */
export function rotationChange(session: SessionRecord, graces: readonly Grace[], now: number, lifetimes: Lifetimes): RotationChange {
  return { graces, lastUsedAt: now, expiresAt: Math.min(now + lifetimes.idleMs, session.createdAt + lifetimes.absoluteMs) };
}
