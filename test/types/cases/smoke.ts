import { AuthError } from 'trpc-jwt-auth';
import type { AuthErrorCode } from 'trpc-jwt-auth';

const error = new AuthError('TOKEN_EXPIRED');
const code: AuthErrorCode = error.code;
const known: 'TOKEN_EXPIRED' extends AuthErrorCode ? true : false = true;
const open: string extends AuthErrorCode ? true : false = false;

// @ts-expect-error no such code
const unknown: AuthErrorCode = 'TOKEN_STALE';
// @ts-expect-error no such code
new AuthError('TOKEN_STALE');
// @ts-expect-error an error keeps its code
error.code = 'TOKEN_REVOKED';

export const checked = { code, known, open, unknown };
