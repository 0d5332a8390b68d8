import type { z } from 'zod';

import { originOf } from '../core/call.js';
import type { CallRequest, Identify } from '../core/call.js';
import { sessionOf } from '../core/claims.js';
import { epochSeconds } from '../core/clock.js';
import { AuthError } from '../core/errors.js';
import type { AuthUser } from '../core/ports.js';
import type { ResolvedSettings } from '../core/settings.js';
import type { Sessions } from '../sessions/sessions.js';
import { charField, fieldSet } from './fields.js';
import type { Issue, TokenResult } from './issue.js';
import { fieldError } from './serializer.js';
import type { Serializer } from './serializer.js';
import { tokenInput, tokenOf } from './token-input.js';

/** What refresh takes; each may be left to its cookie. */
export interface RefreshAttrs {
  refresh_token?: string | undefined;
  token?: string | undefined;
}

/** A token for a newer one: with sessions the refresh token, else a live access token within the window (specification "Token Refresh View"). */
export function refreshSerializer<User extends AuthUser>(
  settings: ResolvedSettings<User>,
  identify: Identify<User>,
  issue: Issue<User>,
  sessions: Sessions<User> | undefined,
): Serializer<RefreshAttrs, RefreshAttrs | undefined, TokenResult<User>> {
  const { refresh, cookie, clock, emit } = settings;

  const slide = async (token: string, request: CallRequest | undefined): Promise<TokenResult<User>> => {
    const { user, claims } = await identify(token);
    const origIat = claims.orig_iat;
    // As the original: `true` counts as 1 and is carried over as it is; nothing falsy counts.
    if (refresh === false || !(origIat === true || (typeof origIat === 'number' && origIat !== 0))) throw new AuthError('REFRESH_NOT_ALLOWED');
    if (epochSeconds(clock) > Number(origIat) + refresh.windowSeconds) throw new AuthError('REFRESH_EXPIRED');
    if (sessions === undefined) return issue(user, { origIat });
    const named = sessionOf(claims);
    // Only another access token: whoever stole one must not come by a refresh token with it.
    if (named !== undefined) return slideInSession(user, named, origIat);
    const startedAt = Number(origIat) * 1000;
    if (clock() >= startedAt + (settings.sessions?.absoluteMs ?? 0)) throw new AuthError('REFRESH_EXPIRED');
    return issue(user, { origIat, session: await sessions.open(user, originOf(request), startedAt) });
  };
  const slideInSession = (user: User, claims: { sid: string; gen: number }, origIat: unknown): Promise<TokenResult<User>> => {
    if (settings.sessions?.slideByAccessToken !== true) {
      throw new AuthError('REFRESH_NOT_ALLOWED', { message: 'A session is refreshed with its refresh token.' });
    }
    return issue(user, { origIat, claims });
  };
  const rotate = async (refreshToken: string, request: CallRequest | undefined, from: Sessions<User>): Promise<TokenResult<User>> => {
    const { user, session } = await from.refresh(refreshToken, originOf(request));
    return issue(user, { session });
  };
  const exchange = (attrs: RefreshAttrs, request: CallRequest | undefined): Promise<TokenResult<User>> => {
    if (sessions === undefined) return slide(tokenOf(attrs, request), request);
    const refreshToken = attrs.refresh_token ?? (attrs.token === undefined ? request?.refreshCookieToken() : undefined);
    if (refreshToken !== undefined) return rotate(refreshToken, request, sessions);
    const token = attrs.token ?? request?.cookieToken();
    if (token === undefined) throw fieldError({ refresh_token: ['This field is required.'] });
    return slide(token, request);
  };

  return {
    ...(sessions === undefined ? tokenInput(cookie !== undefined) : { input: refreshInput(cookie !== undefined) }),
    validate: async (attrs, request) => {
      if (cookie !== undefined) request?.expectCookie();
      const result = await exchange(attrs, request);
      const sessionId = sessionOf(result.claims)?.sid;
      emit({ type: 'refreshed', at: clock(), userId: String(result.user.id), sessionId, ...originOf(request) });
      return result;
    },
  };
}

function refreshInput(cookieMode: boolean): z.ZodType<RefreshAttrs, RefreshAttrs | undefined> {
  const token = charField({ trim: true }).optional();
  const fields = fieldSet({ refresh_token: token, token });
  // `exchange` asks for one of them; readers of the schema are told of it here.
  return (cookieMode ? fields : fields.meta({ minProperties: 1 })) as z.ZodType<RefreshAttrs, RefreshAttrs | undefined>;
}
