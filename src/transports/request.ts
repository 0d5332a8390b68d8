import type { AuthVerifier } from '../core/auth-verifier.js';
import type { CallRequest, Identity, TicketHolder } from '../core/call.js';
import { epochSeconds } from '../core/clock.js';
import { AuthError, protectedError } from '../core/errors.js';
import { isThere } from '../core/maybe-promise.js';
import type { AuthUser, MaybePromise } from '../core/ports.js';
import type { SessionSettings } from '../core/session-settings.js';
import type { CookieSettings } from '../core/cookie-settings.js';
import type { TokenResult } from '../serializers/issue.js';
import type { MeBody, ObtainBody } from '../serializers/bodies.js';
import type { JwtAuth } from '../serializers/jwt-auth.js';
import type { AuthRequest } from './auth-request.js';
import type { AuthConnection } from './connection.js';
import { clearedCookie, refreshCookieName, tokenCookie } from './cookies.js';
import { RequestCredentials } from './request-credentials.js';
import type { Credential } from './request-credentials.js';

/** Any auth whose users are of this type, one that keeps tokens out of bodies too. */
export type AuthOf<User extends AuthUser> = JwtAuth<User, object, string, CookieSettings | { readonly tokenInBody: false } & CookieSettings | undefined>;

/** The part of a tRPC context this package needs: `{ auth: RequestAuth }`. */
export interface AuthContext {
  readonly auth: RequestAuth;
}

/**
 * A request's identity, found when first asked for and remembered: one request, one verification, one user look-up. On a socket, which many calls
 * share, nothing is remembered of who he was: each call finds out anew.
 */
export class RequestAuth {
  readonly request: AuthRequest;
  /** The stream or socket, where the request opened one. */
  readonly connection: AuthConnection | undefined;
  /** What it brings, unverified. */
  readonly credentials: RequestCredentials;
  /** The Set-Cookie values given to the answer so far. */
  readonly setCookies: string[] = [];
  // Made when they are needed: most requests ask one thing of one auth, and an empty array makes room for 17 at its first push.
  #known: { readonly auth: unknown; readonly credential: string; readonly identity: MaybePromise<Identity<AuthUser>> }[] | undefined;
  #holders: Map<unknown, Promise<TicketHolder<AuthUser>>> | undefined;
  #call: { readonly auth: unknown; readonly request: unknown } | undefined;

  constructor(request: AuthRequest, connection?: AuthConnection) {
    this.request = request;
    this.connection = connection;
    this.credentials = new RequestCredentials(request, connection);
  }

  /** Who is calling. @throws AuthError NOT_AUTHENTICATED, HEADER_INVALID, TICKET_INVALID, CSRF_FAILED and every code of a bad token */
  async identify<User extends AuthUser>(auth: AuthVerifier<User>): Promise<Identity<User>> {
    return this.caller(auth);
  }

  /** `identify`, whose answer is there at once where nothing has to be waited for. @throws AuthError as `identify`, in a promise or not */
  caller<User extends AuthUser>(auth: AuthVerifier<User>): MaybePromise<Identity<User>> {
    const credential = this.credentials.of(auth);
    if (this.connection?.isSocket === true) return this.#ask(auth, credential);
    const known = this.#known?.find((each) => each.auth === auth && each.credential === credential.text);
    // This auth made it, so its user is of this auth's type.
    if (known !== undefined) return known.identity as MaybePromise<Identity<User>>;
    const identity = this.#ask(auth, credential);
    const found = { auth, credential: credential.text, identity };
    if (this.#known === undefined) this.#known = [found];
    else this.#known.push(found);
    return identity;
  }

  /** Who is calling as of now, whatever was found before. @throws AuthError as `identify` */
  async identifyAgain<User extends AuthUser>(auth: AuthVerifier<User>): Promise<Identity<User>> {
    return this.#ask(auth, this.credentials.of(auth));
  }

  /** Never throws: a refusal is a rejected promise, which can be remembered. */
  #ask<User extends AuthUser>(auth: AuthVerifier<User>, { kind, text }: Credential): MaybePromise<Identity<User>> {
    try {
      const identity = kind === 'token' ? verify(auth, text) : this.#holderOf(auth, text).then((holder) => holder());
      return isThere(identity) ? identity : identity.then(undefined, refuse);
    } catch (error) {
      return Promise.resolve().then(() => refuse(error));
    }
  }

  /** Redeems the ticket, whose one use serves this request, or this socket, for good. */
  #holderOf<User extends AuthUser>(auth: AuthVerifier<User>, ticket: string): Promise<TicketHolder<User>> {
    const known = this.#holders?.get(auth) as Promise<TicketHolder<User>> | undefined;
    if (known !== undefined) return known;
    const holder = auth.redeemTicket?.(ticket) ?? Promise.reject(new AuthError('TICKET_INVALID'));
    const holders = (this.#holders ??= new Map());
    holders.set(auth, holder);
    // A store that was away may be back for the next call.
    holder.catch((error: unknown) => {
      if (!(error instanceof AuthError) || error.code !== 'TICKET_INVALID') holders.delete(auth);
    });
    return holder;
  }

