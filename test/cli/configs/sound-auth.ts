import { createJwtAuth, keyPair } from 'trpc-jwt-auth';
import type { SessionStore, ThrottleStore, TicketStore } from 'trpc-jwt-auth';
import { memorySessions, memoryThrottle, memoryTickets } from 'trpc-jwt-auth/stores/memory';

import { unasked } from './users.js';

const privateKey = { kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo', d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A' }; // RFC 8037 appendix A.1

// As stores elsewhere: in memory, these would be warned of.
const sessions: SessionStore = { ...memorySessions(), inMemory: false };
const throttle: ThrottleStore = { limiter: (limit) => memoryThrottle().limiter(limit) };
const tickets: TicketStore = { ...memoryTickets(), inMemory: false };

export const auth = createJwtAuth({
  keys: keyPair({ privateKey, kid: '2027' }),
  users: unasked,
  token: { issuer: 'https://auth.example.com', audience: ['app', 'billing'], requireTokenId: true },
  cookie: { name: 'jwt-token', trustedOrigins: ['https://app.example.com'] },
  sessions: { store: sessions },
  throttle: { store: throttle },
  tickets: { store: tickets },
});
