import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { CommandError, systemCode } from './command-error.js';

/** The names of the two files, as the user wrote them. */
export interface KeyFiles {
  readonly privateFile: string;
  readonly publicFile: string;
}

/** Writes both keys or neither, and overwrites nothing. @throws CommandError naming the file */
export async function writeKeyFiles(directory: string, name: string, privatePem: string, publicPem: string): Promise<KeyFiles> {
  const files = { privateFile: `${name}.private.pem`, publicFile: `${name}.public.pem` };
  await writeNew(directory, files.privateFile, privatePem, 0o600);
  try {
    await writeNew(directory, files.publicFile, publicPem, 0o644);
  } catch (error) {
    await rm(resolve(directory, files.privateFile));
    throw error;
  }
  return files;
}

async function writeNew(directory: string, file: string, text: string, mode: number): Promise<void> {
  const path = resolve(directory, file);
  try {
    await mkdir(dirname(path), { recursive: true });
    // Created with its mode, and not narrowed afterwards: nobody can open it in between.
    await writeFile(path, text, { flag: 'wx', mode });
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw new CommandError(`${file} is there already, and is not overwritten; give another --out.`);
    throw new CommandError(`${file} cannot be written (${systemCode(error) ?? 'unknown reason'}).`);
  }
}
