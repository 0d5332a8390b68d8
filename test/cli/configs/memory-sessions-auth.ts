import { createJwtAuth, secretKey } from 'trpc-jwt-auth';
import { memorySessions } from 'trpc-jwt-auth/stores/memory';

import { users } from './users.js';

export const auth = createJwtAuth({ keys: secretKey('0123456789abcdef0123456789abcdef'), users, sessions: { store: memorySessions() }, cookie: { name: 'jwt-token', sameSite: 'none' } });
