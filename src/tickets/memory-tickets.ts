import type { TicketRecord, TicketStore } from '../core/ticket-store.js';

// More than are waiting at a time; whoever would fill it is limited by the throttle first.
const MOST_TICKETS = 100_000;

/**
 * Tickets in this process's memory: a stream has to be opened at the process that made its ticket. It is the default.
 *
 * @example
 * ```ts
 * import { memoryTickets } from 'trpc-jwt-auth/stores/memory';
 *
 * const store = memoryTickets();
 * ```
 */
export function memoryTickets(): TicketStore {
  // In the order of their making, which is that of their expiry.
  const tickets = new Map<string, TicketRecord>();
  return {
    inMemory: true,
    create: async (ticket) => {
      tickets.set(ticket.id, ticket);
      const [oldest] = tickets.keys();
      if (tickets.size > MOST_TICKETS && oldest !== undefined) tickets.delete(oldest);
    },
    take: async (id, now) => {
      const ticket = tickets.get(id);
      tickets.delete(id);
      return ticket !== undefined && now < ticket.expiresAt ? ticket.statement : null;
    },
    deleteExpired: async (now, limit) => {
      let deleted = 0;
      for (const [id, { expiresAt }] of tickets) {
        if (deleted === limit || now < expiresAt) break;
        tickets.delete(id);
        deleted += 1;
      }
      return deleted;
    },
  };
}
