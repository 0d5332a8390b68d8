import type { Identify, Identity, TicketHolder } from '../core/call.js';
import { base64url } from '../core/base64url.js';
import { digestOf } from '../core/digest.js';
import { AuthError } from '../core/errors.js';
import type { AuthUser } from '../core/ports.js';
import type { ResolvedSettings } from '../core/settings.js';
import { createStoreGuard } from '../core/store-guard.js';
import { createSweep } from '../core/sweep.js';
import type { Tokens } from '../core/tokens.js';
import { memoryTickets } from './memory-tickets.js';
import { openedWith, sealedWith } from './seal.js';

/** A new ticket; `expiresAt` is in epoch milliseconds. */
export interface IssuedTicket {
  readonly ticket: string;
  readonly expiresAt: number;
}

/** The tickets of one configuration. */
export interface Tickets<User extends AuthUser> {
  /** Makes a ticket for a caller, whose token it cannot outlive. @throws AuthError STORE_UNAVAILABLE */
  readonly issue: (caller: Identity<User>) => Promise<IssuedTicket>;
  /** Takes a ticket, once. @throws AuthError TICKET_INVALID, STORE_UNAVAILABLE */
  readonly redeem: (ticket: string) => Promise<TicketHolder<User>>;
}

const TICKET_BYTES = 32;
const TICKET_FORM = /^[A-Za-z0-9_-]{43}$/;

/**
 * The rules of tickets over a store. The store is given a digest of the ticket, and the caller's claims signed as a token of a kind that is taken
 * nowhere else, sealed with the ticket: whoever reads the store can present nothing, nor move what he finds, and whoever writes to it cannot make up a caller.
 */
export function createTickets<User extends AuthUser>(settings: ResolvedSettings<User>, statements: Tokens<User>, identify: Identify<User>): Tickets<User> {
  const { clock, tickets: policy } = settings;
  const store = policy.store ?? memoryTickets();
  const guard = createStoreGuard('tickets', policy.timeoutMs, settings);
  const sweep = createSweep((now, limit) => store.deleteExpired(now, limit), settings);
  return {
    issue: async ({ claims, user }) => {
      const ticket = base64url(crypto.getRandomValues(new Uint8Array(TICKET_BYTES)));
      const id = await digestOf(ticket);
      const statement = await sealedWith(ticket, await statements.sign(claims, user));
      const expiresAt = clock() + policy.expiresInSeconds * 1000;
      await guard('create', () => store.create({ id, statement, expiresAt }));
      sweep();
      return { ticket, expiresAt };
    },
    redeem: async (ticket) => {
      if (!TICKET_FORM.test(ticket)) throw new AuthError('TICKET_INVALID');
      const id = await digestOf(ticket);
      const sealed = await guard('take', () => store.take(id, clock()));
      const statement = await openedWith(ticket, sealed);
      if (statement === null) throw new AuthError('TICKET_INVALID');
      return async () => identify(statement);
    },
  };
}
