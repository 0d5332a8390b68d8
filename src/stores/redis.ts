export type { IoredisClient, NodeRedisClient, RedisClient } from './redis-client.js';
export { redisSessions } from './redis-sessions.js';
export type { RedisSessionsOptions } from './redis-sessions.js';
export { redisThrottle } from './redis-throttle.js';
export type { RedisThrottleOptions } from './redis-throttle.js';
export { redisTickets } from './redis-tickets.js';
export type { RedisTicketsOptions } from './redis-tickets.js';
