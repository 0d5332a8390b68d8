import type { AuthVerifier } from '../core/auth-verifier.js';
import { AuthError } from '../core/errors.js';
import type { AuthUser } from '../core/ports.js';
import type { AuthRequest } from './auth-request.js';
import type { AuthConnection } from './connection.js';
import { refreshCookieName } from './cookies.js';
import { tokenFromCookies, tokenFromHeader } from './credentials.js';
import { isOwnOrigin } from './origin.js';

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** What speaks for a caller, unverified. */
export interface Credential {
  readonly kind: 'token' | 'ticket';
  readonly text: string;
}

/** What one request, and the stream or socket it opened, bring of tokens and tickets. */
export class RequestCredentials {
  readonly #request: AuthRequest;
  readonly #connection: AuthConnection | undefined;
  // A batch asks as often as it has calls.
  #read: { readonly header: string; readonly prefix: string; readonly token: string | undefined } | undefined;

  constructor(request: AuthRequest, connection: AuthConnection | undefined) {
    this.#request = request;
    this.#connection = connection;
  }

  /** What this request brings for an auth. @throws AuthError NOT_AUTHENTICATED, HEADER_INVALID, CSRF_FAILED */
  of<User extends AuthUser>(auth: AuthVerifier<User>): Credential {
    const ticket = this.#connection?.ticket;
    const token = this.token(auth, { orCookie: ticket === undefined });
    if (token !== undefined) return { kind: 'token', text: token };
    if (ticket === undefined) throw new AuthError('NOT_AUTHENTICATED');
    return { kind: 'ticket', text: ticket };
  }

  /** The Authorization header; on a socket the one sent as a message counts too, for a browser can send no other. @throws AuthError HEADER_INVALID */
  #header(): string | undefined {
    const header = this.#request.header('authorization');
    if (header !== undefined && header.trim() !== '') return header;
    const connection = this.#connection;
    if (connection?.authorization === undefined) return undefined;
    if (!connection.isSocket) throw new AuthError('HEADER_INVALID', { message: 'A token has no place in a URL: open the stream with a ticket.' });
    return connection.authorization;
  }

  /** The access token for an auth: the header's, else the cookie's. @throws AuthError HEADER_INVALID, CSRF_FAILED */
  token<User extends AuthUser>(auth: AuthVerifier<User>, { orCookie = true } = {}): string | undefined {
    const header = this.#header();
    if (header === undefined) return orCookie ? this.cookieToken(auth) : undefined;
    const { headerPrefix: prefix } = auth.settings;
    if (this.#read?.header !== header || this.#read.prefix !== prefix) this.#read = { header, prefix, token: tokenFromHeader(header, prefix) };
    return this.#read.token;
  }

  /** A token's cookie, where there are cookies. @throws AuthError CSRF_FAILED where a foreign page sent it, TOKEN_UNDECODABLE */
  cookieToken<User extends AuthUser>(auth: AuthVerifier<User>, kind: 'access' | 'refresh' = 'access'): string | undefined {
    const { cookie } = auth.settings;
    const header = cookie === undefined ? undefined : this.#request.header('cookie');
    if (cookie === undefined || header === undefined) return undefined;
    const token = tokenFromCookies(header, kind === 'access' ? cookie.name : refreshCookieName(cookie, this.#request.secure));
    // A foreign page can open a socket, or begin a stream's work, with a GET.
    if (token !== undefined && (this.#connection !== undefined || !SAFE_METHODS.has(this.#request.method))) this.requireOwnOrigin(cookie.trustedOrigins);
    return token;
  }

  /** Refuses what a page of another origin sent. @throws AuthError CSRF_FAILED */
  requireOwnOrigin(trustedOrigins: ReadonlySet<string>): void {
    if (!isOwnOrigin(this.#request, trustedOrigins)) throw new AuthError('CSRF_FAILED');
  }
}
