import { TRPCClientError } from '@trpc/client';
import { AuthClientError } from 'trpc-jwt-auth/client';
import type { SignOutReason } from 'trpc-jwt-auth/client';

/** What to tell a person about the end of a session. */
export const FAREWELLS: Record<SignOutReason, string> = {
  none: '',
  'signed-out': 'You have signed out.',
  'other-tab': 'You have been signed out in another tab.',
  expired: 'Your session has expired. Sign in again.',
  revoked: 'You have been signed out from another device or by an administrator. Sign in again.',
  disabled: 'User account is disabled.',
  rejected: 'Please sign in again.',
};

export const NOT_TOLD = 'You have signed out here. The server could not be told; there the session ends by itself.';
export const STILL_SIGNED_IN = 'The server cannot be reached, and you are still signed in. Try again.';

const UNREACHABLE = 'The server cannot be reached. Check your connection and try again.';

/** Whether a failure may pass by itself. */
export function isUnreachable(error: unknown): boolean {
  if (error instanceof AuthClientError) return error.code === 'UNREACHABLE' || error.code === 'STORE_UNAVAILABLE';
  return error instanceof TRPCClientError && (error.data === undefined || (error.data as { httpStatus?: number }).httpStatus === 503);
}

/** What a query's own place says; that what it shows can't be brought up to date now, the banner says for the whole page. */
export function errorToShow({ data, error }: { data: unknown; error: Error | null }): Error | null {
  return data !== undefined && isUnreachable(error) ? null : error;
}

/** What to tell a person about a failure. */
export function explain(error: unknown): string {
  if (error instanceof AuthClientError && error.code === 'VALIDATION_FAILED') return '';
  if (error instanceof AuthClientError ? error.code === 'UNREACHABLE' : error instanceof TRPCClientError && error.data === undefined) return UNREACHABLE;
  return error instanceof Error ? error.message : 'Something went wrong.';
}

/** Messages by field, of any call. */
export function fieldErrorsOf(error: unknown): Record<string, string[]> {
  if (error instanceof AuthClientError) return error.fieldErrors ?? {};
  if (error instanceof TRPCClientError) return (error.data as { fieldErrors?: Record<string, string[]> | null } | undefined)?.fieldErrors ?? {};
  return {};
}

/** A time to wait, as people say it. */
export function inWords(seconds: number): string {
  if (seconds < 60) return seconds === 1 ? 'a second' : `${seconds} seconds`;
  const minutes = Math.ceil(seconds / 60);
  return minutes === 1 ? 'a minute' : `${minutes} minutes`;
}
