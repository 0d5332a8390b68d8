import type { AuthErrorCode, FieldErrors } from 'trpc-jwt-auth';

import { tableRow } from '../error-table.js';
import { parseSetCookie } from '../transport.js';
import type { CallHeaders, Operations, Outcome, Place } from '../transport.js';

async function outcomeOf(response: Response): Promise<Outcome> {
  const body = (await response.json()) as Record<string, unknown>;
  const setCookies = response.headers.getSetCookie().map(parseSetCookie);
  if (response.ok) return { ok: true, body: body, setCookies };
  const code = response.headers.get('auth-error-code');
  const kind = String(response.status);
  if ((response.status === 401) !== response.headers.has('www-authenticate')) throw new Error('WWW-Authenticate belongs on a 401, and nowhere else');
  if (code !== 'VALIDATION_FAILED') {
    const messages = 'detail' in body ? [body.detail as string] : (body.non_field_errors as string[]);
    return { ok: false, code, messages, fieldErrors: null, setCookies, kind };
  }
  const fieldErrors = body as FieldErrors;
  return { ok: false, code, messages: Object.values(fieldErrors).flat(), fieldErrors, setCookies, kind };
}

/** The REST endpoints below a URL, whatever serves them. */
export function restOperations(url: string): Operations {
  const post = async (path: string, input: unknown, headers: CallHeaders): Promise<Outcome> => {
    const content = input === undefined ? {} : { 'content-type': 'application/json' };
    const body = input === undefined ? null : JSON.stringify(input);
    return outcomeOf(await fetch(`${url}${path}`, { method: 'POST', headers: { ...content, ...headers }, body }));
  };
  return {
    obtain: (input, headers = {}) => post('/api-token-auth/', input, headers),
    refresh: (input, headers = {}) => post('/api-token-refresh/', input, headers),
    verify: (input, headers = {}) => post('/api-token-verify/', input, headers),
    logout: (headers = {}, input) => post('/api-token-logout/', input, headers),
    logoutAll: (headers = {}) => post('/api-token-logout-all/', undefined, headers),
    sessionList: async (headers = {}) => outcomeOf(await fetch(`${url}/api-token-sessions/`, { headers })),
    sessionRevoke: async (id, headers = {}) => outcomeOf(await fetch(`${url}/api-token-sessions/${encodeURIComponent(id)}/`, { method: 'DELETE', headers })),
    protectedRead: async (headers = {}) => outcomeOf(await fetch(`${url}/api/protected-endpoint/`, { headers })),
    protectedWrite: (headers = {}) => post('/api/protected-endpoint/', undefined, headers),
  };
}

/** An error's status. */
export function restKindOf(code: AuthErrorCode, place: Place, restStatus: 'http' | 'drf'): string {
  const { rest, drf } = tableRow(code);
  return String(place === 'operation' && restStatus === 'drf' ? drf : rest);
}
