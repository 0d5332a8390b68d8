/** How many attempts a key has in a window of time. */
export interface Limit {
  /** Becomes part of the keys, so that limits of different names never share a count. */
  readonly name: string;
  readonly attempts: number;
  readonly windowSeconds: number;
}

/** What one attempt came to. */
export interface Attempt {
  readonly allowed: boolean;
  /** When the window ends, in milliseconds from now. */
  readonly availableInMs: number;
}

/** The counts of one limit, by key. Every verb is atomic; one that cannot reach its store rejects. */
export interface Limiter {
  /** Counts an attempt; the window of a key begins with its first. */
  readonly consume: (key: string) => Promise<Attempt>;
  /** Takes back an attempt that was none, within its window. */
  readonly giveBack: (key: string) => Promise<void>;
  /** Notes the key for a window from now. */
  readonly mark: (key: string) => Promise<void>;
  /** Whether the key has been noted or counted within its window. */
  readonly has: (key: string) => Promise<boolean>;
}

/** Where limits are kept; called once for each limit, at construction. */
export interface ThrottleStore {
  /** Whether each process counts apart. @default false */
  readonly inMemory?: boolean;
  readonly limiter: (limit: Limit) => Limiter;
}
