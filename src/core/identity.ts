import type { Identify } from './call.js';
import { checkClaims, namesUser, usernameOf } from './claims.js';
import type { Claims } from './claims.js';
import { epochSeconds } from './clock.js';
import { AuthError } from './errors.js';
import type { AuthUser, MaybePromise } from './ports.js';
import type { ResolvedSettings } from './settings.js';
import type { Tokens } from './tokens.js';

/** Finds the user a token names, as he is now, unless he is found already. @throws AuthError USER_NOT_FOUND, ACCOUNT_DISABLED */
export type FindUser<User extends AuthUser> = (username: string, claims: Claims, found?: User) => Promise<User>;

/** Makes the look-up of a token's user. */
export function createFindUser<User extends AuthUser>({ users }: Pick<ResolvedSettings<User>, 'users'>): FindUser<User> {
  return async (username, claims, found) => {
    const user = found ?? (await users.findByUsername(username));
    if (user === null || user === undefined || !namesUser(claims, user)) throw new AuthError('USER_NOT_FOUND');
    if (!user.isActive) throw new AuthError('ACCOUNT_DISABLED');
    return user;
  };
}

/** Makes the check every verify, refresh and protected call shares; `checkSession` comes last, where there are sessions. */
export function createIdentify<User extends AuthUser>(
  settings: ResolvedSettings<User>,
  tokens: Tokens<User>,
  findUser: FindUser<User>,
  checkSession?: (claims: Claims, user: User) => MaybePromise<void>,
): Identify<User> {
  return async (token) => {
    const { claims, user: found } = await tokens.verify(token);
    checkClaims(settings, claims, epochSeconds(settings.clock));
    const user = await findUser(usernameOf(settings, claims), claims, found);
    if (checkSession !== undefined) await checkSession(claims, user);
    return { user, claims };
  };
}
