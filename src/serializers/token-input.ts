import type { z } from 'zod';

import type { CallRequest } from '../core/call.js';
import { charField, fieldSet } from './fields.js';
import { fieldError } from './serializer.js';

/** What refresh and verify take; in cookie mode the token may be left to the cookie. */
export interface TokenAttrs {
  token?: string | undefined;
}

/** The field `token`, required unless a cookie may bring it. */
export function tokenInput(cookieMode: boolean): z.ZodType<TokenAttrs, TokenAttrs | undefined> {
  const token = charField({ trim: true });
  return fieldSet({ token: cookieMode ? token.optional() : token }) as z.ZodType<TokenAttrs, TokenAttrs | undefined>;
}

/** The token to work on: the body's, else the cookie's. @throws AuthError VALIDATION_FAILED, CSRF_FAILED */
export function tokenOf(attrs: TokenAttrs, request: CallRequest | undefined): string {
  const token = attrs.token ?? request?.cookieToken();
  if (token === undefined) throw fieldError({ token: ['This field is required.'] });
  return token;
}
