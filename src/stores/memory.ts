export { memoryThrottle } from '../throttle/memory-throttle.js';
export type { MemoryThrottleOptions } from '../throttle/memory-throttle.js';
export { memoryTickets } from '../tickets/memory-tickets.js';
export { memorySessions } from './memory-sessions.js';
export type { MemorySessionsOptions } from './memory-sessions.js';
