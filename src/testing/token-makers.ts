import { base64urlOfText, textFromBase64url } from '../core/base64url.js';
import { accessClaims } from '../core/claims.js';
import { epochSeconds } from '../core/clock.js';
import { ConfigurationError } from '../core/errors.js';
import { importSecret, isSecretAlgorithm } from '../core/keys.js';
import type { ImportedKey, KeyRing, SigningKey, TokenKey } from '../core/keys.js';
import type { AuthUser } from '../core/ports.js';
import { createTokens } from '../core/tokens.js';
import { createUserKeys } from '../core/user-secret.js';
import type { AuthOf } from '../transports/request.js';

/** Claims to be changed in a token; `undefined` leaves one out. */
export type ClaimChanges = Readonly<Record<string, unknown>>;

const FOREIGN = 'https://foreign.example';

/**
 * Makes an access token without a login, signed with the auth's own keys: as `issueToken` makes it, in a session of its own where there are sessions, but for
 * the claims given.
 *
 * @param auth - what `createJwtAuth` or `testAuth` made
 * @param user - a user, who need not exist, or the name of one that `findByUsername` finds
 * @param claims - to be changed, the registered ones too: times in epoch seconds
 * @throws ConfigurationError for a name that nobody has
 * @example
 * ```ts
 * import { mintToken, testAuth } from 'trpc-jwt-auth/testing';
 *
 * const auth = testAuth();
 * const { claims } = await auth.verifyToken(await mintToken(auth, 'ada', { role: 'admin', orig_iat: undefined }));
 * console.log(claims.role, claims.orig_iat); // admin undefined
 * ```
 */
export async function mintToken<User extends AuthUser>(auth: AuthOf<User>, user: User | string, claims: ClaimChanges = {}): Promise<string> {
  const issued = await issue('mintToken', auth, user);
  return sign(auth, issued.user, { ...issued.claims, ...claims });
}

/**
 * Makes an access token that is good but for its time: it expired a second ago, past the leeway (TOKEN_EXPIRED).
 *
 * @param claims - to be changed beside its times
 * @throws ConfigurationError for a name that nobody has
 * @example
 * ```ts
 * import { expiredToken, testAuth } from 'trpc-jwt-auth/testing';
 *
 * const auth = testAuth();
 * const token = await expiredToken(auth, 'ada');
 * console.log(await auth.verifyToken(token).catch((error) => error.code)); // TOKEN_EXPIRED
 * ```
 */
export async function expiredToken<User extends AuthUser>(auth: AuthOf<User>, user: User | string, claims: ClaimChanges = {}): Promise<string> {
  const issued = await issue('expiredToken', auth, user);
  const { clock, expiresInSeconds, leewaySeconds } = auth.settings;
  const exp = epochSeconds(clock) - leewaySeconds - 1;
  const iat = exp - expiresInSeconds;
  return sign(auth, issued.user, { ...issued.claims, ...(issued.claims.orig_iat !== undefined && { orig_iat: iat }), exp, iat, ...claims });
}

/**
 * Makes an access token whose claims were changed after it was signed, as by a user who would be another: its signature does not fit (TOKEN_UNDECODABLE).
 *
 * @param claims - what the forger writes
 * @throws ConfigurationError for a name that nobody has
 * @example
 * ```ts
 * import { forgedToken, testAuth } from 'trpc-jwt-auth/testing';
 *
 * const auth = testAuth();
 * const token = await forgedToken(auth, 'ada', { role: 'admin' });
 * console.log(await auth.verifyToken(token).catch((error) => error.code)); // TOKEN_UNDECODABLE
 * ```
 */
export async function forgedToken<User extends AuthUser>(auth: AuthOf<User>, user: User | string, claims: ClaimChanges = {}): Promise<string> {
  const issued = await issue('forgedToken', auth, user);
  const [header, body] = parts(await sign(auth, issued.user, { ...issued.claims, ...claims }));
  // Not the issued token's own signature: without changes it would fit.
  const [, , signature] = parts(await sign(auth, issued.user, { jti: crypto.randomUUID() }));
  return `${header}.${body}.${signature}`;
}

