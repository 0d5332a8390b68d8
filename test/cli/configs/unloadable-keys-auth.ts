import { createJwtAuth, keyRing } from 'trpc-jwt-auth';

import { users } from './users.js';

export const auth = createJwtAuth({ keys: keyRing(() => Promise.reject(new Error('the secret manager is away')), { reportError: () => undefined }), users });
