import { constants, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { RequestListener } from 'node:http';

import { jwksVerifier } from 'trpc-jwt-auth';
import type { AsymmetricAlgorithm, AuthUser, AuthVerifier, ClaimsUser, Jwk, JwksVerifierSettings } from 'trpc-jwt-auth';
import { testClock } from 'trpc-jwt-auth/testing';
import type { TestClock } from 'trpc-jwt-auth/testing';
import { afterAll } from 'vitest';

import { listen } from '../parity/listening.js';
import { encode, goodClaims } from './forged-tokens.js';
import { NOW } from './target.js';

export interface Pair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const CURVES: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };

/** A key pair that nobody has yet. */
export function newPair(algorithm: AsymmetricAlgorithm = 'ES256'): Pair {
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519');
  const namedCurve = CURVES[algorithm];
  return namedCurve === undefined ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ec', { namedCurve });
}

/** A public key as a set shows it. */
export function publicJwk({ publicKey }: Pair, members: Readonly<Record<string, unknown>> = {}): Jwk {
  return { ...publicKey.export({ format: 'jwk' }), ...members };
}

/** A token truly signed by a key; nothing of the package is used. */
export function signed(algorithm: AsymmetricAlgorithm, { privateKey: key }: Pair, header: Readonly<Record<string, unknown>> = {}, claims: unknown = goodClaims): string {
  const input = `${encode({ typ: 'JWT', alg: algorithm, ...header })}.${encode(claims)}`;
  const hash = algorithm === 'EdDSA' ? null : `sha${algorithm.slice(2)}`;
  const shape = algorithm.startsWith('PS') ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : { dsaEncoding: 'ieee-p1363' as const };
  return `${input}.${sign(hash, Buffer.from(input), { key, ...shape }).toString('base64url')}`;
}

/** A token of a key that nobody has; whether its signature is true, no verifier gets to find out. */
export function strangerToken(kid: string, alg = 'ES256'): string {
  return `${encode({ typ: 'JWT', alg, kid })}.${encode(goodClaims)}.${'A'.repeat(86)}`;
}

export interface Issuer {
  readonly url: string;
  readonly origin: string;
  /** The paths asked for so far. */
  readonly requests: string[];
  /** What it answers now. */
  answer: RequestListener;
  /** Answers this text from now on. */
  readonly say: (text: string | Buffer, status?: number, headers?: Readonly<Record<string, string>>) => void;
  /** Answers a set of these keys from now on. */
  readonly publish: (...keys: readonly unknown[]) => void;
}

/** An issuer whose every answer is the test's, on 127.0.0.1, until the file's tests are done. */
export async function startIssuer(): Promise<Issuer> {
  const requests: string[] = [];
  const server = await listen((request, response) => {
    requests.push(request.url ?? '');
    issuer.answer(request, response);
  });
  afterAll(() => server.close());
  const say: Issuer['say'] = (text, status = 200, headers = { 'Content-Type': 'application/json' }) => {
    issuer.answer = (_request, response) => void response.writeHead(status, headers).end(text);
  };
  const issuer: Issuer = {
    url: `${server.origin}/.well-known/jwks.json`,
    origin: server.origin,
    requests,
    answer: (_request, response) => void response.writeHead(404).end(),
    say,
    publish: (...keys) => say(JSON.stringify({ keys })),
  };
  return issuer;
}

/** All that verifiers of the file have reported, for the one rule that holds for every test: no token is in it. */
export const everyReport: unknown[] = [];

export interface Watched<User extends AuthUser> {
  readonly auth: AuthVerifier<User>;
  readonly clock: TestClock;
  readonly reported: unknown[];
  /** The messages of what was reported. */
  readonly complaints: () => string[];
  /** A token's code, or 'accepted'. */
  readonly judge: (token: string) => Promise<string>;
}

/** A verifier of an issuer's tokens, whose time and reports are the test's. */
export function verifierOf<User extends AuthUser = ClaimsUser>({ url }: Pick<Issuer, 'url'>, settings: Partial<JwksVerifierSettings<User>> = {}): Watched<User> {
  const clock = testClock(new Date(NOW * 1000));
  const reported: unknown[] = [];
  const reportError = (error: unknown): void => {
    reported.push(error);
    everyReport.push(error);
  };
  const auth = jwksVerifier<User>({ url, clock, reportError, ...settings });
  const judge = async (token: string): Promise<string> => {
    try {
      await auth.verifyToken(token);
    } catch (error) {
      return (error as { code?: string }).code ?? String(error);
    }
    return 'accepted';
  };
  return { auth, clock, reported, complaints: () => reported.map((error) => (error as Error).message), judge };
}
