import { TRPCClientError } from '@trpc/client';
import type { TRPCLink } from '@trpc/client';
import type { AnyRouter } from '@trpc/server';
import { observable } from '@trpc/server/observable';
import type { Unsubscribable } from '@trpc/server/observable';

import { signedOut } from './auth-client-error.js';
import type { AuthSockets } from './auth-sockets.js';
import { pauseAfter } from './back-off.js';
import { createPause } from './pause.js';
import { userIdOf } from './session-keeper.js';
import type { SessionKeeper } from './session-keeper.js';
import { isSame } from './session-state.js';
import { judgeFailure } from './stream-failure.js';

const FIRST_PAUSE_MS = 500;
// Of failures in a row that nothing explains: half a minute in all.
const MOST_TRIES = 6;
// A stream that has lived this long did not fail at once.
const SETTLED_MS = 10_000;

type Failure = TRPCClientError<AnyRouter>;

/**
 * A link that keeps a subscription going: it is begun again behind the last event, with what is good by then, when its token expires, its ticket is
 * spent or its connection breaks. When another user signs in, or nobody is signed in any more, it is begun from the start in that name.
 *
 * A call on a socket that was opened with an older token is made again on a newer socket, if nobody else has signed in.
 */
export function createStreamLink(keeper: SessionKeeper, sockets: AuthSockets): TRPCLink<AnyRouter> {
  return () =>
    ({ op, next }) =>
      observable((observer) => {
        const isSubscription = op.type === 'subscription';
        let attempt: Unsubscribable | undefined;
        let lastEventId: string | undefined;
        let userId = userIdOf(keeper.current());
        // Why the session ended, where the stream was told before the client.
        let ending: Failure | undefined;
        let failures = 0;
        let startedAt = 0;
        // Counts what was begun: what an earlier one still says is of no interest.
        let turn = 0;
        const pause = createPause();
        const fail = (error: unknown): void => observer.error(TRPCClientError.from(error as Error));

        const begin = async (): Promise<void> => {
          const mine = ++turn;
          pause.end();
          attempt?.unsubscribe();
          attempt = undefined;
          await keeper.fresh();
          if (mine !== turn) return;
          const used = keeper.current();
          // A call stays its first caller's.
          userId = isSubscription ? userIdOf(used) : (userId ?? userIdOf(used));
          attempt = next(resumed()).subscribe({
            next: (envelope) => {
              if (mine !== turn) return;
              const { result } = envelope;
              if (result.type === 'started') startedAt = Date.now();
              if (result.type === undefined || result.type === 'data') {
                failures = 0;
                lastEventId = result.id ?? lastEventId;
              }
              observer.next(envelope);
            },
            complete: () => {
              if (mine === turn) observer.complete();
            },
            error: (error: Failure) => {
              if (mine === turn) recover(error, used).catch(fail);
            },
          });
        };
        // As tRPC's own links have it: an input that is no object has no place for an id.
        const resumed = (): typeof op => (lastEventId === undefined || typeof (op.input ?? {}) !== 'object' ? op : { ...op, input: { ...(op.input as object | null | undefined), lastEventId } });

        const recover = async (error: Failure, used: ReturnType<SessionKeeper['current']>): Promise<void> => {
          const mine = turn;
          const { kind, retryAfterMs } = judgeFailure(error);
          const isOnSocket = !sockets.isEmpty() && error.meta?.response === undefined;
          // A call that broke off may have been made; one that was refused for its token was not.
          const isOurs = isSubscription ? kind !== 'final' : isOnSocket && (kind === 'token' || kind === 'ticket');
          if (!isOurs) throw error;
          if (kind === 'token' && used === null) throw ending ?? error;
          if (startedAt > 0 && Date.now() - startedAt > SETTLED_MS) failures = 0;
          failures += 1;
          startedAt = 0;
          if (failures > MOST_TRIES && kind !== 'away') throw error;
          if (kind === 'token' && isSame(keeper.current(), used)) {
            ending = error;
            // One that failed and left the session may do later.
            await keeper.refresh().catch(() => undefined);
            if (keeper.current()) ending = undefined;
          }
          if (mine !== turn) return;
          if (isOnSocket) sockets.replace();
          const isAtOnce = failures === 1 && !isOnSocket && (kind === 'token' || kind === 'ticket');
          if (!isAtOnce) {
            if (isSubscription) observer.next({ result: { type: 'state', state: 'connecting', error } });
            await pause.wait(Math.max(retryAfterMs, pauseAfter(failures - 1, FIRST_PAUSE_MS)));
          }
          if (mine === turn) await begin();
        };

        const unsubscribe = keeper.subscribe(() => {
          const current = keeper.current();
          if (userIdOf(current) === userId) return;
          if (isSubscription) {
            lastEventId = undefined;
            failures = 0;
            if (current) ending = undefined;
            begin().catch(fail);
          } else if (current && userId !== null) {
            // What one person began is not done in the name of another.
            fail(ending ?? signedOut());
          }
        });
        begin().catch(fail);
        return () => {
          turn += 1;
          unsubscribe();
          pause.end();
          attempt?.unsubscribe();
        };
      });
}
