#!/usr/bin/env node
import { asCommandError, CommandError } from './command-error.js';
import { errorText, runProgram } from './program.js';
import { printable } from './terminal.js';

const { stdin, stdout, stderr } = process;
const print = stdout.write.bind(stdout);
const complain = stderr.write.bind(stderr);
// What a module prints while it loads must not get into the one token or document that stdout is for.
stdout.write = complain;

// A reader that has seen enough, as `head`, is no failure to tell of.
stdout.on('error', () => process.exit(1));

async function end(exitCode: number): Promise<never> {
  for (const write of [print, complain]) await new Promise((resolve) => write('', resolve));
  // Not by itself: a module under check may have opened a port or a pool of connections.
  process.exit(exitCode);
}

// Such as a port that is taken: what a module began and nobody awaits.
process.on('uncaughtException', (thrown) => {
  const error = new CommandError(`Something that was begun failed; keep auth in a module that starts nothing. ${asCommandError(thrown).message}`);
  complain(printable(`${errorText(error, process.argv.includes('--json'))}\n`));
  void end(1);
});

await end(await runProgram(process.argv.slice(2), { stdin, stdout: { write: print }, stderr: { write: complain }, clock: Date.now, directory: process.cwd() }));
