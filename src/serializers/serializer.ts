import type { z } from 'zod';

import type { CallRequest } from '../core/call.js';
import { AuthError } from '../core/errors.js';
import type { FieldErrors } from '../core/errors.js';
import type { AuthUser } from '../core/ports.js';

/**
 * One operation: what it takes, and what it makes of it. All auth logic is behind `validate`; transports only carry.
 */
export interface Serializer<Attrs, Input, Result, User extends AuthUser = AuthUser> {
  /** The zod schema of the input, with the original's fields and messages. */
  readonly input: z.ZodType<Attrs, Input>;
  readonly plainInput?: PlainInput<Attrs>;
  /** @throws AuthError with the operation's codes */
  readonly validate: (attrs: Attrs, request?: CallRequest<User>) => Promise<Result>;
}

/** What nearly every client sends, as one schema takes it, in a fraction of its time; an app that puts another schema in its place is not passed by. */
export interface PlainInput<Attrs> {
  readonly of: z.ZodType<Attrs>;
  /** Undefined leaves the data to the schema, which has words for every fault. */
  readonly read: (data: unknown) => Attrs | undefined;
}

/** Checks untyped data against a serializer's input. @throws AuthError VALIDATION_FAILED with `fieldErrors` */
export function parseInput<Attrs>({ input, plainInput }: Pick<Serializer<Attrs, unknown, unknown>, 'input' | 'plainInput'>, data: unknown): Attrs {
  const plain = plainInput?.of === input ? plainInput.read(data) : undefined;
  if (plain !== undefined) return plain;
  const parsed = input.safeParse(data);
  if (parsed.success) return parsed.data;
  throw validationError(parsed.error);
}

/** A zod error as ours: messages by field, those about the input as a whole under `non_field_errors`. */
export function validationError(error: z.ZodError): AuthError {
  const fieldErrors = Object.create(null) as FieldErrors;
  for (const { path, message } of error.issues) {
    const field = path.length === 0 ? 'non_field_errors' : String(path[0]);
    (fieldErrors[field] ??= []).push(message);
  }
  return fieldError(fieldErrors, error);
}

/** VALIDATION_FAILED about the given fields. */
export function fieldError(fieldErrors: FieldErrors, cause?: unknown): AuthError {
  const message = Object.entries(fieldErrors)
    .map(([field, messages]) => (field === 'non_field_errors' ? messages.join(' ') : `${field}: ${messages.join(' ')}`))
    .join(' ');
  return new AuthError('VALIDATION_FAILED', { message, fieldErrors, cause });
}
