import { makeAuthenticatedRequest } from './ajax.js';

/** The token is gone or no longer good: sign in again. */
export class SessionEnded extends Error {
  constructor(code, message) {
    if (code === 'ACCOUNT_DISABLED') super(message);
    else super(/_EXPIRED$/.test(code) ? 'Your session has expired. Sign in again.' : 'Please sign in again.');
  }
}

export const storedToken = () => localStorage.getItem('jwt_token');

/** A tRPC call with superjson over plain HTTP; a page with a bundler would use @trpc/client. */
export async function call(path, input, method = 'POST') {
  if (storedToken() === null) throw new SessionEnded('NOT_AUTHENTICATED');
  const body = method === 'GET' ? undefined : JSON.stringify({ json: input ?? null });
  const response = await makeAuthenticatedRequest(`/trpc/${path}`, { method, body });
  const answer = await response.json();
  if (answer.error === undefined) return answer.result.data.json;
  const { message, data } = answer.error.json;
  if (response.status === 401) throw new SessionEnded(data.authCode, message);
  throw Object.assign(new Error(message), { fieldErrors: data.fieldErrors ?? {} });
}

/** Replaces the stored token by a newer one. */
export async function refreshToken() {
  const token = storedToken();
  const headers = { 'Content-Type': 'application/json' };
  const response = await fetch('/api-token-refresh/', { method: 'POST', headers, body: JSON.stringify({ token }) });
  const answer = await response.json();
  // Signed out meanwhile, here or in another tab: the new token must not sign in again.
  if (storedToken() !== token) return;
  if (response.status === 401) throw new SessionEnded(response.headers.get('Auth-Error-Code'), answer.non_field_errors.join(' '));
  if (!response.ok) throw new Error(answer.detail ?? 'The token could not be refreshed.');
  localStorage.setItem('jwt_token', answer.token);
}

/** What went wrong with a login, by field, from the error of the specification's authenticateUser. */
export function loginErrors(error) {
  const [, body] = /^Authentication failed: (\{.*)$/s.exec(error.message) ?? [];
  if (body === undefined) return { message: explain(error), fields: {} };
  const { non_field_errors: general = [], detail = [], ...fields } = JSON.parse(body);
  return { message: [...general, detail].flat().join(' '), fields };
}

/** What to tell a person about a failure. */
export function explain(error) {
  // fetch throws a TypeError without a connection; a proxy before a server that is down answers something other than JSON.
  const unreachable = error instanceof TypeError || error instanceof SyntaxError;
  return unreachable ? 'The server cannot be reached. Try again.' : error.message;
}
