import { accepted, refused, refusedProtected } from '../behaviour.js';
import type { Behaviour } from '../behaviour.js';
import type { TabledCode } from '../error-table.js';
import { ada, bob, claimsFor, eve, NOW, OTHER_SECRET, SECRET, tokenFor } from '../scene.js';
import type { Settings, User , Scene} from '../scene.js';
import { sign } from '../../conformance/issued.js';

interface Extra {
  readonly settings?: (scene: Scene) => Settings;
  readonly users?: readonly User[];
}

/** A token refused alike by verify, refresh and a protected endpoint. */
function bad(name: string, token: string, code: TabledCode, extra: Extra = {}): Behaviour[] {
  return [
    { name: `verify: ${name}`, act: ({ app }) => app.verify({ token }), expected: refused(code), ...extra },
    { name: `refresh: ${name}`, act: ({ app }) => app.refresh({ token }), expected: refused(code), ...extra },
    { name: `protected: ${name}`, act: ({ app }) => app.protectedRead({ authorization: `JWT ${token}` }), expected: refusedProtected(code), place: 'protected', ...extra },
  ];
}

/** A token accepted alike by verify and a protected endpoint. */
function good(name: string, token: string, extra: Extra = {}, username = 'ada'): Behaviour[] {
  return [
    { name: `verify: ${name}`, act: ({ app }) => app.verify({ token }), expected: accepted({ token }), ...extra },
    { name: `protected: ${name}`, act: ({ app }) => app.protectedRead({ authorization: `JWT ${token}` }), expected: accepted({ username }), ...extra },
  ];
}

const tokenOf = (claims: Readonly<Record<string, unknown>>): string => tokenFor({ claims });
const headed = (header: Readonly<Record<string, unknown>>): string => tokenFor({ header });
const [head = '', body = '', signature = ''] = tokenFor().split('.');
const unsigned = `${Buffer.from('{"typ":"JWT","alg":"none"}').toString('base64url')}.${body}.`;
const issuer = (): Settings => ({ token: { issuer: 'us' } });
const audience = (): Settings => ({ token: { audience: 'app' } });
const audiences = (): Settings => ({ token: { audience: ['app', 'site'] } });
const withId = (): Settings => ({ token: { requireTokenId: true } });
const leeway = (): Settings => ({ token: { leewaySeconds: 10 } });
const bySub = (): Settings => ({ usernameFromClaims: ({ sub }) => (typeof sub === 'string' ? sub.replace(/^u:/, '') : null) });

