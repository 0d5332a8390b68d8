import { createRequire } from 'node:module';

import { Command, CommanderError } from 'commander';

import type { Clock } from '../core/clock.js';
import { addCheckConfig } from './check-config-command.js';
import { asCommandError, CommandError } from './command-error.js';
import { addDecode } from './decode-command.js';
import { addIssue } from './issue-command.js';
import { addKeypair } from './keypair-command.js';
import { addOpenApi } from './openapi-command.js';
import { addSecret } from './secret-command.js';
import { createTerminal } from './terminal.js';
import type { Streams, Terminal } from './terminal.js';

// By the package's own name: the way from here is another in the sources than in what is published.
const { version } = createRequire(import.meta.url)('trpc-jwt-auth/package.json') as { readonly version: string };
const HELP_WIDTH = 100;

/** What a run depends on beside its arguments. */
export interface Surroundings extends Streams {
  readonly clock: Clock;
  readonly directory: string;
}

/**
 * Runs one command.
 *
 * @param args - as typed behind the program's name
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage
 */
export async function runProgram(args: readonly string[], surroundings: Surroundings): Promise<0 | 1 | 2> {
  const terminal = createTerminal(surroundings, surroundings.clock, surroundings.directory);
  try {
    await createProgram(terminal).parseAsync(args, { from: 'user' });
    return 0;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
    // The help stands there already.
    if (thrown instanceof CommanderError && thrown.code === 'commander.help') return 2;
    const error = thrown instanceof CommanderError ? new CommandError(sentence(thrown.message), { exitCode: 2 }) : asCommandError(thrown);
    terminal.note(errorText(error, args.includes('--json')));
    return error.exitCode;
  }
}

/** An error as it goes to stderr. */
export function errorText({ code, message }: CommandError, isJson: boolean): string {
  return isJson ? JSON.stringify({ error: { ...(code !== undefined && { code }), message } }) : `trpc-jwt-auth: ${message}`;
}

function createProgram(terminal: Terminal): Command {
  const program = new Command('trpc-jwt-auth')
    .description('Secrets, keys, tokens and configurations of trpc-jwt-auth, and its OpenAPI document.')
    .version(version, '--version', 'print the version')
    .helpOption('--help', 'show this')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.note(text.trimEnd()),
      // runProgram says it, as text or as JSON.
      outputError: () => undefined,
      getOutHelpWidth: () => HELP_WIDTH,
      getErrHelpWidth: () => HELP_WIDTH,
    })
    .helpCommand(false)
    .addHelpText('after', '\nExample:\n  npx trpc-jwt-auth secret\n\nEach command has --help, and --json for programs. Exit codes: 0 done, 1 failed, 2 wrong usage.');
  addSecret(program, terminal);
  addKeypair(program, terminal);
  addDecode(program, terminal);
  addIssue(program, terminal);
  addCheckConfig(program, terminal);
  addOpenApi(program, terminal);
  return program;
}

function sentence(message: string): string {
  return message.replace(/^error: /, '').replace(/\s+/g, ' ').replace(/^./, (first) => first.toUpperCase());
}
