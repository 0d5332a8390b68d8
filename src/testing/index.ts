export { callerContext } from './caller-context.js';
export type { CallerOptions } from './caller-context.js';
export { testAuth } from './test-auth.js';
export type { TestAuthSettings } from './test-auth.js';
export { testClock } from './test-clock.js';
export type { TestClock } from './test-clock.js';
export { expiredToken, foreignToken, forgedToken, mintToken, unsignedToken } from './token-makers.js';
export type { ClaimChanges } from './token-makers.js';
