export { kyselySessions, sessionMigrations } from './kysely-sessions.js';
export type { AuthSessionsDatabase, AuthSessionsTable } from './kysely-sessions.js';
