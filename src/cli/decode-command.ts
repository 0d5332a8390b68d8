import type { Command } from 'commander';

import { epochSeconds } from '../core/clock.js';
import { CommandError } from './command-error.js';
import { durationText, isoTime } from './durations.js';
import { aligned } from './terminal.js';
import type { Terminal } from './terminal.js';
import { decodeToken } from './token-text.js';
import type { UnverifiedToken } from './token-text.js';

const NOT_VERIFIED = ['signature', 'issuer', 'audience', 'user', 'session'];
const MOST_INPUT = 64 * 1024;
const TIMES: ReadonlySet<string> = new Set(['exp', 'nbf', 'iat', 'orig_iat']);

/** `decode`: what a token says, verified by nobody. */
export function addDecode(program: Command, terminal: Terminal): void {
  program
    .command('decode')
    .description('Show what a token says. It verifies nothing, and says so.')
    .argument('[token]', 'the token; - or nothing reads it from stdin, for an argument stays in the history of the shell')
    .option('--json', 'print { kind, header, claims, times, expires_in_seconds, not_verified }')
    .addHelpText('after', '\nExample:\n  echo "$TOKEN" | npx trpc-jwt-auth decode')
    .action(async (argument: string | undefined, { json = false }: { readonly json?: boolean }) => {
      const token = decodeToken(await readToken(argument, terminal.stdin));
      const now = epochSeconds(terminal.clock);
      if (json) terminal.printJson(documentOf(token, now));
      else terminal.print(pageOf(token, now));
    });
}

async function readToken(argument: string | undefined, stdin: Terminal['stdin']): Promise<string> {
  if (argument !== undefined && argument !== '-') return argument.trim();
  if (stdin.isTTY === true) throw new CommandError('There is no token; pipe one in: echo "$TOKEN" | npx trpc-jwt-auth decode', { exitCode: 2 });
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of stdin) {
    text += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    if (text.length > MOST_INPUT) break;
  }
  const token = text.trim();
  if (token === '') throw new CommandError('There is no token: nothing came from stdin.', { exitCode: 2 });
  return token;
}

function documentOf(token: UnverifiedToken, now: number): object {
  const times = Object.entries(token.claims).flatMap(([name, value]) => (TIMES.has(name) && isoTime(value) !== undefined ? [[name, isoTime(value)]] : []));
  const { exp } = token.claims;
  return {
    kind: kindOf(token),
    header: token.header,
    claims: token.claims,
    times: Object.fromEntries(times) as object,
    expires_in_seconds: isoTime(exp) === undefined ? null : Math.trunc(Number(exp)) - now,
    not_verified: NOT_VERIFIED,
  };
}

function pageOf(token: UnverifiedToken, now: number): string {
  const { header, claims } = token;
  const kind = kindOf(token);
  return [
    'Header',
    rowsOf(header, now),
    '',
    'Claims',
    rowsOf(claims, now),
    '',
    aligned([
      ['Kind', kind === 'unknown' ? `of another purpose (typ ${JSON.stringify(header.typ)}), and refused here` : `${kind} token`],
      ['Expiry', expiryText(claims.exp, now)],
    ]),
    `Not verified: ${NOT_VERIFIED.join(', ')}.`,
  ].join('\n');
}

function rowsOf(part: Readonly<Record<string, unknown>>, now: number): string {
  const rows = Object.entries(part).map(([name, value]) => {
    const time = TIMES.has(name) ? isoTime(value) : undefined;
    return [/^[\w.#-]+$/.test(name) ? name : JSON.stringify(name), JSON.stringify(value), ...(time === undefined ? [] : [`${time}, ${distanceText(Math.trunc(Number(value)) - now)}`])];
  });
  return rows.length === 0 ? '  none' : aligned(rows);
}

function kindOf({ header: { typ } }: UnverifiedToken): 'access' | 'refresh' | 'unknown' {
  // Tokens from before this package may have no typ.
  if (typ === undefined) return 'access';
  const name = typeof typ === 'string' ? typ.toLowerCase() : '';
  if (name === 'jwt') return 'access';
  return name === 'refresh+jwt' ? 'refresh' : 'unknown';
}

function distanceText(seconds: number): string {
  return seconds < 0 ? `${durationText(-seconds)} ago` : seconds === 0 ? 'now' : `in ${durationText(seconds)}`;
}

function expiryText(exp: unknown, now: number): string {
  if (exp === undefined) return 'none, and a token without one is refused here';
  if (isoTime(exp) === undefined) return 'no time, and a token with such an exp is refused here';
  const left = Math.trunc(Number(exp)) - now;
  return left < 0 ? `expired ${durationText(-left)} ago, by the clock of this machine` : `good for ${durationText(left)}, by the clock of this machine`;
}
