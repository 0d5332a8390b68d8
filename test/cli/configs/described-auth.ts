import { createJwtAuth, secretKey } from 'trpc-jwt-auth';

import { unasked } from './users.js';

export const auth = createJwtAuth({ keys: secretKey('0123456789abcdef0123456789abcdef'), users: unasked });

export const openApi = { info: { title: 'Notes', version: '3.0.0', description: 'Logs users in.' }, servers: [{ url: '/v3' }], paths: { obtain: '/login/' } };