/** Which tokens are good, and what is said of the others. */
export const tokens: readonly Behaviour[] = [
  ...good('a good token', tokenFor()),
  ...good('a user_id as a string of the same digits', tokenOf({ user_id: '1' })),
  ...good('no user_id', tokenOf({ user_id: undefined })),
  ...good('no typ in its header', headed({ typ: undefined })),
  ...good('typ in lower case', headed({ typ: 'jwt' })),
  ...good('other claims', tokenOf({ role: 'admin', toString: 'x', ['__proto__']: 1 })),
  ...good('no orig_iat and no iat', tokenOf({ orig_iat: undefined, iat: undefined })),

  ...bad('no JWT at all', 'no-token', 'TOKEN_UNDECODABLE'),
  ...bad('four segments', `${tokenFor()}.x`, 'TOKEN_UNDECODABLE'),
  ...bad('another secret', tokenFor({ secret: OTHER_SECRET }), 'TOKEN_UNDECODABLE'),
  ...bad('another’s claims under its signature', `${head}.${tokenFor({ user: bob }).split('.')[1] ?? ''}.${signature}`, 'TOKEN_UNDECODABLE'),
  ...bad('no signature', `${head}.${body}.`, 'TOKEN_UNDECODABLE'),
  ...bad('a padded signature', `${tokenFor()}=`, 'TOKEN_UNDECODABLE'),
  ...bad('a header that is no object', sign([] as unknown as Record<string, unknown>, claimsFor(ada), SECRET), 'TOKEN_UNDECODABLE'),
  ...bad('claims that are no object', sign({ typ: 'JWT', alg: 'HS256' }, ['ada'] as unknown as Record<string, unknown>, SECRET), 'TOKEN_UNDECODABLE'),
  ...bad('over 8192 characters', tokenOf({ filler: 'x'.repeat(6200) }), 'TOKEN_UNDECODABLE'),

  ...bad('alg none', unsigned, 'TOKEN_REJECTED'),
  ...bad('an algorithm that is not ours', headed({ alg: 'HS512' }), 'TOKEN_REJECTED'),
  ...bad('no alg', headed({ alg: undefined }), 'TOKEN_REJECTED'),
  ...bad('a token of another kind', headed({ typ: 'at+jwt' }), 'TOKEN_REJECTED'),
  ...bad('an unknown crit', headed({ crit: ['exp'] }), 'TOKEN_REJECTED'),
  ...bad('a header with a key of its own', headed({ jwk: { kty: 'oct', k: 'AAAA' } }), 'TOKEN_REJECTED'),
  ...bad('no exp', tokenOf({ exp: undefined }), 'TOKEN_REJECTED'),
  ...bad('exp as a string', tokenOf({ exp: String(NOW + 300) }), 'TOKEN_REJECTED'),
  ...bad('exp null', tokenOf({ exp: null }), 'TOKEN_REJECTED'),
  ...bad('iat as a string', tokenOf({ iat: 'now' }), 'TOKEN_REJECTED'),

  ...good('in the second of its exp', tokenOf({ exp: NOW })),
  ...good('in the second of its exp, to the fraction', tokenOf({ exp: NOW + 0.9 })),
  ...bad('a second past its exp', tokenOf({ exp: NOW - 1 }), 'TOKEN_EXPIRED'),
  ...good('at the edge of the leeway', tokenOf({ exp: NOW - 10 }), { settings: leeway }),
  ...bad('a second past the leeway', tokenOf({ exp: NOW - 11 }), 'TOKEN_EXPIRED', { settings: leeway }),
  ...good('in the second of its nbf', tokenOf({ nbf: NOW })),
  ...bad('a second before its nbf', tokenOf({ nbf: NOW + 1 }), 'TOKEN_REJECTED'),
  ...good('nbf at the edge of the leeway', tokenOf({ nbf: NOW + 10 }), { settings: leeway }),
  ...bad('nbf a second past the leeway', tokenOf({ nbf: NOW + 11 }), 'TOKEN_REJECTED', { settings: leeway }),
  ...good('iat in the future', tokenOf({ iat: NOW + 1000 })),

  ...good('our issuer', tokenOf({ iss: 'us' }), { settings: issuer }),
  ...bad('another issuer', tokenOf({ iss: 'them' }), 'TOKEN_REJECTED', { settings: issuer }),
  ...bad('no issuer where one is required', tokenFor(), 'TOKEN_REJECTED', { settings: issuer }),
  ...good('an issuer where none is required', tokenOf({ iss: 'them' })),
  ...good('our audience', tokenOf({ aud: 'app' }), { settings: audience }),
  ...good('our audience among others', tokenOf({ aud: ['them', 'app'] }), { settings: audience }),
  ...good('one of our audiences', tokenOf({ aud: 'site' }), { settings: audiences }),
  ...bad('another audience', tokenOf({ aud: 'them' }), 'TOKEN_REJECTED', { settings: audience }),
  ...bad('no audience where one is required', tokenFor(), 'TOKEN_REJECTED', { settings: audience }),
  ...bad('an audience list with a number in it', tokenOf({ aud: ['app', 5] }), 'TOKEN_REJECTED', { settings: audience }),
  ...good('an id where one is required', tokenOf({ jti: 'a3c1' }), { settings: withId }),
  ...bad('no id where one is required', tokenFor(), 'TOKEN_REJECTED', { settings: withId }),
  ...bad('a blank id where one is required', tokenOf({ jti: '' }), 'TOKEN_REJECTED', { settings: withId }),
  ...bad('an id that is a number where one is required', tokenOf({ jti: 7 }), 'TOKEN_REJECTED', { settings: withId }),
  ...bad('no id, and expired: expired is said first', tokenOf({ exp: NOW - 1 }), 'TOKEN_EXPIRED', { settings: withId }),
  ...bad('an audience where we have no name', tokenOf({ aud: 'app' }), 'TOKEN_REJECTED'),

  ...bad('no username', tokenOf({ username: undefined }), 'TOKEN_PAYLOAD_INVALID'),
  ...bad('an empty username', tokenOf({ username: '' }), 'TOKEN_PAYLOAD_INVALID'),
  ...bad('a username that is a list', tokenOf({ username: ['ada'] }), 'TOKEN_PAYLOAD_INVALID'),
  ...good('a username that is a number', tokenOf({ user_id: 7, username: 1815 }), { users: [{ id: 7, username: '1815', isActive: true }] }, '1815'),
  ...good('the username read from another claim', tokenOf({ username: undefined, sub: 'u:ada' }), { settings: bySub }),
  ...bad('that other claim missing', tokenFor(), 'TOKEN_PAYLOAD_INVALID', { settings: bySub }),

  ...bad('a user who does not exist', tokenFor({ user: { id: 9, username: 'nobody', isActive: true } }), 'USER_NOT_FOUND'),
  ...bad('a user whose name another has taken', tokenOf({ user_id: 99 }), 'USER_NOT_FOUND'),
  ...bad('a user_id of null', tokenOf({ user_id: null }), 'USER_NOT_FOUND'),
  ...bad('a disabled user', tokenFor({ user: eve }), 'ACCOUNT_DISABLED'),
  ...bad('expired, of a disabled user', tokenFor({ user: eve, claims: { exp: NOW - 1 } }), 'TOKEN_EXPIRED'),
  ...bad('rejected and expired at once', tokenOf({ exp: NOW - 1, nbf: NOW + 1 }), 'TOKEN_REJECTED'),

  { name: 'verify: the token is trimmed', act: ({ app }) => app.verify({ token: ` ${tokenFor()}\n` }), expected: accepted({ token: tokenFor() }) },
  { name: 'verify: the header is not asked for a token', act: ({ app }) => app.verify({ token: 'no-token' }, { authorization: `JWT ${tokenFor()}` }), expected: refused('TOKEN_UNDECODABLE') },
  {
    name: 'a user disabled since the login',
    act: ({ app, scene }) => {
      const token = tokenFor();
      scene.users[0] = { ...ada, isActive: false };
      return app.protectedRead({ authorization: `JWT ${token}` });
    },
    place: 'protected',
    expected: refused('ACCOUNT_DISABLED'),
  },
  {
    name: 'a token that was good expires',
    act: async ({ app, scene }) => {
      const token = tokenFor();
      const first = await app.verify({ token });
      scene.clock.advance({ seconds: 301 });
      return first.ok ? app.verify({ token }) : first;
    },
    expected: refused('TOKEN_EXPIRED'),
  },
];
