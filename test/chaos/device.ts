import { expect } from 'vitest';

import { answered, login, logout, pairOf, refresh, seeProtected, sessionIn, short } from './client.js';
import type { Answer, NoAnswer, TokenPair } from './client.js';

/** What became of a call; 'lost' where the server may have done it all the same, 'unavailable' for a 503. */
export type Outcome = 'answered' | 'unavailable' | NoAnswer;

/**
 * A client that behaves: it holds the newest tokens it was given, asks again where an answer was lost, and does one thing at a time.
 * Whatever it is answered must fit what it knows; else the call throws.
 */
export interface Device {
  readonly username: string;
  readonly sid: string;
  readonly newest: TokenPair;
  /** `asked` where the answer to a logout was lost: the session may be there or not. */
  readonly ended: 'no' | 'asked' | 'yes';
  readonly refresh: (port: number, loseAnswer?: { readonly hangUpAfterMs: number } | 'unread') => Promise<Outcome>;
  /** Refreshes at two servers at the same time. */
  readonly refreshAtBoth: (ports: readonly [number, number]) => Promise<readonly Outcome[]>;
  readonly look: (port: number) => Promise<Outcome>;
  readonly logout: (port: number) => Promise<Outcome>;
}

/** Logs a new client in. */
export async function createDevice(port: number, username: string): Promise<Device> {
  let newest = await login(port, username);
  let ended: Device['ended'] = 'no';
  const { sid } = sessionIn(newest.token);

  const outcomeOf = (answer: Answer | NoAnswer): Outcome => (typeof answer === 'string' ? answer : answer.status === 503 ? 'unavailable' : 'answered');
  const fits = (answer: Answer, what: string): void => {
    // A logout that nobody answered may have been done.
    const allowed = ended === 'no' ? ['200'] : ['200', '401 TOKEN_REVOKED'];
    expect(allowed, `${what} of ${username}, generation ${sessionIn(newest.refresh_token).gen}`).toContain(short(answer));
  };
  const take = (answer: Answer | NoAnswer, presented: number, isRead: boolean): Outcome => {
    const outcome = outcomeOf(answer);
    if (typeof answer === 'string' || outcome !== 'answered') return outcome;
    fits(answer, 'refresh');
    if (answer.status !== 200) return outcome;
    const pair = pairOf(answer);
    expect([sessionIn(pair.token), sessionIn(pair.refresh_token)]).toMatchObject([{ sid, gen: presented + 1 }, { sid, gen: presented + 1 }]);
    if (!isRead) return 'lost';
    newest = pair;
    return outcome;
  };

  return {
    username,
    sid,
    get newest() {
      return newest;
    },
    get ended() {
      return ended;
    },
    refresh: async (at, loseAnswer) => {
      const presented = newest.refresh_token;
      const answer = await refresh(at, presented, typeof loseAnswer === 'object' ? loseAnswer : {});
      return take(answer, sessionIn(presented).gen, loseAnswer !== 'unread');
    },
    refreshAtBoth: async (ports) => {
      const presented = newest.refresh_token;
      const answers = await Promise.all(ports.map((at) => refresh(at, presented)));
      return answers.map((answer) => take(answer, sessionIn(presented).gen, true));
    },
    look: async (at) => {
      const answer = await seeProtected(at, newest.token);
      const outcome = outcomeOf(answer);
      if (typeof answer !== 'string' && outcome === 'answered') fits(answer, 'protected call');
      return outcome;
    },
    logout: async (at) => {
      const answer = await logout(at, newest.refresh_token);
      const outcome = outcomeOf(answer);
      if (outcome === 'unreachable') return outcome;
      if (typeof answer !== 'string' && outcome === 'answered') expect(short(answer)).toBe('200');
      ended = outcome === 'answered' ? 'yes' : 'asked';
      return outcome;
    },
  };
}

/** Asks about a session's newest tokens everywhere they could be taken. */
export async function judged({ newest }: Pick<Device, 'newest'>, ports: readonly number[]): Promise<string[]> {
  const answers = await Promise.all(ports.flatMap((port) => [refresh(port, newest.refresh_token), seeProtected(port, newest.token)].map(answered)));
  return answers.map(short);
}
