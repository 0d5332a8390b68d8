import { z } from 'zod';

import type { Jwk } from '../core/key-format.js';
import type { SessionSettings } from '../core/session-settings.js';
import type { ResolvedSettings } from '../core/settings.js';
import type { ObtainBody, RefreshBody, TokenBody } from './bodies.js';
import type { RevokedBody, SessionBody } from './device-sessions.js';

type NoCookie = undefined;
interface CookieAlone {
  readonly name: string;
  readonly tokenInBody: false;
}
interface Sliding extends SessionSettings {
  readonly slideByAccessToken: true;
}

const token = z.string().meta({ description: 'The access token, a JWT.' });
const refreshToken = z.string().meta({ description: 'The refresh token, a JWT. It replaces the one before.' });
const seconds = (description: string): z.ZodNumber => z.int().meta({ description: `${description}, in epoch seconds.` });
const expiresAt = seconds('When the access token expires');

const tokenAlone = z.object({ token }) satisfies z.ZodType<TokenBody<object, NoCookie>>;
const bothTokens = z.object({ token, refresh_token: refreshToken }) satisfies z.ZodType<ObtainBody<object, NoCookie, SessionSettings>>;
const tokenOrBoth = z.object({ token, refresh_token: refreshToken.exactOptional() }) satisfies z.ZodType<RefreshBody<object, NoCookie, Sliding>>;
const expiry = z.object({ expires_at: expiresAt }) satisfies z.ZodType<TokenBody<object, CookieAlone>>;

type BodySettings = Pick<ResolvedSettings, 'cookie' | 'sessions'> & { readonly responsePayload: unknown };

/** What obtain, refresh and verify answer under some settings; open where `responsePayload` adds to it. */
export function tokenBodySchema({ cookie, sessions, responsePayload }: BodySettings, operation: 'obtain' | 'refresh' | 'verify'): z.ZodObject {
  const issued = operation === 'verify' || sessions === undefined ? tokenAlone : operation === 'refresh' && sessions.slideByAccessToken ? tokenOrBoth : bothTokens;
  const schema = cookie?.tokenInBody === false ? expiry : issued;
  return responsePayload === undefined ? schema : schema.loose();
}

/** What logout answers. */
export const emptyBodySchema = z.object({});

/** A session of the list. */
export const sessionBodySchema = z.object({
  id: z.string(),
  created_at: seconds('When it began'),
  last_used_at: seconds('When it was last refreshed'),
  expires_at: seconds('When it ends'),
  client_address: z.string().nullable().meta({ description: 'Where it logged in from.' }),
  user_agent: z.string().nullable(),
  current: z.boolean().meta({ description: "Whether it is the caller's own." }),
}) satisfies z.ZodType<SessionBody>;

/** What ending sessions answers. */
export const revokedBodySchema = z.object({
  revoked: z.int().nonnegative().meta({ description: 'How many sessions were ended.' }),
}) satisfies z.ZodType<RevokedBody>;

/** The public keys (RFC 7517 section 5). */
export const jwkSetSchema = z.object({
  keys: z.array(z.looseObject({ kty: z.string(), kid: z.string(), alg: z.string(), use: z.string() })),
}) satisfies z.ZodType<{ keys: Jwk[] }>;
