import { known, refuse, seconds, shown, wholeNumber } from './setting-checks.js';
import type { TicketStore } from './ticket-store.js';

/** Tickets: what opens a stream in place of a token, once. */
export interface TicketSettings {
  /** Where tickets are kept: `memoryTickets()`, `kyselyTickets(db)` or `redisTickets(client)`. @default memoryTickets(), for each process apart */
  readonly store?: TicketStore;
  /** How long a ticket waits for its use, in seconds. @default 30 */
  readonly expiresInSeconds?: number;
  /** How long the store may take for one answer, in milliseconds; a request that needs a slower one is answered 503. @default 2000 */
  readonly timeoutMs?: number;
}

/** TicketSettings with every default filled in but the store. */
export interface ResolvedTickets {
  readonly store: TicketStore | undefined;
  readonly expiresInSeconds: number;
  readonly timeoutMs: number;
}

const VERBS = ['create', 'take', 'deleteExpired'] as const;
// A ticket stands in a URL, and so in logs: what is found there has to be of no use any more.
const LONGEST_SECONDS = 300;

/** Fills in defaults. @throws ConfigurationError naming the setting and the mend */
export function resolveTickets(settings: TicketSettings): ResolvedTickets {
  known(settings, 'tickets.', ['store', 'expiresInSeconds', 'timeoutMs']);
  const { store } = settings;
  const missing = store === undefined ? undefined : VERBS.find((verb) => typeof store?.[verb] !== 'function');
  if (missing !== undefined) refuse('tickets.store', `is ${typeof store === 'object' ? `no ticket store (it has no ${missing})` : shown(store)}; give memoryTickets(), kyselyTickets(db) or redisTickets(client)`);
  const expiresInSeconds = seconds('tickets.expiresInSeconds', settings.expiresInSeconds, 30, 1);
  if (expiresInSeconds > LONGEST_SECONDS) refuse('tickets.expiresInSeconds', `is ${expiresInSeconds}, and a ticket stands in a URL; give at most ${LONGEST_SECONDS}`);
  return { store, expiresInSeconds, timeoutMs: wholeNumber('tickets.timeoutMs', settings.timeoutMs, 2000, 1) };
}
