import { EventEmitter, on, once } from 'node:events';

import { tracked } from '@trpc/server';
import type { TRPCError } from '@trpc/server';
import { createAuthRouter, optionalUser, protectedProcedure, subscriptionGuard } from 'trpc-jwt-auth';
import type { CookieSettings, JwtAuth, SessionSettings } from 'trpc-jwt-auth';
import { z } from 'zod';

import type { User } from '../parity/scene.js';
import { t } from '../parity/transports/trpc-router.js';

export interface Feed {
  /** Adds an event, for whoever listens now and for whoever resumes later. */
  readonly publish: (text: string) => void;
  /** How many procedures are listening. */
  readonly listeners: () => number;
  readonly emitter: EventEmitter;
  readonly events: readonly { id: number; text: string }[];
}

export function createFeed(): Feed {
  const emitter = new EventEmitter().setMaxListeners(0);
  const events: { id: number; text: string }[] = [];
  return {
    emitter,
    events,
    publish: (text) => {
      const event = { id: events.length + 1, text };
      events.push(event);
      emitter.emit('event', event);
    },
    listeners: () => emitter.listenerCount('event'),
  };
}

/** What a resumable subscription does: listens first, then gives what was missed, then what comes. */
export async function* eventsAfter(feed: Feed, lastEventId: string | undefined, signal: AbortSignal | undefined) {
  const coming = on(feed.emitter, 'event', signal === undefined ? {} : { signal });
  let last = Number(lastEventId ?? feed.events.length);
  for (const { id, text } of feed.events.slice(last)) {
    last = id;
    yield tracked(String(id), text);
  }
  for await (const [event] of coming as AsyncIterable<[{ id: number; text: string }]>) {
    if (event.id <= last) continue;
    last = event.id;
    yield tracked(String(event.id), event.text);
  }
}

const resumable = z.object({ lastEventId: z.string().optional() }).optional();

/** An app with streams: one for signed-in users, one for anybody, one looked after closely. */
export function streamApp(auth: JwtAuth<User>, feed: Feed) {
  const signedIn = protectedProcedure(auth, t);
  return t.router({
    auth: createAuthRouter(auth as JwtAuth<User, object, string, CookieSettings | undefined, SessionSettings>, t),
    whoami: signedIn.query(({ ctx }) => ctx.user.username),
    /** In whose name it was done is an event. */
    publish: signedIn.input(z.string()).mutation(({ ctx, input }) => feed.publish(`${ctx.user.username}: ${input}`)),
    /** Answers with the next event, however long that takes. */
    awaited: signedIn.query(async () => {
      const [event] = (await once(feed.emitter, 'event')) as [{ text: string }];
      return event.text;
    }),
    events: signedIn.input(resumable).subscription(({ input, signal }) => eventsAfter(feed, input?.lastEventId, signal)),
    closely: t.procedure.use(subscriptionGuard(auth, { recheckSeconds: 2 })).input(resumable).subscription(({ input, signal }) => eventsAfter(feed, input?.lastEventId, signal)),
    open: t.procedure
      .use(optionalUser(auth))
      .input(resumable)
      .subscription(async function* ({ ctx, input, signal }) {
        yield tracked('0', ctx.user?.username ?? 'nobody');
        yield* eventsAfter(feed, input?.lastEventId, signal);
      }),
  });
}

export type StreamApp = ReturnType<typeof streamApp>;

/** The authCode of what a stream of a caller ended with. */
export function codeOf(error: unknown): string | undefined {
  return ((error as TRPCError).cause as { code?: string } | undefined)?.code;
}
