import { z } from 'zod';

import { originOf } from '../core/call.js';
import type { CallRequest } from '../core/call.js';
import type { Claims } from '../core/claims.js';
import { AuthError, errorRow } from '../core/errors.js';
import type { AuthUser, MaybePromise } from '../core/ports.js';
import type { ResolvedSettings } from '../core/settings.js';
import type { Sessions } from '../sessions/sessions.js';
import { charField, fieldSet } from './fields.js';
import type { RefreshAttrs } from './refresh.js';
import type { Serializer } from './serializer.js';

/**
 * Ends the session, where there are sessions, and clears the cookies. It needs no live token: who can't prove who he is any more may still leave.
 *
 * The session is that of the refresh token, else of the access token; their signature is checked and their expiry is not.
 * A token given as input must be good; one that merely came along, in a header or a cookie, may be anything.
 */
export function logoutSerializer<User extends AuthUser>(
  settings: Pick<ResolvedSettings<User>, 'cookie'>,
  readAccessToken: (token: string) => MaybePromise<Claims>,
  sessions: Sessions<User> | undefined,
): Serializer<RefreshAttrs, RefreshAttrs | undefined, Record<string, never>> {
  const read = async (kind: 'refresh' | 'access', token: string): Promise<Claims> => (kind === 'refresh' && sessions !== undefined ? sessions.readRefreshToken(token) : readAccessToken(token));
  const claimsOf = async (attrs: RefreshAttrs, request: CallRequest | undefined): Promise<Claims | undefined> => {
    if (attrs.refresh_token !== undefined) return read('refresh', attrs.refresh_token);
    if (attrs.token !== undefined) return read('access', attrs.token);
    for (const [kind, find] of [['refresh', request?.refreshCookieToken], ['access', request?.accessToken]] as const) {
      try {
        const token = find?.();
        if (token !== undefined) return await read(kind, token);
      } catch (error) {
        if (!(error instanceof AuthError) || errorRow(error.code).status !== 401) throw error;
      }
    }
    return undefined;
  };
  return {
    input: sessions === undefined ? (z.unknown().transform(() => ({})) as unknown as z.ZodType<RefreshAttrs, RefreshAttrs | undefined>) : logoutInput(),
    validate: async (attrs, request) => {
      if (settings.cookie !== undefined) request?.expectCookie();
      if (sessions === undefined) return {};
      const claims = await claimsOf(attrs, request);
      if (claims !== undefined) await sessions.leave(claims, originOf(request));
      return {};
    },
  };
}

function logoutInput(): z.ZodType<RefreshAttrs, RefreshAttrs | undefined> {
  const token = charField({ trim: true }).optional();
  return fieldSet({ refresh_token: token, token }) as z.ZodType<RefreshAttrs, RefreshAttrs | undefined>;
}
