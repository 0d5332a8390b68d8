import type { Identify, Identity } from './call.js';
import { checkClaims, namesUser, usernameOf } from './claims.js';
import type { Claims } from './claims.js';
import { epochSeconds } from './clock.js';
import { AuthError } from './errors.js';
import { whenThere } from './maybe-promise.js';
import type { AuthUser, MaybePromise } from './ports.js';
import type { ResolvedSettings } from './settings.js';
import type { Tokens, Verified } from './tokens.js';

/** Finds the user a token names, as he is now, unless he is found already. @throws AuthError USER_NOT_FOUND, ACCOUNT_DISABLED */
export type FindUser<User extends AuthUser> = (username: string, claims: Claims, found?: User) => MaybePromise<User>;

/** Makes the look-up of a token's user. */
export function createFindUser<User extends AuthUser>({ users }: Pick<ResolvedSettings<User>, 'users'>): FindUser<User> {
  const judged = (claims: Claims, user: User | null | undefined): User => {
    if (user === null || user === undefined || !namesUser(claims, user)) throw new AuthError('USER_NOT_FOUND');
    if (!user.isActive) throw new AuthError('ACCOUNT_DISABLED');
    return user;
  };
  return (username, claims, found) => whenThere(found ?? users.findByUsername(username), (user) => judged(claims, user));
}

/** Makes the check every verify, refresh and protected call shares; `checkSession` comes last, where there are sessions. */
export function createIdentify<User extends AuthUser>(
  settings: ResolvedSettings<User>,
  tokens: Tokens<User>,
  findUser: FindUser<User>,
  checkSession?: (claims: Claims, user: User) => MaybePromise<void>,
): Identify<User> {
  const judged = ({ claims, user: found }: Verified<User>): MaybePromise<Identity<User>> => {
    checkClaims(settings, claims, epochSeconds(settings.clock));
    return whenThere(findUser(usernameOf(settings, claims), claims, found), (user) => whenThere(checkSession?.(claims, user), () => ({ user, claims })));
  };
  return (token) => whenThere(tokens.verify(token), judged);
}
