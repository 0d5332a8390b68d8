import { generateKeyPair } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';

import type { Jwk } from '../core/key-format.js';
import { KEY_TYPES, keyPair } from '../core/key-pair.js';
import type { AsymmetricAlgorithm } from '../core/keys.js';
import { CommandError } from './command-error.js';
import { writeKeyFiles } from './key-files.js';
import { aligned } from './terminal.js';
import type { Terminal } from './terminal.js';

const LEAST_RSA_BITS = 2048;
// WebCrypto takes no longer ones, and making one takes minutes.
const MOST_RSA_BITS = 16_384;

interface KeypairOptions {
  readonly alg: AsymmetricAlgorithm;
  readonly bits?: number;
  readonly kid?: string;
  readonly out?: string;
  readonly jwk?: boolean;
  readonly json?: boolean;
}

/** `keypair`: a new private key and its public one, for `keyPair`. */
export function addKeypair(program: Command, terminal: Terminal): void {
  program
    .command('keypair')
    .description('Make a private and a public key for keyPair. The private one goes to stdout, and the public one and the kid to stderr.')
    .addOption(new Option('--alg <algorithm>', 'what the keys are for').choices(Object.keys(KEY_TYPES)).makeOptionMandatory())
    .option('--kid <name>', "the key's name in tokens (default: its thumbprint)", keyName)
    .option('--bits <number>', `the length of an RSA key (default: ${LEAST_RSA_BITS})`, rsaLength)
    .option('--out <name>', 'write <name>.private.pem (mode 0600) and <name>.public.pem, and overwrite neither', fileName)
    .addOption(new Option('--jwk', 'JWKs in place of PEM').conflicts('out'))
    .option('--json', 'print { alg, kid, private_jwk, public_jwk }; with --out { alg, kid, private_file, public_file, public_jwk }')
    .addHelpText('after', '\nExamples:\n  npx trpc-jwt-auth keypair --alg ES256 --out keys/2027\n  (umask 077; npx trpc-jwt-auth keypair --alg EdDSA > key.pem)')
    .action((options: KeypairOptions) => makeKeypair(options, terminal));
}

async function makeKeypair({ alg, bits, kid: givenKid, out, jwk = false, json = false }: KeypairOptions, terminal: Terminal): Promise<void> {
  if (bits !== undefined && KEY_TYPES[alg] !== 'RSA') throw new CommandError(`--bits is for RSA keys; one for ${alg} has the length of its curve, ${KEY_TYPES[alg]}.`, { exitCode: 2 });
  const generated = await generate(alg, bits ?? LEAST_RSA_BITS);
  const privatePem = pemOf(generated.privateKey, 'pkcs8');
  const publicPem = pemOf(generated.publicKey, 'spki');
  const { published } = await keyPair({ algorithm: alg, privateKey: privatePem, ...(givenKid !== undefined && { kid: givenKid }) }).current();
  const [publicJwk] = published;
  if (publicJwk?.kid === undefined) throw new CommandError('The new key has no public half.');
  const { kid } = publicJwk;

  if (out !== undefined) {
    const { privateFile, publicFile } = await writeKeyFiles(terminal.directory, out, privatePem, publicPem);
    if (json) return terminal.printJson({ alg, kid, private_file: privateFile, public_file: publicFile, public_jwk: publicJwk });
    const named = givenKid === undefined ? '' : ` kid: ${quoted(givenKid)},`;
    terminal.print(
      [
        aligned([
          [privateFile, 'signs: for the server alone (mode 0600)'],
          [publicFile, 'verifies: for whoever reads tokens'],
          ['kid', kid],
        ]),
        '',
        "import { readFileSync } from 'node:fs';",
        `keyPair({ algorithm: '${alg}',${named} privateKey: readFileSync(${quoted(privateFile)}, 'utf8') })`,
      ].join('\n'),
    );
    return;
  }
  const privateJwk: Jwk = { ...generated.privateKey.export({ format: 'jwk' }), kid, alg, use: 'sig' };
  if (json) return terminal.printJson({ alg, kid, private_jwk: privateJwk, public_jwk: publicJwk });
  terminal.print(jwk ? JSON.stringify(privateJwk, null, 2) : privatePem.trimEnd());
  terminal.note(jwk ? JSON.stringify(publicJwk, null, 2) : `${publicPem}kid: ${kid}`);
}

const generateKeys = promisify(generateKeyPair);

function generate(alg: AsymmetricAlgorithm, modulusLength: number): Promise<{ readonly publicKey: KeyObject; readonly privateKey: KeyObject }> {
  const kind = KEY_TYPES[alg];
  if (kind === 'RSA') return generateKeys('rsa', { modulusLength });
  return kind === 'Ed25519' ? generateKeys('ed25519') : generateKeys('ec', { namedCurve: kind });
}

function pemOf(key: KeyObject, type: 'pkcs8' | 'spki'): string {
  return key.export({ type, format: 'pem' }).toString();
}

function rsaLength(text: string): number {
  const bits = /^\d+$/.test(text) ? Number(text) : NaN;
  if (bits < LEAST_RSA_BITS) throw new InvalidArgumentError(`${LEAST_RSA_BITS} bits are the least (RFC 7518 section 3.3).`);
  if (!(bits <= MOST_RSA_BITS)) throw new InvalidArgumentError(`Give a whole number from ${LEAST_RSA_BITS} to ${MOST_RSA_BITS}.`);
  return bits;
}

function keyName(text: string): string {
  if (text === '') throw new InvalidArgumentError('Give a name, or leave --kid out for the thumbprint.');
  return text;
}

function fileName(text: string): string {
  if (/(^|[/\\])$/.test(text)) throw new InvalidArgumentError('Give the beginning of a file name, as keys/2027.');
  return text;
}

/** A string as TypeScript has it. */
function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
