import type { z } from 'zod';

import { originOf } from '../core/call.js';
import { AuthError, errorRow } from '../core/errors.js';
import type { AuthUser } from '../core/ports.js';
import type { ResolvedSettings } from '../core/settings.js';
import type { Sessions } from '../sessions/sessions.js';
import type { AdmitLogin } from '../throttle/login-throttle.js';
import { charField, fieldSet } from './fields.js';
import type { Issue, TokenResult } from './issue.js';
import type { Serializer } from './serializer.js';

/** What obtain takes: the identifier under its configured name, and the password. */
export type LoginInput<Field extends string = string> = { [Name in Field | 'password']: string };

/** Username and password for a token, or for two where there are sessions (specification "Token Obtainment View"). */
export function obtainSerializer<User extends AuthUser>(
  settings: ResolvedSettings<User>,
  issue: Issue<User>,
  admit: AdmitLogin,
  sessions: Sessions<User> | undefined,
): Serializer<LoginInput, LoginInput, TokenResult<User>> {
  const { usernameField, users, cookie, clock, emit } = settings;
  return {
    input: fieldSet({ [usernameField]: charField({ trim: true }), password: charField({ trim: false }).meta({ format: 'password', writeOnly: true }) }) as z.ZodType<LoginInput, LoginInput>,
    validate: async (attrs, request) => {
      if (cookie !== undefined) request?.expectCookie();
      const { [usernameField]: username = '', password = '' } = attrs;
      const origin = originOf(request);
      const admission = await admit(username, origin);
      let user: User | null | undefined;
      try {
        user = await users.authenticate({ username, password });
      } catch (error) {
        // A refusal in the app's own words is a guess like any other; a failure is none.
        if (!(error instanceof AuthError) || errorRow(error.code).status !== 401) await admission.notTried();
        throw error;
      }
      const refuse = (reason: 'INVALID_CREDENTIALS' | 'ACCOUNT_DISABLED', userId?: string): AuthError => {
        emit({ type: 'login-failed', at: clock(), reason, userId, ...origin });
        return new AuthError(reason);
      };
      if (user === null || user === undefined) throw refuse('INVALID_CREDENTIALS');
      if (!user.isActive) throw refuse('ACCOUNT_DISABLED', String(user.id));
      await admission.succeeded();
      const session = await sessions?.open(user, origin);
      const result = await issue(user, session === undefined ? {} : { session });
      emit({ type: 'login', at: clock(), userId: String(user.id), sessionId: session?.claims.sid, ...origin });
      return result;
    },
  };
}
