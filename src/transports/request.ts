import type { AuthVerifier } from '../core/auth-verifier.js';
import type { CallRequest, Identity, TicketHolder } from '../core/call.js';
import { epochSeconds } from '../core/clock.js';
import { AuthError, protectedError } from '../core/errors.js';
import type { AuthUser } from '../core/ports.js';
import type { SessionSettings } from '../core/session-settings.js';
import type { CookieSettings } from '../core/cookie-settings.js';
import type { TokenResult } from '../serializers/issue.js';
import type { MeBody, ObtainBody } from '../serializers/bodies.js';
import type { JwtAuth } from '../serializers/jwt-auth.js';
import type { AuthRequest } from './auth-request.js';
import type { AuthConnection } from './connection.js';
import { clearedCookie, refreshCookieName, tokenCookie } from './cookies.js';
import { tokenFromCookies, tokenFromHeader } from './credentials.js';
import { isOwnOrigin } from './origin.js';

/** Any auth whose users are of this type, one that keeps tokens out of bodies too. */
export type AuthOf<User extends AuthUser> = JwtAuth<User, object, string, CookieSettings | { readonly tokenInBody: false } & CookieSettings | undefined>;

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The part of a tRPC context this package needs: `{ auth: RequestAuth }`. */
export interface AuthContext {
  readonly auth: RequestAuth;
}

interface Credential {
  readonly kind: 'token' | 'ticket';
  readonly text: string;
}

/**
 * A request's identity, found when first asked for and remembered: one request, one verification, one user look-up. On a socket, which many calls
 * share, nothing is remembered of who he was: each call finds out anew.
 */
export class RequestAuth {
  readonly request: AuthRequest;
  /** The stream or socket, where the request opened one. */
  readonly connection: AuthConnection | undefined;
  /** The Set-Cookie values given to the answer so far. */
  readonly setCookies: string[] = [];
  readonly #known = new Map<unknown, { credential: string; identity: Promise<Identity<AuthUser>> }>();
  readonly #holders = new Map<unknown, Promise<TicketHolder<AuthUser>>>();

  constructor(request: AuthRequest, connection?: AuthConnection) {
    this.request = request;
    this.connection = connection;
  }

  /** Who is calling. @throws AuthError NOT_AUTHENTICATED, HEADER_INVALID, TICKET_INVALID, CSRF_FAILED and every code of a bad token */
  async identify<User extends AuthUser>(auth: AuthVerifier<User>): Promise<Identity<User>> {
    const credential = this.#credential(auth);
    if (this.connection?.isSocket === true) return this.#ask(auth, credential);
    const known = this.#known.get(auth);
    // The map's key is the auth that made the value, so the value's user is of that auth's type.
    if (known?.credential === credential.text) return known.identity as Promise<Identity<User>>;
    const identity = this.#ask(auth, credential);
    this.#known.set(auth, { credential: credential.text, identity });
    return identity;
  }

  /** Who is calling as of now, whatever was found before. @throws AuthError as `identify` */
  async identifyAgain<User extends AuthUser>(auth: AuthVerifier<User>): Promise<Identity<User>> {
    return this.#ask(auth, this.#credential(auth));
  }

  async #ask<User extends AuthUser>(auth: AuthVerifier<User>, { kind, text }: Credential): Promise<Identity<User>> {
    try {
      return await (kind === 'token' ? auth.verifyToken(text) : (await this.#holderOf(auth, text))());
    } catch (error) {
      throw error instanceof AuthError ? protectedError(error) : error;
    }
  }

  /** Redeems the ticket, whose one use serves this request, or this socket, for good. */
  #holderOf<User extends AuthUser>(auth: AuthVerifier<User>, ticket: string): Promise<TicketHolder<User>> {
    const known = this.#holders.get(auth) as Promise<TicketHolder<User>> | undefined;
    if (known !== undefined) return known;
    const holder = auth.redeemTicket?.(ticket) ?? Promise.reject(new AuthError('TICKET_INVALID'));
    this.#holders.set(auth, holder);
    // A store that was away may be back for the next call.
    holder.catch((error: unknown) => {
      if (!(error instanceof AuthError) || error.code !== 'TICKET_INVALID') this.#holders.delete(auth);
    });
    return holder;
  }

