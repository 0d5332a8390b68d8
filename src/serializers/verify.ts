import type { Identify } from '../core/call.js';
import { isThere } from '../core/maybe-promise.js';
import type { AuthUser } from '../core/ports.js';
import type { ResolvedSettings } from '../core/settings.js';
import type { TokenResult } from './issue.js';
import type { Serializer } from './serializer.js';
import { tokenInput, tokenOf } from './token-input.js';
import type { TokenAttrs } from './token-input.js';

/** Whether a token is good now, and whose it is (specification "Token Verification View"). */
export function verifySerializer<User extends AuthUser>(
  settings: ResolvedSettings<User>,
  identify: Identify<User>,
): Serializer<TokenAttrs, TokenAttrs | undefined, TokenResult<User>> {
  return {
    ...tokenInput(settings.cookie !== undefined),
    validate: async (attrs, request) => {
      const token = tokenOf(attrs, request);
      const identity = identify(token);
      const { user, claims } = isThere(identity) ? identity : await identity;
      return { token, user, claims, issued: false };
    },
  };
}
