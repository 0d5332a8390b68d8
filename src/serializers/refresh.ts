import { epochSeconds } from '../core/clock.js';
import { AuthError } from '../core/errors.js';
import type { Identify } from '../core/call.js';
import type { AuthUser } from '../core/ports.js';
import type { ResolvedSettings } from '../core/settings.js';
import type { Issue, TokenResult } from './issue.js';
import type { Serializer } from './serializer.js';
import { tokenInput, tokenOf } from './token-input.js';
import type { TokenAttrs } from './token-input.js';

/** A live token for a newer one, within the window since the login (specification "Token Refresh View"). */
export function refreshSerializer<User extends AuthUser>(
  settings: ResolvedSettings<User>,
  identify: Identify<User>,
  issue: Issue<User>,
): Serializer<TokenAttrs, TokenAttrs | undefined, TokenResult<User>> {
  const { refresh, cookie, clock } = settings;
  return {
    input: tokenInput(cookie !== undefined),
    validate: async (attrs, request) => {
      if (cookie !== undefined) request?.expectCookie();
      const { user, claims } = await identify(tokenOf(attrs, request));
      const origIat = claims.orig_iat;
      // As the original: `true` counts as 1 and is carried over as it is; nothing falsy counts.
      if (refresh === false || !(origIat === true || (typeof origIat === 'number' && origIat !== 0))) throw new AuthError('REFRESH_NOT_ALLOWED');
      if (epochSeconds(clock) > Number(origIat) + refresh.windowSeconds) throw new AuthError('REFRESH_EXPIRED');
      return issue(user, origIat);
    },
  };
}
