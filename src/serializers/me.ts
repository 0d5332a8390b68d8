import { AuthError } from '../core/errors.js';
import type { Identity } from '../core/call.js';
import type { AuthUser } from '../core/ports.js';
import { noInput } from './no-input.js';
import type { Serializer } from './serializer.js';

/** Who is calling; the only one of the operations that asks for a token in the request itself. */
export function meSerializer<User extends AuthUser>(): Serializer<undefined, undefined, Identity<User>, User> {
  return {
    input: noInput,
    validate: (_attrs, request) => {
      if (request === undefined) return Promise.reject(new AuthError('NOT_AUTHENTICATED'));
      return request.identify();
    },
  };
}
