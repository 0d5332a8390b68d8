import { createJwtAuth, secretKey } from 'trpc-jwt-auth';
import { restBridge } from 'trpc-jwt-auth/fetch';
import { hashPassword, needsRehash, passwordAuthenticator, verifyPassword } from 'trpc-jwt-auth/passwords';

import { ADA, LOGIN } from './app.js';
import { equal } from './check.js';
import type { Check } from './check.js';

const HASH = 'scrypt$16384$aZOUqlwEil2oecNEJuZbsP$8$5$E94btZkntE5LzjKz4MUe3CKy27EHVe66pl39vScQW8BwQdYhLwKs18fXNO5/OYJanYblnyTHKsKzL95/TAHkRQ==';
const OF_DJANGO = 'pbkdf2_sha256$260000$2zUuviJwOxlyfJSntPnRa1$D7XqZ5PPpASH+yF7S+mrIN2RgcO2U9ATdqpC52cFg9M=';

/** Password hashes, where the runtime has `node:crypto`. */
export const passwordChecks: readonly Check[] = [
  {
    name: 'signs in with a password whose hash is stored',
    run: async () => {
      const authenticate = passwordAuthenticator({ find: (username) => (username === ADA.username ? { user: ADA, passwordHash: HASH } : null) });
      const bridge = restBridge(createJwtAuth({ keys: secretKey('a-secret-of-the-runtime-checks-0123456789'), users: { authenticate, findByUsername: () => ADA } }));
      const statusOf = async (login: Record<string, string>): Promise<number | undefined> =>
        (await bridge(new Request('https://example.com/api-token-auth/', { method: 'POST', body: new URLSearchParams(login) })))?.status;
      equal([await statusOf(LOGIN), await statusOf({ ...LOGIN, password: 'wrong' }), await statusOf({ ...LOGIN, username: 'eve' })], [200, 401, 401]);
    },
  },
  {
    name: 'hashes a password and verifies it',
    run: async () => {
      const hash = await hashPassword(LOGIN.password);
      equal([needsRehash(hash), await verifyPassword(hash, LOGIN.password), await verifyPassword(hash, 'wrong')], [false, true, false]);
    },
  },
  {
    name: "verifies Django's PBKDF2",
    run: async () => {
      equal([await verifyPassword(OF_DJANGO, 'testpass123'), await verifyPassword(OF_DJANGO, 'wrong')], [true, false]);
    },
  },
];
