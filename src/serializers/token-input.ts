import type { z } from 'zod';

import type { CallRequest } from '../core/call.js';
import { charField, fieldSet, isPlainText } from './fields.js';
import { fieldError } from './serializer.js';
import type { Serializer } from './serializer.js';

/** What refresh and verify take; in cookie mode the token may be left to the cookie. */
export interface TokenAttrs {
  token?: string | undefined;
}

/** The field `token`, required unless a cookie may bring it. */
export function tokenInput(cookieMode: boolean): Pick<Serializer<TokenAttrs, TokenAttrs | undefined, never>, 'input' | 'plainInput'> {
  const token = charField({ trim: true });
  const input = fieldSet({ token: cookieMode ? token.optional() : token }) as z.ZodType<TokenAttrs, TokenAttrs | undefined>;
  return { input, plainInput: { of: input, read: plainToken } };
}

/** An object whose token is a text with nothing to strip and nothing to refuse. */
function plainToken(data: unknown): TokenAttrs | undefined {
  if (typeof data !== 'object' || data === null || Array.isArray(data) || !('token' in data)) return undefined;
  const { token } = data;
  return isPlainText(token) ? { token } : undefined;
}

/** The token to work on: the body's, else the cookie's. @throws AuthError VALIDATION_FAILED, CSRF_FAILED */
export function tokenOf(attrs: TokenAttrs, request: CallRequest | undefined): string {
  const token = attrs.token ?? request?.cookieToken();
  if (token === undefined) throw fieldError({ token: ['This field is required.'] });
  return token;
}
