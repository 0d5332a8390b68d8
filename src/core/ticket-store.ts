/** A ticket as the store keeps it: nothing that could be presented, for `id` is a digest of the ticket. */
export interface TicketRecord {
  readonly id: string;
  /** Whom the ticket speaks for: signed by the app's keys, so that whoever writes to the store makes up nobody, and sealed with the ticket, so that whoever reads it has nothing. */
  readonly statement: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/**
 * Where tickets are kept from their making to their one use. Every verb is atomic; one that cannot reach its store rejects.
 */
export interface TicketStore {
  /** Whether no other process knows its tickets. @default false */
  readonly inMemory?: boolean;
  /** Keeps a new ticket. */
  readonly create: (ticket: TicketRecord) => Promise<void>;
  /** Removes a ticket and gives its statement: to one caller, whoever else asks at the same time. null where there is none, or it has expired at `now`, or by the store's own time. */
  readonly take: (id: string, now: number) => Promise<string | null>;
  /** Removes up to `limit` tickets that have expired at `now`, and tells how many; to be repeated while it removes any. */
  readonly deleteExpired: (now: number, limit: number) => Promise<number>;
}
