import { createJwtAuth, jwksVerifier, keyPair, keyRing, secretKey } from 'trpc-jwt-auth';
import type { AsymmetricAlgorithm, KeyRing } from 'trpc-jwt-auth';

import { ADA, LOGIN } from './app.js';
import { equal, failure } from './check.js';
import type { Check } from './check.js';

interface KeyType {
  readonly algorithms: readonly AsymmetricAlgorithm[];
  readonly parameters: RsaHashedKeyGenParams | EcKeyGenParams | Algorithm;
}

const KEY_TYPES: readonly KeyType[] = [
  {
    algorithms: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
    parameters: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
  },
  { algorithms: ['ES256'], parameters: { name: 'ECDSA', namedCurve: 'P-256' } },
  { algorithms: ['ES384'], parameters: { name: 'ECDSA', namedCurve: 'P-384' } },
  { algorithms: ['ES512'], parameters: { name: 'ECDSA', namedCurve: 'P-521' } },
  { algorithms: ['EdDSA'], parameters: { name: 'Ed25519' } },
];

const SECRETS = ['a-secret-of-one-user-0123456789abcdef', 'a-secret-of-all-users-0123456789abcdef'] as const;
const users = { authenticate: () => ADA, findByUsername: () => ADA };
// Made while the module loads, as an app does.
const ofOneSecret = createJwtAuth({ keys: secretKey(SECRETS[1], { algorithm: 'HS512' }), users, userSecret: () => SECRETS[0] });

async function issuedAndVerified(keys: KeyRing): Promise<void> {
  const auth = createJwtAuth({ keys, users });
  const token = await auth.issueToken(ADA);
  equal((await auth.verifyToken(token)).user, ADA);
  equal((await failure(auth.verifyToken(`${token.slice(0, -8)}AAAAAAAA`))).code, 'TOKEN_UNDECODABLE');
}

/** Signatures, which each runtime makes with a library of its own. */
export const keyChecks: readonly Check[] = [
  {
    name: 'signs and verifies with secrets, one of each user among them',
    run: async () => {
      for (const algorithm of ['HS256', 'HS384', 'HS512'] as const) await issuedAndVerified(secretKey(`${SECRETS.join()}-long-enough-for-each`, { algorithm }));
      equal((await ofOneSecret.verifyToken(await ofOneSecret.issueToken(ADA))).user, ADA);
    },
  },
  ...KEY_TYPES.map(({ algorithms, parameters }) => ({
    name: `signs and verifies with a key pair: ${algorithms.join(', ')}`,
    run: async () => {
      const { privateKey } = (await crypto.subtle.generateKey(parameters, true, ['sign', 'verify'])) as CryptoKeyPair;
      const { alg: _alg, key_ops: _operations, ...jwk } = await crypto.subtle.exportKey('jwk', privateKey);
      for (const algorithm of algorithms) {
        const pair = keyPair({ algorithm, privateKey: jwk });
        await issuedAndVerified(pair);
        await issuedAndVerified(keyRing([pair, secretKey(SECRETS[1])]));
      }
    },
  })),
  {
    name: 'publishes its public keys, by which jwksVerifier verifies without a secret',
    run: async ({ origin }) => {
      const url = `${origin}/.well-known/jwks.json`;
      const answer = await fetch(url);
      const { keys } = (await answer.json()) as { keys: Record<string, unknown>[] };
      equal([answer.status, keys.map(({ kty, alg, use, d }) => [kty, alg, use, d ?? 'public'])], [200, [['EC', 'ES256', 'sig', 'public']]]);
      const login = await fetch(`${origin}/api-token-auth/`, { method: 'POST', body: new URLSearchParams(LOGIN) });
      const { token } = (await login.json()) as { token: string };
      // The app's clock has gone ahead of ours by what other checks moved it.
      const verifier = jwksVerifier({ url, issuer: 'runtime', leewaySeconds: 3600 });
      const verified = await Promise.all([verifier.verifyToken(token), verifier.verifyToken(token)]);
      equal(verified.map(({ user }) => [user.id, user.username]), [[1, 'ada'], [1, 'ada']]);
      equal((await failure(verifier.verifyToken(`${token.slice(0, -8)}AAAAAAAA`))).code, 'TOKEN_UNDECODABLE');
    },
  },
];