  /** What this request brings for an auth, unverified. @throws AuthError NOT_AUTHENTICATED, HEADER_INVALID, CSRF_FAILED */
  #credential<User extends AuthUser>(auth: AuthVerifier<User>): Credential {
    const ticket = this.connection?.ticket;
    const token = this.#token(auth, { orCookie: ticket === undefined });
    if (token !== undefined) return { kind: 'token', text: token };
    if (ticket === undefined) throw new AuthError('NOT_AUTHENTICATED');
    return { kind: 'ticket', text: ticket };
  }

  /** The Authorization header; on a socket the one sent as a message counts too, for a browser can send no other. @throws AuthError HEADER_INVALID */
  #header(): string | undefined {
    const header = this.request.header('authorization');
    if (header !== undefined && header.trim() !== '') return header;
    const { connection } = this;
    if (connection?.authorization === undefined) return undefined;
    if (!connection.isSocket) throw new AuthError('HEADER_INVALID', { message: 'A token has no place in a URL: open the stream with a ticket.' });
    return connection.authorization;
  }

  /** The token this request brings for an auth, unverified: its header's, else its cookie's. @throws AuthError HEADER_INVALID, CSRF_FAILED */
  #token<User extends AuthUser>(auth: AuthVerifier<User>, { orCookie = true } = {}): string | undefined {
    const header = this.#header();
    if (header !== undefined) return tokenFromHeader(header, auth.settings.headerPrefix);
    return orCookie ? this.#cookieToken(auth) : undefined;
  }

  #cookieToken<User extends AuthUser>(auth: AuthVerifier<User>, kind: 'access' | 'refresh' = 'access'): string | undefined {
    const { cookie } = auth.settings;
    const header = cookie === undefined ? undefined : this.request.header('cookie');
    if (cookie === undefined || header === undefined) return undefined;
    const token = tokenFromCookies(header, kind === 'access' ? cookie.name : refreshCookieName(cookie, this.request.secure));
    // A foreign page can open a socket, or begin a stream's work, with a GET.
    if (token !== undefined && (this.connection !== undefined || !SAFE_METHODS.has(this.request.method))) this.#requireOwnOrigin(cookie.trustedOrigins);
    return token;
  }

  #requireOwnOrigin(trustedOrigins: ReadonlySet<string>): void {
    if (!isOwnOrigin(this.request, trustedOrigins)) throw new AuthError('CSRF_FAILED');
  }

  /** This request as an auth's serializers see it. */
  for<User extends AuthUser>(auth: AuthOf<User>): CallRequest<User> {
    const { request } = this;
    return {
      header: (name) => request.header(name.toLowerCase()),
      get clientAddress() {
        return auth.settings.clientAddress(request.peerAddress, request.header('x-forwarded-for'));
      },
      identify: () => this.identify(auth),
      cookieToken: () => this.#cookieToken(auth),
      refreshCookieToken: () => this.#cookieToken(auth, 'refresh'),
      accessToken: () => this.#token(auth),
      expectCookie: () => {
        if (request.answer === undefined) throw new AuthError('COOKIE_UNSUPPORTED');
        this.#requireOwnOrigin(auth.settings.cookie?.trustedOrigins ?? new Set());
      },
    };
  }

  /** The answer to an operation that made or checked a token: its body, with the cookie set where one is due. */
  answerToken<User extends AuthUser, Extra extends object, Cookie extends CookieSettings | undefined, Sessions extends SessionSettings | undefined>(
    auth: JwtAuth<User, Extra, string, Cookie, Sessions>,
    result: TokenResult<User>,
  ): ObtainBody<Extra, Cookie, Sessions> {
    const body = this.answerPrivate(auth.tokenBody(result, this.for(auth)));
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

  /** An answer that is for the caller alone, and for no cache. */
  answerPrivate<Body>(body: Body): Body {
    this.request.answer?.set('Cache-Control', 'no-store');
    return body;
  }

  /** The answer to `me`. */
  answerMe<User extends AuthUser, Extra extends object>(auth: JwtAuth<User, Extra>, identity: Identity<User>): MeBody<User, Extra> {
    return this.answerPrivate(auth.meBody(identity, this.for(auth)));
  }

  /** Removes the tokens' cookies, where there are any. */
  clearCookies<User extends AuthUser>(auth: AuthOf<User>): void {
    const { cookie, sessions } = auth.settings;
    if (cookie === undefined) return;
    const { secure } = this.request;
    for (const name of sessions === undefined ? [cookie.name] : [cookie.name, refreshCookieName(cookie, secure)]) this.#appendCookie(clearedCookie(cookie, name, secure));
  }

  #appendCookie(setCookie: string): void {
    if (this.request.answer === undefined) throw new AuthError('COOKIE_UNSUPPORTED');
    this.request.answer.appendCookie(setCookie);
    this.setCookies.push(setCookie);
  }
}
