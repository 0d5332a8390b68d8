import type { z } from 'zod';

import { AuthError } from '../core/errors.js';
import type { AuthUser } from '../core/ports.js';
import type { ResolvedSettings } from '../core/settings.js';
import { charField, fieldSet } from './fields.js';
import type { Issue, TokenResult } from './issue.js';
import type { Serializer } from './serializer.js';

/** What obtain takes: the identifier under its configured name, and the password. */
export type LoginInput<Field extends string = string> = { [Name in Field | 'password']: string };

/** Username and password for a token (specification "Token Obtainment View"). */
export function obtainSerializer<User extends AuthUser>(settings: ResolvedSettings<User>, issue: Issue<User>): Serializer<LoginInput, LoginInput, TokenResult<User>> {
  const { usernameField, users, cookie } = settings;
  return {
    input: fieldSet({ [usernameField]: charField({ trim: true }), password: charField({ trim: false }) }) as z.ZodType<LoginInput, LoginInput>,
    validate: async (attrs, request) => {
      if (cookie !== undefined) request?.expectCookie();
      const { [usernameField]: username = '', password = '' } = attrs;
      const user = await users.authenticate({ username, password });
      if (user === null || user === undefined) throw new AuthError('INVALID_CREDENTIALS');
      if (!user.isActive) throw new AuthError('ACCOUNT_DISABLED');
      return issue(user);
    },
  };
}
