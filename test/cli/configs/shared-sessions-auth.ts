import { createJwtAuth, secretKey } from 'trpc-jwt-auth';
import { memorySessions } from 'trpc-jwt-auth/stores/memory';

import { users } from './users.js';

// As a store elsewhere, that several processes share.
const store = { ...memorySessions(), inMemory: false };

export const auth = createJwtAuth({ keys: secretKey('0123456789abcdef0123456789abcdef'), users, sessions: { store } });
