import { verifyTokenOf } from '../core/call.js';
import type { CallRequest, Identity, TicketHolder, VerifyToken } from '../core/call.js';
import { usernameOf } from '../core/claims.js';
import type { Claims } from '../core/claims.js';
import type { CookieSettings } from '../core/cookie-settings.js';
import { ConfigurationError } from '../core/errors.js';
import { NOWHERE } from '../core/events.js';
import { createFindUser, createIdentify } from '../core/identity.js';
import type { Jwk } from '../core/key-format.js';
import type { AuthUser } from '../core/ports.js';
import type { ResolvedSessions, SessionSettings } from '../core/session-settings.js';
import { resolveSettings } from '../core/settings.js';
import type { JwtAuthSettings, ResolvedSettings } from '../core/settings.js';
import { createTokens } from '../core/tokens.js';
import { createUserKeys } from '../core/user-secret.js';
import { createSessions } from '../sessions/sessions.js';
import { createLoginThrottle } from '../throttle/login-throttle.js';
import { createTicketThrottle } from '../throttle/ticket-throttle.js';
import { createTickets } from '../tickets/tickets.js';
import type { MeBody, ObtainBody, RefreshInput, TokenInput } from './bodies.js';
import { logoutAllSerializer, sessionListSerializer, sessionRevokeSerializer } from './device-sessions.js';
import type { RevokedBody, SessionBody, SessionInput } from './device-sessions.js';
import { createIssue } from './issue.js';
import type { TokenResult } from './issue.js';
import { logoutSerializer } from './logout.js';
import { meSerializer } from './me.js';
import { obtainSerializer } from './obtain.js';
import type { LoginInput } from './obtain.js';
import { refreshSerializer } from './refresh.js';
import type { RefreshAttrs } from './refresh.js';
import type { Serializer } from './serializer.js';
import { ticketSerializer } from './ticket.js';
import type { TicketBody } from './ticket.js';
import type { TokenAttrs } from './token-input.js';
import { verifySerializer } from './verify.js';

/** The operations of one configuration; transports serve it, and the app's own code may call it. */
export interface JwtAuth<
  User extends AuthUser = AuthUser,
  Extra extends object = object,
  Field extends string = string,
  Cookie extends CookieSettings | undefined = CookieSettings | undefined,
  Sessions extends SessionSettings | undefined = SessionSettings | undefined,
> {
  /** The settings with every default filled in. */
  readonly settings: ResolvedSettings<User>;
  /** The operations, each a zod input and a `validate` step, for transports of the app's own. */
  readonly serializers: {
    readonly obtain: Serializer<LoginInput, LoginInput<Field>, TokenResult<User>>;
    readonly refresh: Serializer<RefreshAttrs, RefreshInput<Cookie, Sessions>, TokenResult<User>>;
    readonly verify: Serializer<TokenAttrs, TokenInput<Cookie>, TokenResult<User>>;
    readonly logout: Serializer<RefreshAttrs, RefreshAttrs | undefined, Record<string, never>>;
    readonly logoutAll: Serializer<undefined, undefined, RevokedBody, User>;
    readonly sessionList: Serializer<undefined, undefined, SessionBody[], User>;
    readonly sessionRevoke: Serializer<SessionInput, SessionInput, RevokedBody, User>;
    readonly ticket: Serializer<undefined, undefined, TicketBody, User>;
    readonly me: Serializer<undefined, undefined, Identity<User>, User>;
  };
  /** The answer to obtain, refresh and verify (the original's `jwt_response_payload_handler`); a refresh token is in it where the result has one. */
  readonly tokenBody: (result: TokenResult<User>, request?: CallRequest) => ObtainBody<Extra, Cookie, Sessions>;
  /** The answer to `me`. */
  readonly meBody: (identity: Identity<User>, request?: CallRequest) => MeBody<User, Extra>;
  /** Makes an access token without a login, for code of the app's own, in a session of its own where there are sessions; it does not check `isActive`. */
  readonly issueToken: (user: User) => Promise<string>;
  /**
   * Checks an access token down to the state of its user and session now.
   *
   * @throws AuthError TOKEN_UNDECODABLE, TOKEN_REJECTED, TOKEN_EXPIRED, TOKEN_PAYLOAD_INVALID, USER_NOT_FOUND, ACCOUNT_DISABLED, TOKEN_REVOKED, STORE_UNAVAILABLE
   */
  readonly verifyToken: VerifyToken<User>;
  /**
   * Takes a ticket, once, and gives what says who holds it, as he is each time it is asked.
   *
   * @throws AuthError TICKET_INVALID, STORE_UNAVAILABLE
   */
  readonly redeemTicket: (ticket: string) => Promise<TicketHolder<User>>;
  /** Calls `told` when this process learns that the session of an access token's claims has ended; gives a function that ends that. */
  readonly watchSession: (claims: Claims, told: () => void) => () => void;
  /** The public keys, for `/.well-known/jwks.json` (RFC 7517 section 5); none of a shared secret. @throws AuthError STORE_UNAVAILABLE */
  readonly jwks: () => Promise<{ readonly keys: readonly Jwk[] }>;
  /**
   * Ends a user's sessions and tells how many there were, for a changed password or a closed account.
   *
   * @param options - `exceptSessionId`, the claim `sid` of the caller, spares the session he is in
   * @throws AuthError STORE_UNAVAILABLE
   * @throws ConfigurationError where there are no sessions
   */
  readonly revokeUser: (userId: User['id'], options?: { readonly exceptSessionId?: string }) => Promise<number>;
}

