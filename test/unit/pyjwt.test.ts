import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';

import { createJwtAuth, keyPair, secretKey } from 'trpc-jwt-auth';
import type { Algorithm, AsymmetricAlgorithm, KeyRing, SecretAlgorithm } from 'trpc-jwt-auth';
import { memorySessions } from 'trpc-jwt-auth/stores/memory';
import { describe, expect, it } from 'vitest';

import { hasProgram } from '../programs.js';
import { newPair } from '../security/issuer.js';

// Debian's own Python has its packages; another that comes first in PATH may have none.
const PYTHONS = ['/usr/bin/python3', 'python3'];
const HAS_PYJWT = ['-c', 'import jwt, cryptography'];

/** Decodes each as a Django server would that has the key; a refusal is the name of its exception. */
const PROGRAM = `
import json, sys, jwt
def decode(token, key, algorithm, audience):
    try:
        claims = jwt.decode(token, key, algorithms=[algorithm], audience=audience, issuer="https://issuer.example", options={"require": ["exp", "iat", "iss", "jti"]})
        return {"claims": claims, "header": jwt.get_unverified_header(token)}
    except Exception as error:
        return {"refused": type(error).__name__}
print(json.dumps([decode(**each) for each in json.load(sys.stdin)]))
`;

interface Asked {
  readonly token: string;
  readonly key: string;
  readonly algorithm: Algorithm;
  readonly audience: string;
}
interface Decoded {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly refused?: string;
}

const ADA = { id: 7, username: 'ädä \u2028 "ß" 🎹', isActive: true, email: 'ada@example.com' };
const SECRETS: readonly SecretAlgorithm[] = ['HS256', 'HS384', 'HS512'];
const PAIRS: readonly AsymmetricAlgorithm[] = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** Keys that sign here, and what PyJWT verifies with. */
function keysOf(algorithm: Algorithm): { keys: KeyRing; key: string } {
  if (SECRETS.some((each) => each === algorithm)) {
    // Not all ASCII, for both take a string as UTF-8.
    const key = 'a-shared-sécret-0123456789-abcdefghijklmnopqrstuvwxyz-0123456789-€';
    return { keys: secretKey(key, { algorithm: algorithm as SecretAlgorithm }), key };
  }
  const pair = /^[RP]S/.test(algorithm) ? rsa : newPair(algorithm as AsymmetricAlgorithm);
  const [privateKey, key] = [pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()];
  return { keys: keyPair({ algorithm: algorithm as AsymmetricAlgorithm, privateKey }), key };
}

function authWith(keys: KeyRing) {
  return createJwtAuth({
    keys,
    users: { authenticate: () => ADA, findByUsername: () => ADA },
    token: { issuer: 'https://issuer.example', audience: ['reports', 'files'], expiresInSeconds: 86_400 },
    claims: () => ({ plan: 'gratis', nested: { list: [1, 2.5, null, true] } }),
    sessions: { store: memorySessions() },
  });
}

/** Changes a bit of the signature's middle, where no spelling is free. */
function tampered(token: string): string {
  const at = token.lastIndexOf('.') + 20;
  return token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
}

const python = PYTHONS.find((program) => {
  try {
    execFileSync(program, HAS_PYJWT, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}) ?? 'python3';

if (hasProgram(python, HAS_PYJWT, 'what PyJWT makes of our tokens')) {
  describe('PyJWT', async () => {
    const algorithms = [...SECRETS, ...PAIRS];
    const made = await Promise.all(
      algorithms.map(async (algorithm) => {
        const { keys, key } = keysOf(algorithm);
        const auth = authWith(keys);
        const { token, claims, refresh } = await auth.serializers.obtain.validate({ username: 'ada', password: 'x' });
        const [head = '', , signature = ''] = token.split('.');
        const ask = (changes: Partial<Asked>): Asked => ({ token, key, algorithm, audience: 'reports', ...changes });
        const swapped = `${head}.${Buffer.from(JSON.stringify({ ...claims, username: 'eve' })).toString('base64url')}.${signature}`;
        return { algorithm, token, claims, asked: [ask({}), ask({ token: refresh?.token ?? '' }), ask({ token: tampered(token) }), ask({ token: swapped }), ask({ audience: 'others' })] };
      }),
    );
    // One process for all of them: starting it takes most of the time.
    const answered = JSON.parse(execFileSync(python, ['-c', PROGRAM], { input: JSON.stringify(made.flatMap(({ asked }) => asked)), encoding: 'utf8' })) as Decoded[];
    const answers = made.map(({ algorithm, token, claims, asked: { length } }, index) => [algorithm, { token, claims, answers: answered.slice(index * length, (index + 1) * length) }] as const);

    it.each(answers)('verifies tokens of %s signed here: every claim is there, as it is here', (algorithm, { token, claims, answers: [access, refresh] }) => {
      expect(access?.claims).toEqual({ ...claims });
      expect(access?.claims).toMatchObject({ user_id: 7, username: ADA.username, email: ADA.email, plan: 'gratis', nested: { list: [1, 2.5, null, true] }, aud: ['reports', 'files'] });
      expect(access?.header).toEqual(JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()));
      expect(access?.header).toMatchObject({ alg: algorithm, typ: 'JWT' });
      // It knows nothing of typ; but there is no `username` in one of these for a Django server to find.
      expect(refresh).toMatchObject({ header: { alg: algorithm, typ: 'refresh+jwt' }, claims: { sub: ADA.username, user_id: 7 } });
      expect(refresh?.claims).not.toHaveProperty('username');
    });

    it.each(answers)('refuses those of %s whose signature or claims were changed, and those for others', (_algorithm, { answers: [, , signature, claims, audience] }) => {
      expect([signature, claims, audience]).toEqual([{ refused: 'InvalidSignatureError' }, { refused: 'InvalidSignatureError' }, { refused: 'InvalidAudienceError' }]);
    });
  });
}
