import type { CallRequest, Identify, Identity } from '../core/call.js';
import { ConfigurationError } from '../core/errors.js';
import { createIdentify } from '../core/identity.js';
import type { AuthUser } from '../core/ports.js';
import { resolveSettings } from '../core/settings.js';
import type { CookieSettings, JwtAuthSettings, ResolvedSettings } from '../core/settings.js';
import { createTokens } from '../core/tokens.js';
import { createIssue } from './issue.js';
import type { TokenResult } from './issue.js';
import { logoutSerializer } from './logout.js';
import { meSerializer } from './me.js';
import { obtainSerializer } from './obtain.js';
import type { LoginInput } from './obtain.js';
import { refreshSerializer } from './refresh.js';
import type { Serializer } from './serializer.js';
import type { TokenAttrs } from './token-input.js';
import { verifySerializer } from './verify.js';

type Flat<T> = { [Name in keyof T]: T[Name] };

/** What refresh and verify take: in cookie mode the token may be left to the cookie. */
export type TokenInput<Cookie> = Cookie extends CookieSettings ? TokenAttrs | undefined : { token: string };

/** What obtain, refresh and verify answer: the token (or, where `tokenInBody` is false, its expiry in epoch seconds) and the app's additions. */
export type TokenBody<Extra, Cookie> = Flat<(Cookie extends { readonly tokenInBody: false } ? { expires_at: number } : { token: string }) & Extra>;

/** What `me` answers: who is calling and until when the token is good, in epoch seconds. */
export type MeBody<User extends AuthUser, Extra> = Flat<{ user_id: User['id']; username: string; expires_at: number } & Extra>;

/** The operations of one configuration; transports serve it, and the app's own code may call it. */
export interface JwtAuth<
  User extends AuthUser = AuthUser,
  Extra extends object = object,
  Field extends string = string,
  Cookie extends CookieSettings | undefined = CookieSettings | undefined,
> {
  /** The settings with every default filled in. */
  readonly settings: ResolvedSettings<User>;
  /** The operations, each a zod input and a `validate` step, for transports of the app's own. */
  readonly serializers: {
    readonly obtain: Serializer<LoginInput, LoginInput<Field>, TokenResult<User>>;
    readonly refresh: Serializer<TokenAttrs, TokenInput<Cookie>, TokenResult<User>>;
    readonly verify: Serializer<TokenAttrs, TokenInput<Cookie>, TokenResult<User>>;
    readonly logout: Serializer<object, object | undefined, Record<string, never>>;
    readonly me: Serializer<undefined, undefined, Identity<User>, User>;
  };
  /** The answer to obtain, refresh and verify (the original's `jwt_response_payload_handler`). */
  readonly tokenBody: (result: TokenResult<User>, request?: CallRequest) => TokenBody<Extra, Cookie>;
  /** The answer to `me`. */
  readonly meBody: (identity: Identity<User>, request?: CallRequest) => MeBody<User, Extra>;
  /** Makes an access token without a login, for code of the app's own; it does not check `isActive`. */
  readonly issueToken: (user: User) => Promise<string>;
  /**
   * Checks an access token down to the user's state now.
   *
   * @throws AuthError TOKEN_UNDECODABLE, TOKEN_REJECTED, TOKEN_EXPIRED, TOKEN_PAYLOAD_INVALID, USER_NOT_FOUND, ACCOUNT_DISABLED
   */
  readonly verifyToken: Identify<User>;
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
>(settings: JwtAuthSettings<User, Extra, Field, Cookie>): JwtAuth<User, Extra, Field, Cookie> {
  const resolved = resolveSettings<User>(settings);
  const tokens = createTokens(resolved.keys, 'JWT');
  const identify = createIdentify(resolved, tokens);
  const issue = createIssue(resolved, tokens);

  const additions = (identity: Identity<User>, request: CallRequest | undefined): Record<string, unknown> => {
    const added = resolved.responsePayload?.({ user: identity.user, claims: identity.claims, request }) ?? {};
    if ('then' in added) throw new ConfigurationError('createJwtAuth: responsePayload gives a promise; give an object, made of what the user already has.');
    return Object.fromEntries(Object.entries(added).filter(([name]) => !OWN_NAMES.has(name)));
  };
  const expiresAt = ({ claims }: Identity<User>): number => Math.trunc(Number(claims.exp));
  const inBody = resolved.cookie?.tokenInBody ?? true;

  return {
    settings: resolved,
    serializers: {
      obtain: obtainSerializer(resolved, issue),
      refresh: refreshSerializer(resolved, identify, issue) as JwtAuth<User, Extra, Field, Cookie>['serializers']['refresh'],
      verify: verifySerializer(resolved, identify) as JwtAuth<User, Extra, Field, Cookie>['serializers']['verify'],
      logout: logoutSerializer(resolved),
      me: meSerializer(),
    },
    tokenBody: (result, request) =>
      ({ ...(inBody ? { token: result.token } : { expires_at: expiresAt(result) }), ...additions(result, request) }) as TokenBody<Extra, Cookie>,
    meBody: (identity, request) =>
      ({
        user_id: identity.user.id,
        username: identity.user.username,
        expires_at: expiresAt(identity),
        ...additions(identity, request),
      }) as MeBody<User, Extra>,
    issueToken: async (user) => (await issue(user)).token,
    verifyToken: identify,
  };
}
