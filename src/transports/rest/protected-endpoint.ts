import type { AuthVerifier } from '../../core/auth-verifier.js';
import type { Identity } from '../../core/call.js';
import { asAuthError } from '../../core/errors.js';
import { isThere } from '../../core/maybe-promise.js';
import type { AuthUser, MaybePromise } from '../../core/ports.js';
import type { AuthRequest } from '../auth-request.js';
import { RequestAuth } from '../request.js';
import { negotiate } from './negotiation.js';
import { errorResponse, render } from './response.js';
import type { RenderedResponse } from './response.js';

/** The caller of a protected endpoint, or the answer to who may not call it. */
export type Caller<User extends AuthUser> = { readonly identity: Identity<User> } | { readonly refusal: RenderedResponse };

/** Finds the caller of a protected endpoint; one that answers JSON has an Accept header to satisfy. */
export function callerOf<User extends AuthUser>(auth: AuthVerifier<User>, request: AuthRequest, { answersJson }: { readonly answersJson: boolean }): MaybePromise<Caller<User>> {
  let identity: MaybePromise<Identity<User>>;
  try {
    if (answersJson) negotiate(request.header('accept'));
    identity = new RequestAuth(request).caller(auth);
  } catch (error) {
    return { refusal: refusal(auth, error) };
  }
  return isThere(identity) ? { identity } : awaited(auth, identity);
}

async function awaited<User extends AuthUser>(auth: AuthVerifier<User>, identity: PromiseLike<Identity<User>>): Promise<Caller<User>> {
  try {
    return { identity: await identity };
  } catch (error) {
    return { refusal: refusal(auth, error) };
  }
}

/** The answer of a protected endpoint to whatever was thrown. */
export function refusal<User extends AuthUser>({ settings }: AuthVerifier<User>, error: unknown): RenderedResponse {
  return render(errorResponse(settings, asAuthError(error, settings.reportError), 'protected'), { indent: 0 });
}
