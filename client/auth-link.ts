import { TRPCClientError } from '@trpc/client';
import type { TRPCLink } from '@trpc/client';
import type { AnyRouter } from '@trpc/server';
import { observable } from '@trpc/server/observable';
import type { Unsubscribable } from '@trpc/server/observable';

import type { SessionKeeper } from './session-keeper.js';
import type { Call, OperationName, SessionAnswer } from './transport.js';

// The first group is of those that fail for their own input, not for the token that comes along; the second of those that answer a session.
const OPERATION = /^(?:((obtain|refresh)|verify|logout)|me|sessions\.(?:list|revoke)|logoutAll)$/;

/**
 * A link that sends operations with a token that is good, and once more where the server wants another. Authentication procedures, those
 * under `path`, are carried as the client's own: a stream cannot set cookies.
 */
export function createAuthLink(keeper: SessionKeeper, call: Call, path: string): TRPCLink<AnyRouter> {
  const prefix = path && `${path}.`;
  return () =>
    ({ op, next }) => {
      const { signal } = op;
      const [name, ofToken, begins] = (op.path.startsWith(prefix) && OPERATION.exec(op.path.slice(prefix.length))) || [];
      const carry = async (operation: OperationName): Promise<unknown> => {
        const ask = (): Promise<unknown> => call(operation, op.input, { headers: keeper.headers(), signal });
        if (operation.startsWith('logout')) return keeper.end(ask);
        const answer = await ask();
        if (begins) await keeper.adopt(answer as SessionAnswer);
        return answer;
      };
      return observable((observer) => {
        let attempt: Unsubscribable | undefined;
        let ended = false;
        let delivered = false;
        const fail = (error: unknown): void => {
          const { cause } = error as Error;
          if (!ended) observer.error(TRPCClientError.from(cause instanceof TRPCClientError ? cause : (error as Error)));
        };
        const send = async (): Promise<void> => {
          if (ended) return;
          if (name) {
            const data = await carry(name as OperationName);
            if (ended) return;
            observer.next({ result: { type: 'data', data } });
            return observer.complete();
          }
          await new Promise((_resolve, reject) => {
            attempt = next(op).subscribe({
              next: (envelope) => {
                const { type = 'data' } = envelope.result;
                delivered ||= type === 'data';
                observer.next(envelope);
              },
              complete: () => observer.complete(),
              error: (error) => {
                attempt = undefined;
                reject(error);
              },
            });
          });
        };
        const abort = (): void => {
          // A request under way hears of it by itself.
          if (!attempt) fail(signal?.reason);
        };
        signal?.addEventListener('abort', abort);
        if (ofToken) send().catch(fail);
        // What a subscription has given it must not give again.
        else keeper.attempt(send, (error) => !delivered && codeOf(error as object)).catch(fail);
        return () => {
          ended = true;
          signal?.removeEventListener('abort', abort);
          attempt?.unsubscribe();
        };
      });
    };
}

function codeOf({ code, data }: { code?: unknown; data?: { authCode?: unknown } }): unknown {
  return code ?? data?.authCode;
}
