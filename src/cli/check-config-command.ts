import { Option } from 'commander';
import type { Command } from 'commander';

import { PACKAGES } from '../django/jwt-auth-dict.js';
import type { DjangoPackage } from '../django/jwt-auth-dict.js';
import { CommandError } from './command-error.js';
import { counted, reportText } from './config-report.js';
import { checkDjango } from './django-check.js';
import { checkModule } from './module-check.js';
import type { Terminal } from './terminal.js';

interface CheckOptions {
  readonly package?: DjangoPackage;
  readonly strict?: boolean;
  readonly json?: boolean;
}

/** `check-config`: what a configuration comes to, and what is wrong with it. */
export function addCheckConfig(program: Command, terminal: Terminal): void {
  program
    .command('check-config')
    .description('Check a module that exports auth, or the SECRET_KEY and JWT_AUTH of a Django project as .json.')
    .argument('<file>', 'as auth.js, or django.json with { "SECRET_KEY": "…", "JWT_AUTH": { … } }')
    .addOption(new Option('--package <name>', 'whose JWT_AUTH a .json file has (default: that of drf-jwt where a key of its own is in it)').choices(PACKAGES))
    .option('--strict', 'exit with 1 for warnings too')
    .option('--json', 'print { file, ok, settings or keys, faults, warnings, notes }')
    .addHelpText('after', '\nExamples:\n  npx trpc-jwt-auth check-config auth.js\n  npx trpc-jwt-auth check-config django.json --strict')
    .action(async (file: string, { package: ofPackage, strict = false, json = false }: CheckOptions) => {
      const report = file.endsWith('.json') ? await checkDjango(file, terminal, ofPackage) : await checkModule(file, terminal);
      const { faults, warnings, notes } = report;
      const ok = faults.length === 0 && !(strict && warnings.length > 0);
      if (json) terminal.printJson({ file, ok, ...report.document, faults, warnings, notes });
      else terminal.print(reportText(report));
      if (faults.length > 0) throw new CommandError(`${file} would not start: ${counted(faults, 'fault')}.`);
      if (!ok) throw new CommandError(`${file} has ${counted(warnings, 'warning')}, and --strict allows none.`);
    });
}