  /** This request as an auth's serializers see it. */
  for<User extends AuthUser>(auth: AuthOf<User>): CallRequest<User> {
    if (this.#call?.auth === auth) return this.#call.request as CallRequest<User>;
    const request = new RequestCall(this, auth);
    this.#call = { auth, request };
    return request;
  }

  /** The answer to an operation that made or checked a token: its body, with the cookie set where one is due. */
  answerToken<User extends AuthUser, Extra extends object, Cookie extends CookieSettings | undefined, Sessions extends SessionSettings | undefined>(
    auth: JwtAuth<User, Extra, string, Cookie, Sessions>,
    result: TokenResult<User>,
  ): ObtainBody<Extra, Cookie, Sessions> {
    const body = auth.tokenBody(result, this.for(auth));
    const { cookie, clock } = auth.settings;
    if (cookie !== undefined && result.issued) {
      const { secure } = this.request;
      const now = epochSeconds(clock);
      const set = [tokenCookie(cookie, cookie.name, result.token, { expiresAt: Number(result.claims.exp), now }, secure)];
      if (result.refresh !== undefined) {
        const { token, expiresAt } = result.refresh;
        set.push(tokenCookie(cookie, refreshCookieName(cookie, secure), token, { expiresAt, now }, secure));
      }
      for (const each of set) this.#appendCookie(each);
    }
    return body;
  }

  /** The answer to `me`. */
  answerMe<User extends AuthUser, Extra extends object>(auth: JwtAuth<User, Extra>, identity: Identity<User>): MeBody<User, Extra> {
    return auth.meBody(identity, this.for(auth));
  }

  /** Removes the tokens' cookies, where there are any. */
  clearCookies<User extends AuthUser>(auth: AuthOf<User>): void {
    const { cookie, sessions } = auth.settings;
    if (cookie === undefined) return;
    const { secure } = this.request;
    for (const name of sessions === undefined ? [cookie.name] : [cookie.name, refreshCookieName(cookie, secure)]) this.#appendCookie(clearedCookie(cookie, name, secure));
  }

  #appendCookie(setCookie: string): void {
    const { answer } = this.request;
    if (answer === undefined) throw new AuthError('COOKIE_UNSUPPORTED');
    answer.appendCookie(setCookie);
    this.setCookies.push(setCookie);
  }
}

function verify<User extends AuthUser>(auth: AuthVerifier<User>, token: string): MaybePromise<Identity<User>> {
  return auth.verifyToken.atOnce === undefined ? auth.verifyToken(token) : auth.verifyToken.atOnce(token);
}

/** Throws a failure in the words of a protected endpoint. */
function refuse(error: unknown): never {
  throw error instanceof AuthError ? protectedError(error) : error;
}

/**
 * A request as the serializers of one auth see it; its functions may be taken off it.
 *
 * They are the fields' initializers, never assigned: V8 allocates a function literal that is assigned to a property in its old space, where it keeps the
 * request alive over every minor collection.
 */
class RequestCall<User extends AuthUser> implements CallRequest<User> {
  readonly #auth: AuthOf<User>;
  readonly #requestAuth: RequestAuth;

  constructor(requestAuth: RequestAuth, auth: AuthOf<User>) {
    this.#auth = auth;
    this.#requestAuth = requestAuth;
  }

  readonly header: CallRequest<User>['header'] = (name) => this.#requestAuth.request.header(name.toLowerCase());
  readonly identify: CallRequest<User>['identify'] = () => this.#requestAuth.identify(this.#auth);
  readonly cookieToken: CallRequest<User>['cookieToken'] = () => this.#requestAuth.credentials.cookieToken(this.#auth);
  readonly refreshCookieToken: CallRequest<User>['refreshCookieToken'] = () => this.#requestAuth.credentials.cookieToken(this.#auth, 'refresh');
  readonly accessToken: CallRequest<User>['accessToken'] = () => this.#requestAuth.credentials.token(this.#auth);
  readonly expectCookie: CallRequest<User>['expectCookie'] = () => {
    const { request, credentials } = this.#requestAuth;
    if (request.answer === undefined) throw new AuthError('COOKIE_UNSUPPORTED');
    credentials.requireOwnOrigin(this.#auth.settings.cookie?.trustedOrigins ?? new Set());
  };

  get clientAddress(): string | undefined {
    const { request } = this.#requestAuth;
    return this.#auth.settings.clientAddress(request.peerAddress, request.header('x-forwarded-for'));
  }
}
