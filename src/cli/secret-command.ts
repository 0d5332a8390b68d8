import { randomBytes } from 'node:crypto';

import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';

import { LEAST_SECRET_BYTES } from '../core/keys.js';
import type { Terminal } from './terminal.js';

const MOST_BYTES = 1024;

/** `secret`: a new secret for `secretKey`. */
export function addSecret(program: Command, terminal: Terminal): void {
  program
    .command('secret')
    .description('Print a new random secret for secretKey, in base64.')
    .option('--bytes <number>', 'how many random bytes', secretLength, 48)
    .option('--json', 'print { secret, bytes }')
    .addHelpText('after', '\nExample:\n  echo "JWT_SECRET=$(npx trpc-jwt-auth secret)" >> .env')
    .action(({ bytes, json = false }: { readonly bytes: number; readonly json?: boolean }) => {
      const secret = randomBytes(bytes).toString('base64');
      if (json) terminal.printJson({ secret, bytes });
      else terminal.print(secret);
    });
}

function secretLength(text: string): number {
  const bytes = /^\d+$/.test(text) ? Number(text) : NaN;
  if (bytes < LEAST_SECRET_BYTES) throw new InvalidArgumentError(`A secret under ${LEAST_SECRET_BYTES} bytes can be guessed offline from any one token (RFC 7518 section 3.2).`);
  if (!(bytes <= MOST_BYTES)) throw new InvalidArgumentError(`Give a whole number from ${LEAST_SECRET_BYTES} to ${MOST_BYTES}.`);
  return bytes;
}
