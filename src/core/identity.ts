import type { Identify } from './call.js';
import { checkClaims, namesUser, usernameOf } from './claims.js';
import { epochSeconds } from './clock.js';
import { AuthError } from './errors.js';
import type { AuthUser } from './ports.js';
import type { ResolvedSettings } from './settings.js';
import type { Tokens } from './tokens.js';

/** Makes the check every verify, refresh and protected call shares. */
export function createIdentify<User extends AuthUser>(settings: ResolvedSettings<User>, tokens: Tokens): Identify<User> {
  return async (token) => {
    const claims = await tokens.verify(token);
    checkClaims(settings, claims, epochSeconds(settings.clock));
    const user = await settings.users.findByUsername(usernameOf(settings, claims));
    if (user === null || user === undefined || !namesUser(claims, user)) throw new AuthError('USER_NOT_FOUND');
    if (!user.isActive) throw new AuthError('ACCOUNT_DISABLED');
    return { user, claims };
  };
}
