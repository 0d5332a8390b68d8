export type { RedisClient } from './redis-client.js';
export { redisSessions } from './redis-sessions.js';
export type { RedisSessionsOptions } from './redis-sessions.js';
