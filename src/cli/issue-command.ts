import type { Command } from 'commander';

import { AuthError } from '../core/errors.js';
import { CommandError } from './command-error.js';
import { loadAuth } from './config-file.js';
import type { Terminal } from './terminal.js';
import { decodeToken } from './token-text.js';

interface IssueOptions {
  readonly config: string;
  readonly json?: boolean;
}

/** `issue`: a token without a password, for whoever may run the server's own code. */
export function addIssue(program: Command, terminal: Terminal): void {
  program
    .command('issue')
    .description('Print an access token for a user, without a password.')
    .argument('<username>', 'whom findByUsername is asked for')
    .requiredOption('--config <file>', 'the module that exports auth, what createJwtAuth made')
    .option('--json', 'print { token, expires_at, user_id, username }')
    .addHelpText('after', '\nExample:\n  TOKEN=$(npx trpc-jwt-auth issue ada --config auth.js)')
    .action(async (username: string, { config, json = false }: IssueOptions) => {
      const auth = await loadAuth(config, `issue ${username} --config ${config}`, terminal);
      if (auth.settings.sessions?.store.inMemory === true) {
        throw new CommandError('The sessions are in the memory of the server, which another process cannot add to: no server would take the token. Keep them in kyselySessions or redisSessions.');
      }
      const user = await auth.settings.users.findByUsername(username);
      if (user === null || user === undefined) throw new AuthError('USER_NOT_FOUND');
      if (!user.isActive) throw new AuthError('ACCOUNT_DISABLED');
      const token = await auth.issueToken(user);
      const { exp } = decodeToken(token).claims;
      if (json) terminal.printJson({ token, expires_at: exp, user_id: user.id, username: user.username });
      else terminal.print(token);
    });
}
