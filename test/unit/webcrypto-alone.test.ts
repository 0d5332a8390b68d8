import { expect, it, vi } from 'vitest';
import { secretKey } from 'trpc-jwt-auth';

// What is true of tokens and keys where the runtime has Node's crypto is true where it has WebCrypto alone, as in Workers.
vi.mock('../../src/core/node-crypto.js', () => ({ nodeCrypto: undefined }));

it('imports a secret as a key that signs and verifies and never shows itself', async () => {
  const importKey = vi.spyOn(crypto.subtle, 'importKey');
  await secretKey('0123456789abcdef0123456789abcdef').current();
  expect(importKey).toHaveBeenCalledExactlyOnceWith('raw', new TextEncoder().encode('0123456789abcdef0123456789abcdef'), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
  importKey.mockRestore();
});

await import('./digest.test.js');
await import('./secret-key.test.js');
await import('./tokens.test.js');
await import('./user-secret.test.js');
await import('./testing.test.js');
await import('../security/token-attacks.test.js');
await import('../security/key-rotation.test.js');
