import type { AuthUser } from '../core/ports.js';
import type { SessionSettings } from '../core/session-settings.js';
import type { CookieSettings } from '../core/cookie-settings.js';
import type { RefreshAttrs } from './refresh.js';
import type { TokenAttrs } from './token-input.js';

type Flat<T> = { [Name in keyof T]: T[Name] };

/** What verify takes, and refresh without sessions: in cookie mode the token may be left to the cookie. */
export type TokenInput<Cookie> = Cookie extends CookieSettings ? TokenAttrs | undefined : { token: string };

/** What refresh takes: the refresh token where there are sessions, or an access token where the settings accept one. */
export type RefreshInput<Cookie, Sessions> = Sessions extends SessionSettings
  ? Cookie extends CookieSettings
    ? RefreshAttrs | undefined
    : { refresh_token: string } | { token: string }
  : TokenInput<Cookie>;

/** What verify answers, and obtain and refresh without sessions: the token (or, where `tokenInBody` is false, its expiry in epoch seconds) and the app's additions. */
export type TokenBody<Extra, Cookie> = Flat<(Cookie extends { readonly tokenInBody: false } ? { expires_at: number } : { token: string }) & Extra>;

type SessionTokens<Cookie, Sessions> = Cookie extends { readonly tokenInBody: false }
  ? { expires_at: number }
  : Sessions extends SessionSettings
    ? { token: string; refresh_token: string }
    : { token: string };

/** What obtain answers: a refresh token too where there are sessions. */
export type ObtainBody<Extra, Cookie, Sessions> = Flat<SessionTokens<Cookie, Sessions> & Extra>;

/** What refresh answers; a refresh token too where one was given. */
export type RefreshBody<Extra, Cookie, Sessions> = Sessions extends { readonly slideByAccessToken: true }
  ? Flat<TokenBody<Extra, Cookie> & (Cookie extends { readonly tokenInBody: false } ? object : { refresh_token?: string })>
  : ObtainBody<Extra, Cookie, Sessions>;

/** What `me` answers: who is calling and until when the token is good, in epoch seconds. */
export type MeBody<User extends AuthUser, Extra> = Flat<{ user_id: User['id']; username: string; expires_at: number } & Extra>;
