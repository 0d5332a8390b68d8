import { createJwtAuth, secretKey } from 'trpc-jwt-auth';

import { unasked } from './users.js';

export const auth = createJwtAuth({ keys: secretKey('0123456789abcdef0123456789abcdef'), users: unasked });
