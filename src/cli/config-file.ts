import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { JwtAuth } from '../serializers/jwt-auth.js';
import { asCommandError, CommandError, systemCode } from './command-error.js';
import type { Terminal } from './terminal.js';

// What Node says of TypeScript that it cannot run by itself; of a `.ts` file's imports, which name the `.js` that is not built, it says the last.
const UNREADABLE = new Set(['ERR_UNKNOWN_FILE_EXTENSION', 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX', 'ERR_INVALID_TYPESCRIPT_SYNTAX']);
const MODULE_NOT_FOUND = 'ERR_MODULE_NOT_FOUND';

/** What the module of an app exports. */
export interface ConfigModule {
  readonly auth: JwtAuth;
  /** Its other exports, as they are. */
  readonly exports: Readonly<Record<string, unknown>>;
}

/** Imports the module that makes `auth`. @throws CommandError saying what is wrong with it, and the mend */
export async function loadAuth(file: string, command: string, terminal: Pick<Terminal, 'directory'>): Promise<JwtAuth> {
  return (await loadConfig(file, command, terminal)).auth;
}

/** Imports the module that makes `auth`, and what else it exports. @throws CommandError saying what is wrong with it, and the mend */
export async function loadConfig(file: string, command: string, { directory }: Pick<Terminal, 'directory'>): Promise<ConfigModule> {
  const path = resolve(directory, file);
  await requireFile(path, file);
  let module: Readonly<Record<string, unknown>>;
  try {
    module = (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw loadError(error, file, command);
  }
  const { auth, default: standard } = module;
  // A CommonJS module, or one compiled to it, may arrive inside its default export.
  const inDefault = typeof standard === 'object' && standard !== null && 'auth' in standard ? standard.auth : undefined;
  const found = [auth, standard, inDefault].find(isJwtAuth);
  if (found !== undefined) return { auth: found, exports: found === inDefault ? { ...(standard as object), ...module } : module };
  const names = Object.keys(module).filter((name) => name !== '__esModule' && name !== 'module.exports');
  throw new CommandError(`${file} exports ${names.length === 0 ? 'nothing' : names.join(', ')}, and nothing that createJwtAuth made as auth or default; write: export const auth = createJwtAuth({ … }).`);
}

/** @throws CommandError for a file that is none */
export async function requireFile(path: string, file: string): Promise<void> {
  try {
    if ((await stat(path)).isFile()) return;
  } catch (error) {
    const code = systemCode(error) ?? 'unknown reason';
    throw new CommandError(code === 'ENOENT' ? `There is no file ${file}.` : `${file} cannot be read (${code}).`);
  }
  throw new CommandError(`${file} is no file.`);
}

function isJwtAuth(value: unknown): value is JwtAuth {
  if (typeof value !== 'object' || value === null || !('settings' in value) || !('issueToken' in value)) return false;
  const { settings, issueToken } = value;
  return typeof issueToken === 'function' && typeof settings === 'object' && settings !== null && 'keys' in settings && 'users' in settings;
}

function loadError(error: unknown, file: string, command: string): CommandError {
  const code = systemCode(error) ?? '';
  const isTypeScript = /\.[cm]?tsx?$/.test(file);
  const { message } = asCommandError(error);
  if (!UNREADABLE.has(code) && !(isTypeScript && code === MODULE_NOT_FOUND)) return new CommandError(`${file} does not load. ${message}`);
  const mend = `run it with: npx tsx node_modules/trpc-jwt-auth/dist/src/cli/main.js ${command}`;
  return new CommandError(`${file} is TypeScript that this Node cannot load by itself; ${mend} (or with Node 22.18 or later, where it imports nothing but packages and .ts files). ${message}`);
}