/**
 * Makes an access token of another server's: well made, of the same algorithm, by an issuer and a key of its own that the auth does not know (TOKEN_UNDECODABLE).
 *
 * @param claims - to be changed
 * @throws ConfigurationError for a name that nobody has
 * @example
 * ```ts
 * import { foreignToken, testAuth } from 'trpc-jwt-auth/testing';
 *
 * const auth = testAuth();
 * const token = await foreignToken(auth, 'ada');
 * console.log(await auth.verifyToken(token).catch((error) => error.code)); // TOKEN_UNDECODABLE
 * ```
 */
export async function foreignToken<User extends AuthUser>(auth: AuthOf<User>, user: User | string, claims: ClaimChanges = {}): Promise<string> {
  const person = await find('foreignToken', auth, user);
  const own = accessClaims(auth.settings, person, epochSeconds(auth.settings.clock), undefined, undefined);
  return createTokens(foreignKeys(auth.settings.keys), 'JWT').sign({ ...own, iss: FOREIGN, ...claims }, person);
}

/**
 * Makes an access token of the algorithm `none`, which nobody has signed (TOKEN_REJECTED).
 *
 * @param claims - to be changed
 * @throws ConfigurationError for a name that nobody has
 * @example
 * ```ts
 * import { testAuth, unsignedToken } from 'trpc-jwt-auth/testing';
 *
 * const auth = testAuth();
 * const token = await unsignedToken(auth, 'ada');
 * console.log(await auth.verifyToken(token).catch((error) => error.code)); // TOKEN_REJECTED
 * ```
 */
export async function unsignedToken<User extends AuthUser>(auth: AuthOf<User>, user: User | string, claims: ClaimChanges = {}): Promise<string> {
  const issued = await issue('unsignedToken', auth, user);
  const [, body] = parts(await sign(auth, issued.user, { ...issued.claims, ...claims }));
  return `${base64urlOfText('{"typ":"JWT","alg":"none"}')}.${body}.`;
}

interface Issued<User extends AuthUser> {
  readonly user: User;
  readonly claims: ClaimChanges;
}

/** The claims of a token that was truly issued: where there are sessions, only so does it have one. */
async function issue<User extends AuthUser>(maker: string, auth: AuthOf<User>, user: User | string): Promise<Issued<User>> {
  const person = await find(maker, auth, user);
  const [, body] = parts(await auth.issueToken(person));
  return { user: person, claims: JSON.parse(textFromBase64url(body)) as ClaimChanges };
}

async function find<User extends AuthUser>(maker: string, auth: AuthOf<User>, user: User | string): Promise<User> {
  if (typeof auth?.issueToken !== 'function') throw new ConfigurationError(`${maker}: auth is none that createJwtAuth or testAuth made, and has no keys to sign with; a verifier's tokens are made with its issuer's auth.`);
  if (typeof user === 'string') {
    const found = await auth.settings.users.findByUsername(user);
    if (found !== null && found !== undefined) return found;
    throw new ConfigurationError(`${maker}: findByUsername finds no user ${JSON.stringify(user)}; for one who is not there, give an object with id, username and isActive.`);
  }
  if (typeof user?.username !== 'string') throw new ConfigurationError(`${maker}: user is none; give a name, or an object with id, username and isActive (await a promise of one first).`);
  return user;
}

function sign<User extends AuthUser>({ settings: { keys, users, userSecret } }: AuthOf<User>, user: User, claims: ClaimChanges): Promise<string> {
  return createTokens(keys, 'JWT', userSecret && createUserKeys(userSecret, users, ({ username }) => username)).sign(claims, user);
}

function parts(token: string): [header: string, body: string, signature: string] {
  return token.split('.') as [string, string, string];
}

/** Keys like an auth's own, but that the one which signs is new. */
function foreignKeys(keys: KeyRing): KeyRing {
  return {
    current: async () => {
      const set = await keys.current();
      if (set.signing === undefined) return set;
      const { algorithm, kid } = set.signing;
      return { ...set, signing: { algorithm, key: await newKey(set.signing), ...(kid !== undefined && { kid: FOREIGN }) } };
    },
  };
}

async function newKey({ algorithm, key }: SigningKey): Promise<TokenKey> {
  if (isSecretAlgorithm(algorithm)) return importSecret(crypto.getRandomValues(new Uint8Array(64)), algorithm);
  const { privateKey } = (await crypto.subtle.generateKey((key as ImportedKey).algorithm, false, ['sign', 'verify'])) as { privateKey: ImportedKey };
  return privateKey;
}
