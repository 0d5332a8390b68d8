import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createJwtAuth, keyPair, secretKey } from 'trpc-jwt-auth';
import type { AsymmetricAlgorithm, Jwk, KeyRing } from 'trpc-jwt-auth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { run, runJson } from './command-run.js';

const ada = { id: 1, username: 'ada', isActive: true };
const ALGORITHMS: AsymmetricAlgorithm[] = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

async function headerWith(keys: KeyRing): Promise<Record<string, unknown>> {
  const auth = createJwtAuth({ keys, users: { authenticate: () => null, findByUsername: () => ada } });
  const token = await auth.issueToken(ada);
  expect((await auth.verifyToken(token)).user).toBe(ada);
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as Record<string, unknown>;
}

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trpc-jwt-auth-cli-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('secret', () => {
  it('prints 48 random bytes in base64, which secretKey takes', async () => {
    const [first, second] = [await run(['secret']), await run(['secret'])];
    expect(first).toMatchObject({ exitCode: 0, stderr: '' });
    expect(Buffer.from(first.stdout, 'base64')).toHaveLength(48);
    expect(first.stdout).not.toBe(second.stdout);
    expect(await headerWith(secretKey(first.stdout.trim()))).toEqual({ typ: 'JWT', alg: 'HS256' });
  });

  it('prints as many bytes as asked for', async () => {
    const { document } = await runJson(['secret', '--bytes', '32']);
    expect(document.bytes).toBe(32);
    expect(Buffer.from(String(document.secret), 'base64')).toHaveLength(32);
  });

  it.each([
    ['31', 'can be guessed offline'],
    ['0', 'can be guessed offline'],
    ['1e3', 'whole number'],
    ['-48', 'whole number'],
    ['99999999999', 'whole number'],
    ['', 'whole number'],
  ])('refuses --bytes %j as wrong usage', async (bytes, reason) => {
    const outcome = await run(['secret', `--bytes=${bytes}`]);
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
    expect(outcome.stderr).toContain(reason);
  });
});

describe('keypair', () => {
  it.each(ALGORITHMS)('makes keys for %s, whose private one alone is on stdout', async (alg) => {
    const { exitCode, stdout, stderr } = await run(['keypair', '--alg', alg]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^-----BEGIN PRIVATE KEY-----\n[^-]+-----END PRIVATE KEY-----\n$/);
    const [, publicKey = '', kid] = /^(-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----\n)kid: (.+)\n$/.exec(stderr) ?? [];
    expect(await headerWith(keyPair({ algorithm: alg, privateKey: stdout }))).toEqual({ typ: 'JWT', alg, kid });
    expect((await keyPair({ algorithm: alg, publicKey }).current()).published[0]?.kid).toBe(kid);
  });

  it('makes JWKs that say what they are', async () => {
    const { document } = await runJson(['keypair', '--alg', 'ES256', '--kid', '2027']);
    const { private_jwk: privateJwk, public_jwk: publicJwk, ...rest } = document as { private_jwk: Jwk; public_jwk: Jwk };
    expect(rest).toEqual({ alg: 'ES256', kid: '2027' });
    expect(privateJwk).toEqual({ kty: 'EC', crv: 'P-256', x: publicJwk.x, y: publicJwk.y, d: expect.any(String) as string, alg: 'ES256', kid: '2027', use: 'sig' });
    expect(Object.keys(publicJwk).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    expect(await headerWith(keyPair({ privateKey: privateJwk }))).toMatchObject({ kid: '2027' });
  });

  it('prints the private JWK on stdout alone with --jwk', async () => {
    const { stdout, stderr } = await run(['keypair', '--alg', 'EdDSA', '--jwk']);
    expect(JSON.parse(stdout)).toHaveProperty('d');
    expect(JSON.parse(stderr)).not.toHaveProperty('d');
  });

  it('makes RSA keys as long as asked for', async () => {
    const { document } = await runJson(['keypair', '--alg', 'RS256', '--bits', '3072']);
    expect(Buffer.from((document.public_jwk as Jwk).n ?? '', 'base64url')).toHaveLength(384);
  });

  it.each([
    [['--alg', 'RS256', '--bits', '1024'], '2048 bits are the least'],
    [['--alg', 'RS256', '--bits', '99999999'], 'whole number'],
    [['--alg', 'ES256', '--bits', '2048'], '--bits is for RSA'],
    [['--alg', 'HS256'], 'Allowed choices are RS256'],
    [['--alg', 'EdDSA', '--kid', ''], 'Give a name'],
    [['--alg', 'EdDSA', '--out', 'keys/'], 'file name'],
    [['--alg', 'EdDSA', '--out', 'a', '--jwk'], 'cannot be used with'],
    [[], "'--alg <algorithm>' not specified"],
  ])('refuses %j as wrong usage', async (args, reason) => {
    const outcome = await run(['keypair', ...args], { directory });
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
    expect(outcome.stderr).toContain(reason);
    expect(await readdir(directory)).toEqual([]);
  });

  it('writes files, the private one for its owner alone, and says what to write', async () => {
    const { exitCode, stdout } = await run(['keypair', '--alg', 'EdDSA', '--kid', "ada's", '--out', 'keys/2027'], { directory });
    expect(exitCode).toBe(0);
    const privateKey = await readFile(join(directory, 'keys/2027.private.pem'), 'utf8');
    expect((await stat(join(directory, 'keys/2027.private.pem'))).mode & 0o777).toBe(0o600);
    expect(stdout).not.toContain('PRIVATE KEY');
    expect(stdout).toContain("keyPair({ algorithm: 'EdDSA', kid: 'ada\\'s', privateKey: readFileSync('keys/2027.private.pem', 'utf8') })");
    expect((await headerWith(keyPair({ algorithm: 'EdDSA', kid: "ada's", privateKey }))).kid).toBe("ada's");
    const publicKey = await readFile(join(directory, 'keys/2027.public.pem'), 'utf8');
    const [published] = (await keyPair({ algorithm: 'EdDSA', publicKey }).current()).published;
    expect(published?.x).toBe((await keyPair({ algorithm: 'EdDSA', privateKey }).current()).published[0]?.x);
  });

  it('overwrites neither file, and leaves no half of a pair', async () => {
    await writeFile(join(directory, 'mine.public.pem'), 'mine');
    const outcome = await run(['keypair', '--alg', 'EdDSA', '--out', 'mine'], { directory });
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    expect(outcome.stderr).toBe('trpc-jwt-auth: mine.public.pem is there already, and is not overwritten; give another --out.\n');
    expect((await readdir(directory)).filter((name) => name.startsWith('mine'))).toEqual(['mine.public.pem']);
    expect(await readFile(join(directory, 'mine.public.pem'), 'utf8')).toBe('mine');
  });

  it('prints no private key where it is in a file', async () => {
    const { document } = await runJson(['keypair', '--alg', 'EdDSA', '--out', 'other'], { directory });
    expect(Object.keys(document)).toEqual(['alg', 'kid', 'private_file', 'public_file', 'public_jwk']);
  });

  it('says where it cannot write', async () => {
    const outcome = await run(['keypair', '--alg', 'EdDSA', '--out', 'mine.public.pem/key'], { directory });
    expect(outcome.exitCode).toBe(1);
    expect(outcome.stderr).toMatch(/^trpc-jwt-auth: mine\.public\.pem\/key\.private\.pem (cannot be written|is there already)/);
  });
});
