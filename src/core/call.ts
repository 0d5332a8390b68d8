import type { Claims } from './claims.js';
import { NOWHERE } from './events.js';
import type { EventOrigin } from './events.js';
import type { AuthUser, MaybePromise } from './ports.js';

/** Whom a token speaks for, at the moment it was checked. */
export interface Identity<User extends AuthUser> {
  readonly user: User;
  readonly claims: Claims;
}

/** Checks a token down to its state now: signature, then claims, then user, then session. What it finds is there at once where nothing has to be waited for. */
export type Identify<User extends AuthUser> = (token: string) => MaybePromise<Identity<User>>;

/** `Identify` for the app's own code: always a promise. Transports ask `atOnce`, where it is there; a function put in its place has none, and is asked itself. */
export interface VerifyToken<User extends AuthUser> {
  (token: string): Promise<Identity<User>>;
  readonly atOnce?: Identify<User>;
}

/** Makes a VerifyToken. */
export function verifyTokenOf<User extends AuthUser>(identify: Identify<User>): VerifyToken<User> {
  return Object.assign(async (token: string) => identify(token), { atOnce: identify });
}

/** Who holds a redeemed ticket, as he is each time it is asked. @throws AuthError every code of a bad token */
export type TicketHolder<User extends AuthUser> = () => Promise<Identity<User>>;

/** What an operation may ask of the request that carries it; the transports implement it. */
export interface CallRequest<User extends AuthUser = AuthUser> {
  /** A header, its repetitions joined with a comma; undefined where it is absent. */
  readonly header: (name: string) => string | undefined;
  /** The client's address, read behind `trustedProxies`; undefined where there is none. */
  readonly clientAddress: string | undefined;
  /** Who is calling, found once a request. @throws AuthError NOT_AUTHENTICATED and every code of a bad token */
  readonly identify: () => Promise<Identity<User>>;
  /** The access token in the cookie. @throws AuthError CSRF_FAILED where a foreign page sent it on an unsafe method */
  readonly cookieToken: () => string | undefined;
  /** The refresh token in its cookie. @throws AuthError CSRF_FAILED where a foreign page sent it */
  readonly refreshCookieToken: () => string | undefined;
  /** The access token of the request, from its header or its cookie, unverified. @throws AuthError HEADER_INVALID, CSRF_FAILED */
  readonly accessToken: () => string | undefined;
  /** To be called before work whose answer sets a cookie. @throws AuthError CSRF_FAILED, COOKIE_UNSUPPORTED */
  readonly expectCookie: () => void;
}

/** Where a call comes from, as events and sessions tell it. */
export function originOf(request: Pick<CallRequest, 'clientAddress' | 'header'> | undefined): EventOrigin {
  return request === undefined ? NOWHERE : { clientAddress: request.clientAddress, userAgent: request.header('user-agent') };
}
