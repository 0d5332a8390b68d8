import type { OwnClaims } from '../core/claims.js';
import type { AuthUser } from '../core/ports.js';
import type { JwtAuthSettings, ResponsePayloadArgs } from '../core/settings.js';
import type { DjangoPackage, JwtAuthDict } from './jwt-auth-dict.js';
import { flag, refuse } from './refusal.js';

/** What a handler gives beside the tokens, which the package itself puts into an answer. */
export type Additions<Extra extends object> = Omit<Extra, 'token' | 'refresh_token' | 'expires_at'>;

/** What Python's functions become. */
export interface DjangoHandlers<User extends AuthUser, Extra extends object> {
  readonly claims?: (user: User) => OwnClaims;
  readonly usernameFromClaims?: NonNullable<JwtAuthSettings<User, object, string, undefined>['usernameFromClaims']>;
  readonly userSecret?: NonNullable<JwtAuthSettings<User, object, string, undefined>['userSecret']>;
  readonly responsePayload?: (args: ResponsePayloadArgs<User>) => Additions<Extra>;
}

// What a dump of the settings holds where nobody has changed them: the original's name, and drf-jwt's.
const DEFAULTS: Readonly<Record<string, readonly string[]>> = {
  JWT_PAYLOAD_HANDLER: ['jwt_payload_handler', 'jwt_create_payload'],
  JWT_PAYLOAD_GET_USERNAME_HANDLER: ['jwt_get_username_from_payload_handler'],
  JWT_PAYLOAD_GET_USER_ID_HANDLER: ['jwt_get_user_id_from_payload_handler'],
  JWT_RESPONSE_PAYLOAD_HANDLER: ['jwt_response_payload_handler', 'jwt_create_response_payload'],
  JWT_ENCODE_HANDLER: ['jwt_encode_handler', 'jwt_encode_payload'],
  JWT_DECODE_HANDLER: ['jwt_decode_handler', 'jwt_decode_token'],
  JWT_GET_USER_SECRET_KEY: [],
};

// What has no place here, and what to do.
const REFUSED: Readonly<Record<string, string>> = {
  JWT_PAYLOAD_GET_USER_ID_HANDLER: 'reads the id of a user, which is the claim user_id here; write claims of your own with JWT_PAYLOAD_HANDLER, and take this out',
  JWT_ENCODE_HANDLER: 'makes tokens, which are signed here; add claims with JWT_PAYLOAD_HANDLER, and take this out',
  JWT_DECODE_HANDLER: 'verifies tokens, which is done here; take this out',
};

const SHAPES: Readonly<Record<string, string>> = {
  JWT_PAYLOAD_HANDLER: '(user) => ({ … })',
  JWT_PAYLOAD_GET_USERNAME_HANDLER: '(payload) => payload.…',
  JWT_RESPONSE_PAYLOAD_HANDLER: '(token, user, request) => ({ token, … })',
  JWT_GET_USER_SECRET_KEY: '(user) => user.…',
};

/** A handler that is not the default; undefined for one that is. @throws ConfigurationError naming the key and the mend */
function handler<Handler>(key: string, value: Handler | string | null | undefined): Handler | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'string' && DEFAULTS[key]?.some((name) => value === `rest_framework_jwt.utils.${name}`) === true) return undefined;
  const reason = REFUSED[key];
  if (reason !== undefined) refuse(key, reason);
  if (typeof value === 'string') refuse(key, `names a Python function; write it as a function here: ${SHAPES[key] ?? ''}`);
  if (typeof value !== 'function') refuse(key, `is no function; write ${SHAPES[key] ?? ''}`);
  return value;
}

/** The settings that stand for Python's functions. @throws ConfigurationError naming the key and the mend */
export function djangoHandlers<User extends AuthUser, Extra extends object>(dict: JwtAuthDict<User, Extra>, ofPackage: DjangoPackage): DjangoHandlers<User, Extra> {
  for (const key of Object.keys(REFUSED)) handler(key, (dict as Readonly<Record<string, unknown>>)[key]);
  const payload = handler('JWT_PAYLOAD_HANDLER', dict.JWT_PAYLOAD_HANDLER);
  const username = handler('JWT_PAYLOAD_GET_USERNAME_HANDLER', dict.JWT_PAYLOAD_GET_USERNAME_HANDLER);
  const response = handler('JWT_RESPONSE_PAYLOAD_HANDLER', dict.JWT_RESPONSE_PAYLOAD_HANDLER);
  const userSecret = handler('JWT_GET_USER_SECRET_KEY', dict.JWT_GET_USER_SECRET_KEY);
  const withUserId = flag('JWT_PAYLOAD_INCLUDE_USER_ID', dict.JWT_PAYLOAD_INCLUDE_USER_ID, true);
  const leftOut: OwnClaims = { ...(!withUserId && { user_id: undefined }), ...(ofPackage === 'drf-jwt' && { email: undefined }) };
  const claims =
    payload === undefined
      ? Object.keys(leftOut).length > 0 && { claims: () => leftOut }
      : // The registered claims of a handler moved over are dropped where all claims are made, so the type need not forbid them.
        { claims: (user: User): OwnClaims => ({ user_id: undefined, username: undefined, email: undefined, ...payload(user) }) };
  return {
    ...claims,
    ...(username !== undefined && { usernameFromClaims: username }),
    ...(userSecret !== undefined && { userSecret }),
    ...(response !== undefined && {
      responsePayload: ({ token, user, request, claims: { iat } }: ResponsePayloadArgs<User>) => response(token, user, request, typeof iat === 'number' ? iat : undefined),
    }),
  };
}
