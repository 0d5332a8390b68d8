import type { TRPCDefaultErrorData, TRPCDefaultErrorShape, TRPCError, TRPCErrorFormatter, TRPCErrorShape } from '@trpc/server';
import { ZodError } from 'zod';

import { AuthError } from '../../core/errors.js';
import type { AuthErrorCode, FieldErrors } from '../../core/errors.js';
import { validationError } from '../../serializers/serializer.js';

/** What the formatter adds to `error.data`. */
export interface AuthErrorData {
  /** Why authentication failed; null where something else did. */
  authCode: AuthErrorCode | null;
  /** Messages by input field; null where the input was not at fault. */
  fieldErrors: FieldErrors | null;
  /** When to try again, in seconds; null where nobody knows. */
  retryAfterSeconds: number | null;
}

/** An error shape that carries AuthErrorData, as createAuthRouter and protectedProcedure require of a builder. */
export interface AuthErrorShape {
  data: AuthErrorData;
}

type WithAuthData<Shape extends TRPCErrorShape> = Omit<Shape, 'data'> & { data: Omit<Shape['data'], 'stack'> & AuthErrorData };
type DefaultAuthShape = Omit<TRPCDefaultErrorShape, 'data'> & { data: Omit<TRPCDefaultErrorData, 'stack'> & AuthErrorData };

const NO_AUTH_ERROR: AuthErrorData = { authCode: null, fieldErrors: null, retryAfterSeconds: null };

function authData({ code, cause }: TRPCError): AuthErrorData {
  if (cause instanceof AuthError) return { authCode: cause.code, fieldErrors: cause.fieldErrors ?? null, retryAfterSeconds: cause.retryAfterSeconds ?? null };
  // An app's own procedure with a zod input: the same fields for its forms, though authentication had no part in it.
  if (code === 'BAD_REQUEST' && cause instanceof ZodError) return { ...NO_AUTH_ERROR, fieldErrors: validationError(cause).fieldErrors ?? null };
  return NO_AUTH_ERROR;
}

/**
 * The error formatter of a tRPC builder: adds `authCode` and `fieldErrors` to `error.data`, typed on the client, and removes `stack`.
 *
 * @param inner - the app's own formatter, whose shape is kept
 * @example
 * ```ts
 * import { initTRPC } from '@trpc/server';
 * import { authErrorFormatter, type AuthContext } from 'trpc-jwt-auth';
 *
 * const t = initTRPC.context<AuthContext>().create({ errorFormatter: authErrorFormatter() });
 * ```
 */
export function authErrorFormatter(): TRPCErrorFormatter<object, DefaultAuthShape>;
export function authErrorFormatter<Context, Shape extends TRPCErrorShape>(
  inner: TRPCErrorFormatter<Context, Shape>,
): TRPCErrorFormatter<Context, WithAuthData<Shape>>;
export function authErrorFormatter(inner?: TRPCErrorFormatter<object, TRPCErrorShape>): TRPCErrorFormatter<object, TRPCErrorShape<AuthErrorData>> {
  return (options) => {
    const shape: TRPCErrorShape = inner === undefined ? options.shape : inner(options);
    const { stack: _stack, ...data } = shape.data as { stack?: unknown };
    const added = authData(options.error);
    // zod's own message is its issues as JSON, the input's values among them.
    const message = added.fieldErrors !== null && options.error.cause instanceof ZodError && inner === undefined ? validationError(options.error.cause).message : shape.message;
    return { ...shape, message, data: { ...data, ...added } };
  };
}
