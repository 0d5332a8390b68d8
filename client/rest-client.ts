import type { LoginInput } from '../src/serializers/obtain.js';
import { buildAuthClient } from './auth-client.js';
import type { AuthClient, AuthClientSettings, AuthClientTypes, SessionOperations } from './auth-client.js';
import { REST_PATHS, restCall } from './rest-transport.js';
import type { RestPaths } from './rest-transport.js';

/** The types of a REST server: what it says of the user beside `user_id` and `username`, and the name of the login field. */
export interface RestAuthTypes<Extra extends object, Field extends string> extends AuthClientTypes {
  login: LoginInput<Field>;
  obtained: { token?: string; refresh_token?: string; expires_at?: number } & Extra;
  verifyInput: { token: string };
  verified: { token?: string; expires_at?: number } & Extra;
  me: { user_id?: string | number; username?: string; expires_at: number } & Extra;
}

/** What createRestAuthClient takes. */
export interface RestAuthClientOptions extends AuthClientSettings {
  /** The server, as `https://api.example.com`. @default '' this page's own */
  readonly baseUrl?: string;
  /** Paths other than the documented ones. @default the URLs of the specification, /api-token-auth/ and so on */
  readonly paths?: Partial<RestPaths>;
}

/**
 * The same client over the REST endpoints: of this package, or of Django REST framework JWT, before the server has moved. From Django it
 * knows no sessions: a token is refreshed by itself, as long as it lives.
 *
 * @example
 * ```ts
 * import { createRestAuthClient } from 'trpc-jwt-auth/client';
 *
 * const authClient = createRestAuthClient<{ is_staff: boolean }>({ baseUrl: 'https://api.example.com' });
 * console.log(authClient.getSnapshot().status); // signed-out
 * ```
 */
export function createRestAuthClient<Extra extends object = object, Field extends string = 'username'>({
  baseUrl = '',
  paths,
  ...settings
}: RestAuthClientOptions = {}): AuthClient<RestAuthTypes<Extra, Field>> & SessionOperations {
  const { client } = buildAuthClient(settings, baseUrl, (fetch) => restCall(baseUrl, { ...REST_PATHS, ...paths }, fetch));
  return client as unknown as AuthClient<RestAuthTypes<Extra, Field>> & SessionOperations;
}
