import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import type { Command } from 'commander';

import type { AuthUser } from '../core/ports.js';
import type { OpenApiDocument, OpenApiInfo, OpenApiOptions } from '../transports/rest/openapi-options.js';
import { CommandError, systemCode } from './command-error.js';
import { loadConfig } from './config-file.js';
import type { Terminal } from './terminal.js';

interface DocumentOptions {
  readonly title?: string;
  readonly apiVersion?: string;
  readonly out?: string;
  readonly json?: boolean;
}

const INFO: OpenApiInfo = { title: 'Authentication', version: '1.0.0' };

/** `openapi`: the OpenAPI document of the REST endpoints. */
export function addOpenApi(program: Command, terminal: Terminal): void {
  program
    .command('openapi')
    .description('Print the OpenAPI 3.1 document of the REST endpoints, as JSON.')
    .argument('<file>', 'the module that exports auth, what createJwtAuth made; what it exports as openApi, { info, servers, paths, views }, is in the document')
    .option('--title <text>', `the title (default: that of openApi, or "${INFO.title}")`)
    .option('--api-version <text>', `the version of the API (default: that of openApi, or "${INFO.version}")`)
    .option('--out <file>', 'write the document to a file, over what is there')
    .option('--json', 'with --out, print { file, operations }')
    .addHelpText('after', '\nExamples:\n  npx trpc-jwt-auth openapi auth.js --out openapi.json\n  npx trpc-jwt-auth openapi auth.js --title Notes --api-version 2.0.0 > openapi.json')
    .action(async (file: string, { title, apiVersion, out, json = false }: DocumentOptions) => {
      const { auth, exports } = await loadConfig(file, `openapi ${file}`, terminal);
      const options = exportedOptions(exports.openApi, file);
      const info = { ...INFO, ...options.info, ...(title !== undefined && { title }), ...(apiVersion !== undefined && { version: apiVersion }) };
      // Here, for no other command needs what it loads.
      const { openApiDocument } = await import('../transports/rest/openapi.js');
      const document = openApiDocument(auth, { ...options, info });
      if (out === undefined) return terminal.printJson(document);
      await write(resolve(terminal.directory, out), out, document);
      const operations = Object.values(document.paths).flatMap((methods) => Object.keys(methods)).length;
      if (json) terminal.printJson({ file: out, operations });
      else terminal.note(`${out} describes ${operations} operations.`);
    });
}

function exportedOptions(exported: unknown, file: string): Partial<OpenApiOptions<AuthUser>> {
  if (exported === undefined) return {};
  if (typeof exported !== 'object' || exported === null) throw new CommandError(`${file} exports openApi, which is no object; export { info, servers, paths, views } as openApi, or leave it out.`);
  return exported;
}

async function write(path: string, file: string, document: OpenApiDocument): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `${JSON.stringify(document, null, 2)}\n`);
  } catch (error) {
    throw new CommandError(`${file} cannot be written (${systemCode(error) ?? 'unknown reason'}).`);
  }
}