// Names an addition can't take: else a handler moved over from Django would put the token back into a body kept free of it.
const OWN_NAMES: ReadonlySet<string> = new Set(['token', 'refresh_token', 'expires_at']);

/**
 * Makes the authentication of an app from its settings (specification "Views and Endpoints").
 *
 * @throws ConfigurationError naming the setting and the mend
 * @example
 * ```ts
 * import { createJwtAuth, secretKey } from 'trpc-jwt-auth';
 *
 * const ada = { id: 1, username: 'ada', isActive: true };
 * const auth = createJwtAuth({
 *   keys: secretKey('0123456789abcdef0123456789abcdef'),
 *   users: {
 *     authenticate: ({ username, password }) => (username === 'ada' && password === 'engine' ? ada : null),
 *     findByUsername: (username) => (username === 'ada' ? ada : null),
 *   },
 * });
 * const { user } = await auth.verifyToken(await auth.issueToken(ada));
 * console.log(user.username); // ada
 * ```
 */
export function createJwtAuth<
  User extends AuthUser,
  // A promise would add nothing to the answer, and say nothing of it.
  Extra extends object & { readonly then?: never } = object,
  const Field extends string = 'username',
  const Cookie extends CookieSettings | undefined = undefined,
  const Sessions extends SessionSettings | undefined = undefined,
>(settings: JwtAuthSettings<User, Extra, Field, Cookie, Sessions>): JwtAuth<User, Extra, Field, Cookie, Sessions> {
  type Auth = JwtAuth<User, Extra, Field, Cookie, Sessions>;
  const resolved = resolveSettings<User>(settings);
  const userKeys = (nameIn: (claims: Claims) => unknown) => resolved.userSecret && createUserKeys(resolved.userSecret, resolved.users, nameIn);
  const tokens = createTokens(resolved.keys, 'JWT', userKeys((claims) => usernameOf(resolved, claims)));
  const findUser = createFindUser(resolved);
  const sessions = hasSessions(resolved) ? createSessions(resolved, createTokens(resolved.keys, 'refresh+jwt', userKeys(({ sub }) => sub)), findUser) : undefined;
  const identify = createIdentify(resolved, tokens, findUser, sessions?.check);
  const issue = createIssue(resolved, tokens);
  const statements = createTokens(resolved.keys, 'ticket+jwt', userKeys((claims) => usernameOf(resolved, claims)));
  const tickets = createTickets(resolved, statements, createIdentify(resolved, statements, findUser, sessions?.check));
  const isCookieMode = resolved.cookie !== undefined;

  const { responsePayload } = resolved;
  const additions = (identity: Identity<User>, token: string | undefined, request: CallRequest | undefined): Record<string, unknown> | undefined => {
    if (responsePayload === undefined) return undefined;
    // One that gives nothing, whatever its type says, adds nothing.
    const added = (responsePayload({ user: identity.user, claims: identity.claims, token, request }) as object | undefined) ?? {};
    if ('then' in added) throw new ConfigurationError('createJwtAuth: responsePayload gives a promise; give an object, made of what the user already has.');
    return Object.fromEntries(Object.entries(added).filter(([name]) => !OWN_NAMES.has(name)));
  };
  const expiresAt = ({ claims }: Identity<User>): number => Math.trunc(Number(claims.exp));
  const inBody = resolved.cookie?.tokenInBody ?? true;

  return {
    settings: resolved,
    serializers: {
      obtain: obtainSerializer(resolved, issue, createLoginThrottle(resolved), sessions),
      refresh: refreshSerializer(resolved, identify, issue, sessions) as Auth['serializers']['refresh'],
      verify: verifySerializer(resolved, identify) as Auth['serializers']['verify'],
      logout: logoutSerializer(resolved, async (token) => (await tokens.verify(token)).claims, sessions),
      logoutAll: logoutAllSerializer(isCookieMode, sessions),
      sessionList: sessionListSerializer(sessions),
      sessionRevoke: sessionRevokeSerializer(sessions),
      ticket: ticketSerializer(tickets, createTicketThrottle(resolved)),
      me: meSerializer(),
    },
    tokenBody: (result, request) => {
      const issued = result.refresh === undefined ? { token: result.token } : { token: result.token, refresh_token: result.refresh.token };
      return { ...(inBody ? issued : { expires_at: expiresAt(result) }), ...additions(result, inBody ? result.token : undefined, request) } as ObtainBody<Extra, Cookie, Sessions>;
    },
    meBody: (identity, request) =>
      ({
        user_id: identity.user.id,
        username: identity.user.username,
        expires_at: expiresAt(identity),
        ...additions(identity, undefined, request),
      }) as MeBody<User, Extra>,
    issueToken: async (user) => {
      const session = await sessions?.open(user, NOWHERE);
      return (await issue(user, session === undefined ? {} : { session })).token;
    },
    verifyToken: verifyTokenOf(identify),
    redeemTicket: tickets.redeem,
    watchSession: sessions === undefined ? () => () => undefined : sessions.watch,
    jwks: async () => ({ keys: (await resolved.keys.current()).published }),
    revokeUser: async (userId, { exceptSessionId } = {}) => {
      if (sessions === undefined) throw new ConfigurationError('revokeUser: there are no sessions to end; give createJwtAuth sessions: { store }.');
      return sessions.revokeUser(String(userId), 'user-revoke', NOWHERE, exceptSessionId);
    },
  };
}

function hasSessions<User extends AuthUser>(settings: ResolvedSettings<User>): settings is ResolvedSettings<User> & { readonly sessions: ResolvedSessions } {
  return settings.sessions !== undefined;
}
