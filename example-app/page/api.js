import { makeAuthenticatedRequest } from './ajax.js';

/** The session is over: sign in again. */
export class SessionEnded extends Error {
  constructor(code, message) {
    if (code === 'ACCOUNT_DISABLED') super(message);
    else if (code === 'TOKEN_REVOKED') super('You have been signed out. Sign in again.');
    else super(/_EXPIRED$/.test(code) ? 'Your session has expired. Sign in again.' : 'Please sign in again.');
  }
}

/** A login was refused: for its fields, or as a whole. */
export class LoginRefused extends Error {
  constructor(message, fields) {
    super(message);
    this.fields = fields;
  }
}

const TOKEN = 'jwt_token';
const REFRESH_TOKEN = 'jwt_refresh_token';

export const storedToken = () => localStorage.getItem(TOKEN);

function store({ token, refresh_token }) {
  // The bare token goes last: it is what other tabs listen to.
  localStorage.setItem(REFRESH_TOKEN, refresh_token);
  localStorage.setItem(TOKEN, token);
}

export function forgetTokens() {
  localStorage.removeItem(REFRESH_TOKEN);
  localStorage.removeItem(TOKEN);
}

function post(path, body) {
  return fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
}

/** Signs in, and stores both tokens. */
export async function signIn(credentials) {
  const response = await post('/api-token-auth/', credentials);
  const answer = await response.json();
  if (response.ok) {
    store(answer);
    return;
  }
  const { non_field_errors: general = [], detail, ...fields } = answer;
  const wait = Number(response.headers.get('Retry-After'));
  throw new LoginRefused(wait > 0 ? `Too many attempts. Try again in ${inWords(wait)}.` : [...general, detail ?? []].flat().join(' '), fields);
}

function inWords(seconds) {
  const minutes = Math.ceil(seconds / 60);
  return seconds < 60 ? `${seconds} seconds` : minutes === 1 ? 'a minute' : `${minutes} minutes`;
}

/** Ends the session on the server, and forgets it here either way. */
export async function signOut() {
  const refresh_token = localStorage.getItem(REFRESH_TOKEN);
  forgetTokens();
  const response = await post('/api-token-logout/', { refresh_token });
  if (!response.ok) throw new Error('The server could not end the session.');
}

/** A tRPC call with superjson over plain HTTP; a page with a bundler would use @trpc/client. */
export async function call(path, input, method = 'POST') {
  const { response, answer } = await send(path, input, method);
  // A laptop that slept: the refresh token is good for longer.
  const isLate = response.status === 401 && answer.error.json.data.authCode === 'TOKEN_EXPIRED';
  if (!isLate) return resultOf(response, answer);
  await refreshToken();
  const replayed = await send(path, input, method);
  return resultOf(replayed.response, replayed.answer);
}

async function send(path, input, method) {
  if (storedToken() === null) throw new SessionEnded('NOT_AUTHENTICATED');
  const body = method === 'GET' ? undefined : JSON.stringify({ json: input ?? null });
  const response = await makeAuthenticatedRequest(`/trpc/${path}`, { method, body });
  return { response, answer: await response.json() };
}

function resultOf(response, answer) {
  if (answer.error === undefined) return answer.result.data.json;
  const { message, data } = answer.error.json;
  if (response.status === 401) throw new SessionEnded(data.authCode, message);
  throw Object.assign(new Error(message), { fieldErrors: data.fieldErrors ?? {} });
}

/** Replaces the stored tokens by newer ones. */
export async function refreshToken() {
  const refresh_token = localStorage.getItem(REFRESH_TOKEN);
  if (refresh_token === null) throw new SessionEnded('TOKEN_EXPIRED');
  const response = await post('/api-token-refresh/', { refresh_token });
  const answer = await response.json();
  // Signed out or refreshed meanwhile, here or in another tab: what came is not to replace that.
  if (localStorage.getItem(REFRESH_TOKEN) !== refresh_token) return;
  if (response.status === 401) throw new SessionEnded(response.headers.get('Auth-Error-Code'), answer.non_field_errors.join(' '));
  if (!response.ok) throw new Error(answer.detail ?? 'The token could not be refreshed.');
  store(answer);
}

/** What to tell a person about a failure. */
export function explain(error) {
  // fetch throws a TypeError without a connection; a proxy before a server that is down answers something other than JSON.
  const unreachable = error instanceof TypeError || error instanceof SyntaxError;
  return unreachable ? 'The server cannot be reached. Try again.' : error.message;
}
