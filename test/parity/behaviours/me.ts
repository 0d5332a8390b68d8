import { accepted, refused, refusedProtected } from '../behaviour.js';
import type { Behaviour } from '../behaviour.js';
import { ada, eve, NOW, tokenFor } from '../scene.js';
import type { OperationsWithMe } from '../transport.js';

const BODY = { user_id: 1, username: 'ada', expires_at: NOW + 300 };
const signed = (token: string): { authorization: string } => ({ authorization: `JWT ${token}` });

/** Who is calling, where a transport tells. */
export const me: readonly Behaviour<OperationsWithMe>[] = [
  { name: 'a signed-in user', act: ({ app }) => app.me(signed(tokenFor())), expected: accepted(BODY) },
  { name: 'a user id that is a string', users: [{ ...ada, id: 'u-17' }], act: ({ app }) => app.me(signed(tokenFor({ user: { ...ada, id: 'u-17' } }))), expected: accepted({ ...BODY, user_id: 'u-17' }) },
  { name: 'the expiry is whole seconds', act: ({ app }) => app.me(signed(tokenFor({ claims: { exp: NOW + 300.7 } }))), expected: accepted(BODY) },
  { name: 'by the cookie', settings: () => ({ cookie: { name: 'jwt-token', tokenInBody: false } }), act: ({ app }) => app.me({ cookie: `jwt-token=${tokenFor()}` }), expected: accepted(BODY) },
  { name: 'responsePayload adds to it', settings: () => ({ responsePayload: ({ user }) => ({ email: user.email }) }), act: ({ app }) => app.me(signed(tokenFor())), expected: accepted({ ...BODY, email: 'ada@example.com' }) },
  { name: 'responsePayload is given no token: the answer has none', settings: () => ({ responsePayload: ({ token }) => ({ access: token ?? 'none' }) }), act: ({ app }) => app.me(signed(tokenFor())), expected: accepted({ ...BODY, access: 'none' }) },
  { name: 'nobody', act: ({ app }) => app.me(), expected: refused('NOT_AUTHENTICATED'), place: 'protected' },
  { name: 'an expired token', act: ({ app }) => app.me(signed(tokenFor({ claims: { exp: NOW - 1 } }))), expected: refused('TOKEN_EXPIRED'), place: 'protected' },
  { name: 'a disabled user', act: ({ app }) => app.me(signed(tokenFor({ user: eve }))), expected: refused('ACCOUNT_DISABLED'), place: 'protected' },
  { name: 'a user who is gone reads as at any protected endpoint', users: [], act: ({ app }) => app.me(signed(tokenFor())), expected: refusedProtected('USER_NOT_FOUND'), place: 'protected' },
];
