export { kyselySessions, sessionMigrations } from './kysely-sessions.js';
export type { AuthSessionsDatabase, AuthSessionsTable } from './kysely-sessions.js';
export { kyselyThrottle, throttleMigrations } from './kysely-throttle.js';
export type { AuthThrottleDatabase, AuthThrottleTable } from './kysely-throttle.js';
export { kyselyTickets, ticketMigrations } from './kysely-tickets.js';
export type { AuthTicketsDatabase, AuthTicketsTable } from './kysely-tickets.js';
