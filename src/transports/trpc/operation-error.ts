import { TRPCError } from '@trpc/server';
import { ZodError } from 'zod';

import { asAuthError, AuthError, errorRow } from '../../core/errors.js';
import type { ReportError } from '../../core/ports.js';
import { validationError } from '../../serializers/serializer.js';

/** What an operation of ours threw, as tRPC throws it; anything that is no AuthError is reported and hidden, as at REST. */
export function operationError(thrown: unknown, report: ReportError): TRPCError {
  return trpcErrorOf(asAuthError(thrown, report));
}

/** What tRPC says of a call of ours that failed: an operation's error as it is, and the input's faults with our codes. */
export function callError(error: TRPCError, report: ReportError): TRPCError {
  const { code, cause } = error;
  if (cause instanceof AuthError) return error;
  if (code === 'BAD_REQUEST' && cause instanceof ZodError) return trpcErrorOf(validationError(cause));
  // tRPC quotes the unreadable body, which may hold a password.
  if (code === 'PARSE_ERROR' || (code === 'BAD_REQUEST' && cause instanceof SyntaxError)) return trpcErrorOf(new AuthError('PARSE_ERROR', { cause: error }));
  // One that tRPC itself made (an aborted call, a wrong media type) is already safe to show.
  return code === 'INTERNAL_SERVER_ERROR' ? operationError(cause ?? error, report) : error;
}

function trpcErrorOf(error: AuthError): TRPCError {
  return new TRPCError({ code: errorRow(error.code).trpc, message: error.message, cause: error });
}
