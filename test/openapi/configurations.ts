import { keyPair, keyRing } from 'trpc-jwt-auth';
import { memorySessions } from 'trpc-jwt-auth/stores/memory';

import { newPair } from '../security/issuer.js';
import type { Settings } from '../parity/scene.js';

const cookie = { name: 'jwt-token' };
const pair = keyPair({ privateKey: { ...newPair().privateKey.export({ format: 'jwk' }), kid: 'pair', alg: 'ES256' } });

/** The settings that change the document. Each is made anew, for sessions must not be shared. */
export const CONFIGURATIONS: Readonly<Record<string, () => Settings>> = {
  plain: () => ({}),
  drf: () => ({ restStatus: 'drf' }),
  email: () => ({ usernameField: 'email', token: { headerPrefix: 'Bearer' } }),
  'no refresh, no limits': () => ({ refresh: false, throttle: false }),
  cookie: () => ({ cookie }),
  'no token in the body': () => ({ cookie: { ...cookie, tokenInBody: false } }),
  sessions: () => ({ sessions: { store: memorySessions() } }),
  'sliding sessions, drf': () => ({ restStatus: 'drf', sessions: { store: memorySessions(), slideByAccessToken: true } }),
  'sessions in cookies': () => ({ cookie: { ...cookie, tokenInBody: false }, sessions: { store: memorySessions() } }),
  additions: () => ({ responsePayload: ({ user }) => ({ user: { id: user.id } }) }),
  'a key pair': () => ({ keys: pair }),
  'keys from a source': () => ({ keys: keyRing(() => [pair]) }),
};
