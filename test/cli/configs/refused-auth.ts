import { createJwtAuth, secretKey } from 'trpc-jwt-auth';

import { users } from './users.js';

export const auth = createJwtAuth({ keys: secretKey('too short'), users });
