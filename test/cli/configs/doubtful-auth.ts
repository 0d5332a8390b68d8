import { generateKeyPairSync } from 'node:crypto';

import { createJwtAuth, keyPair, keyRing, secretKey } from 'trpc-jwt-auth';

import { users } from './users.js';

const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

export const auth = createJwtAuth({
  keys: keyRing([secretKey('short', { unsafeShortSecret: true }), keyPair({ algorithm: 'EdDSA', privateKey: pem })]),
  users,
  token: { expiresInSeconds: 2 * 24 * 3600 },
  refresh: { windowSeconds: 90 * 24 * 3600 },
  cookie: { name: 'jwt-token', secure: false },
  throttle: false,
  restStatus: 'drf',
});
