import { originOf } from '../core/call.js';
import { AuthError } from '../core/errors.js';
import type { AuthUser } from '../core/ports.js';
import type { AdmitTicket } from '../throttle/ticket-throttle.js';
import type { Tickets } from '../tickets/tickets.js';
import { noInput } from './no-input.js';
import type { Serializer } from './serializer.js';

/** What opens one stream, once, in place of a token; `expires_at` is in epoch seconds. */
export interface TicketBody {
  ticket: string;
  expires_at: number;
}

/** A ticket for whoever calls. */
export function ticketSerializer<User extends AuthUser>(tickets: Tickets<User>, admit: AdmitTicket): Serializer<undefined, undefined, TicketBody, User> {
  return {
    input: noInput,
    validate: async (_attrs, request) => {
      if (request === undefined) throw new AuthError('NOT_AUTHENTICATED');
      const caller = await request.identify();
      await admit(caller.user.id, originOf(request));
      const { ticket, expiresAt } = await tickets.issue(caller);
      return { ticket, expires_at: Math.floor(expiresAt / 1000) };
    },
  };
}
