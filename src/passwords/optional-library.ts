import { ConfigurationError } from '../core/errors.js';

/**
 * Loads an optional peer where a hash first needs it. One that is missing is no wrong password: to say `false` would lock its users
 * out without a word to anybody.
 */
export async function loadLibrary<Library>(name: string, load: () => Promise<Library>): Promise<Library> {
  try {
    return await load();
  } catch (cause) {
    throw new ConfigurationError(`A stored password hash needs the package ${name}, which cannot be loaded; run: npm install ${name}`, { cause });
  }
}
